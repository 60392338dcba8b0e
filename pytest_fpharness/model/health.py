"""What a bot says of itself: readiness, failure points, healing."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

#: How the reason begins when a failure point is not among those that the bot knows.
NOT_IN_HEALTH: Final = "the bot's health has no"


class Readiness(str, enum.Enum):
    """The owner's three colours; unknown is never GREEN."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"
    UNKNOWN = "UNKNOWN"

    def __str__(self) -> str:
        return self.value

    @property
    def rank(self) -> int:
        """0 for GREEN up to 2 for RED; unknown counts as RED."""
        return {"GREEN": 0, "YELLOW": 1}.get(self.value, 2)


class Status(str, enum.Enum):
    """The status of one failure point."""

    OK = "OK"
    WARN = "WARN"
    ERROR = "ERROR"
    UNKNOWN = "UNKNOWN"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Healing:
    """What the bot did about a failure point; ``last_attempt`` is an epoch time in seconds."""

    attempts: int = 0
    successes: int = 0
    last_attempt: float | None = None
    state: str = "idle"  # idle, trying, healed, failed, manual
    manual_steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class FailurePointHealth:
    """One failure point as the bot's monitor sees it; ``last_check`` is an epoch time in seconds."""

    status: Status
    last_check: float | None = None
    message: str = ""  # what the last check found, in other words than while it was OK
    healing: Healing = field(default_factory=Healing)


@dataclass(frozen=True)
class Health:
    """A snapshot of what the last monitor pass said; ``checked_at`` is an epoch time in seconds."""

    checked_at: float | None
    readiness: Readiness
    failure_points: Mapping[str, FailurePointHealth] = field(default_factory=dict)


@dataclass(frozen=True)
class Alert:
    """A message that left the bot; ``kind`` is fire, repeat, page or resolved."""

    key: str  # the failure point
    kind: str
    severity: str = ""
    text: str = ""


@dataclass(frozen=True)
class Decision:
    """What the bot decided about one entry candidate; ``action`` is enter, block or skip."""

    symbol: str
    action: str
    gate: str = ""
    side: str = "buy"
    client_order_id: str = ""
    reason: str = ""
    score: float | None = None
    trace: tuple[str, ...] = ()  # the gates that it was tried at, in order; the last one decided


@dataclass(frozen=True)
class DashboardRow:
    """One failure point as the dashboard shows it to a person."""

    status: str
    last_check: float | None = None
    healing: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    manual_steps: tuple[str, ...] = ()
    trend: tuple[str, ...] = ()  # the last statuses that it changed to, oldest first
    readiness: str = ""  # the indicator on the same page; "" where there is none


@dataclass(frozen=True)
class DetailPage:
    """What the dashboard shows of one failure point when a person opens it (D-3)."""

    documentation: Mapping[str, str] = field(default_factory=dict)  # location, impact, detection...
    message: str = ""  # what the last check found
    healing: tuple[str, ...] = ()  # what the healing did, oldest first
    logs: tuple[str, ...] = ()
    manual_steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Statistics:
    """What the bot has learned from one failure point's failures (SH-3)."""

    failures: int = 0  # how often it left OK
    attempts: int = 0
    healed: int = 0
    success_rate: float | None = None  # 0 to 1; None where nothing was tried
    patterns: tuple[str, ...] = ()
    improvements: tuple[str, ...] = ()
