"""What a bot reports: readiness, failure points, healing, alerts, decisions and pages."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

#: The beginning of the reason when the bot's health does not list a failure point.
NOT_IN_HEALTH: Final = "the bot's health has no"


class Readiness(str, enum.Enum):
    """The colour that the bot shows; UNKNOWN counts as RED."""

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
    """What the bot did about a failure point.

    Attributes:
        attempts: How often it tried, since the failure began.
        successes: How often that helped.
        last_attempt: Epoch time in seconds; None before the first.
        state: ``idle``, ``trying``, ``healed``, ``failed`` or ``manual``.
        manual_steps: What a person has to do, while ``failed`` or ``manual``.
    """

    attempts: int = 0
    successes: int = 0
    last_attempt: float | None = None
    state: str = "idle"
    manual_steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class FailurePointHealth:
    """One failure point as the bot's monitor sees it.

    Attributes:
        status: The status at the last check.
        last_check: Epoch time in seconds; None before the first.
        message: What the last check found; differs from the message while the status was OK.
        healing: What the bot did about it.
    """

    status: Status
    last_check: float | None = None
    message: str = ""
    healing: Healing = field(default_factory=Healing)


@dataclass(frozen=True)
class Health:
    """What the last pass of the bot's monitor found.

    Attributes:
        checked_at: Epoch time of the pass, in seconds; None before the first.
        readiness: The colour that the bot shows.
        failure_points: Health by the id of the failure point (``FP-1.3``).
    """

    checked_at: float | None
    readiness: Readiness
    failure_points: Mapping[str, FailurePointHealth] = field(default_factory=dict)


@dataclass(frozen=True)
class Alert:
    """A message that left the bot.

    Attributes:
        key: The id of the failure point.
        kind: ``fire``, ``repeat``, ``page`` or ``resolved``.
        severity: ``critical``, ``high``, ``medium`` or ``low``.
        text: What a person reads.
    """

    key: str
    kind: str
    severity: str = ""
    text: str = ""


@dataclass(frozen=True)
class Decision:
    """What the bot decided about one candidate for an entry.

    Attributes:
        symbol: The symbol.
        action: ``enter``, ``block`` or ``skip``.
        gate: The gate that decided.
        side: ``buy`` or ``sell``.
        client_order_id: Of the order that follows, if any.
        reason: Why, for people.
        score: The score that was decided on; None where the bot has none.
        trace: The gates that it passed through, in order; the last one decided.
    """

    symbol: str
    action: str
    gate: str = ""
    side: str = "buy"
    client_order_id: str = ""
    reason: str = ""
    score: float | None = None
    trace: tuple[str, ...] = ()


@dataclass(frozen=True)
class DashboardRow:
    """One failure point as the dashboard shows it to a person.

    Attributes:
        status: The status that is shown.
        last_check: Epoch time in seconds.
        healing: The state of the healing, as in ``Healing``.
        values: Further values by name; durations in seconds.
        manual_steps: What a person has to do.
        trend: The last statuses that it changed to, oldest first.
        readiness: The indicator on the same page; "" if the page has none.
    """

    status: str
    last_check: float | None = None
    healing: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    manual_steps: tuple[str, ...] = ()
    trend: tuple[str, ...] = ()
    readiness: str = ""


@dataclass(frozen=True)
class DetailPage:
    """The page of one failure point on the dashboard (D-3).

    Attributes:
        documentation: Texts by name: location, impact, detection and so on.
        message: What the last check found.
        healing: What the healing did, oldest first.
        logs: Lines of the log that are about it.
        manual_steps: What a person has to do.
    """

    documentation: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    healing: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    manual_steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Statistics:
    """What the bot has learned from the failures of one failure point (SH-3).

    Attributes:
        failures: How often the status left OK.
        attempts: How often the bot tried to heal it.
        healed: How often that helped.
        success_rate: 0 to 1; None where nothing was tried.
        patterns: What the failures have in common.
        improvements: What should be improved.
    """

    failures: int = 0
    attempts: int = 0
    healed: int = 0
    success_rate: float | None = None
    patterns: tuple[str, ...] = ()
    improvements: tuple[str, ...] = ()
