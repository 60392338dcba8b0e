"""What the whole report needs of a timeline, read in one look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Glance:
    """A run's length in ns, the alerts that left the bot, and whom its dashboard had a row for."""

    last: int = 0
    alerts: int = 0
    shown: frozenset[str] = frozenset()


def glance(rows: Sequence[Any]) -> Glance:
    """One look at the rows of a timeline."""
    last = alerts = 0
    shown: set[str] = set()
    for at, kind, _, facts in rows:
        last = at
        alerts += kind == "alert"
        dashboard = facts.get("dashboard") if isinstance(facts, dict) else None
        if isinstance(dashboard, dict):
            shown.update(dashboard)
    return Glance(last, alerts, frozenset(shown))
