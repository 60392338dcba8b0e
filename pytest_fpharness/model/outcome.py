"""What one run leaves behind, before anybody judges it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Outcome:
    """What a run leaves: facts only; the judge says what they mean."""

    rows: list[Any] = field(default_factory=list)  # of the timeline
    digest: str = ""
    missing: str = ""  # the role or ability that the target lacks
    error: str = ""  # the harness broke
    crash: str = ""  # the target made it impossible to go on
    residue: list[str] = field(default_factory=list)
    output: str = ""
