"""The outcome of one run, before it is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Outcome:
    """The facts that one run leaves to the judge."""

    rows: list[Any] = field(default_factory=list)  # of the timeline
    digest: str = ""
    missing: str = ""  # the role or ability that the target lacks
    error: str = ""  # the harness broke
    crash: str = ""  # the target made it impossible to go on
    residue: list[str] = field(default_factory=list)
    output: str = ""
