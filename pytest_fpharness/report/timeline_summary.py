"""Facts of a timeline that the whole report needs, read in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TimelineSummary:
    """A run's length in ns, the alerts that left the bot, and whether the dashboard had a row."""

    last: int = 0
    alerts: int = 0
    row: bool = False


def summarize_timeline(rows: Sequence[Any]) -> TimelineSummary:
    """Read the rows of a timeline once."""
    last = alerts = 0
    row = False
    for at, kind, _, facts in rows:
        last = at
        alerts += kind == "alert"
        dashboard = facts.get("dashboard") if isinstance(facts, dict) else None
        if isinstance(dashboard, dict):
            row = row or dashboard.get("row") is not None
    return TimelineSummary(last, alerts, row)
