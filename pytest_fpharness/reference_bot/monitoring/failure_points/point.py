"""What is declared of a failure point."""

from __future__ import annotations

from typing import NamedTuple


class FailurePoint(NamedTuple):
    """One documented failure point; ``manual_steps`` are what a page tells a person to do."""

    id: str
    title: str
    severity: str
    location: str
    impact: str
    detection: str
    healing: str
    dashboard: str
    test: str
    manual_steps: tuple[str, ...]
