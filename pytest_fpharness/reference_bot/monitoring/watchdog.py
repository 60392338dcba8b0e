"""The watchdog: watch the monitor (FP-6.20) and alert independently of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from pytest_fpharness.reference_bot.files import StateError
from pytest_fpharness.reference_bot.health import STALE_SECONDS, WATCHDOG, fresh, newest
from pytest_fpharness.reference_bot.monitoring.checks.base import number
from pytest_fpharness.reference_bot.settings import CHECK_SECONDS, UNITS, Settings
from .checks import ERROR, OK, Check, Finding, Pass
from .failure_points import FailurePoint
from .healing import Heal
from .monitor import HEALTH, Monitor
from .units import restart

FP: Final = "FP-6.20"
GRACE_SECONDS: Final = 90
OUTBOX_SECONDS: Final = 120
#: Cycles older than this, in seconds, are ignored.
CYCLE_SECONDS: Final = 300
#: Key in ``Pass.memory``: since when the monitor has shown all OK.
_ALL_OK_SINCE: Final = "all_ok_since"
BLOCKED_CYCLES: Final = 3
#: Guards that do not contradict an all-OK monitor.
HARMLESS_GUARDS: Final = ("", "readiness", "market_closed")
SILENT: Final = "silent"
INCONSISTENT: Final = "inconsistent"
SINK: Final = "sink"


class MonitorConsistent:
    """FP-6.20: the monitor writes snapshots, agrees with the bot, and delivers its alerts."""

    def __init__(self, started_at: float) -> None:
        self.started_at = started_at

    def __call__(self, current: Pass) -> Finding:
        """Check the monitor; problems in the first 90 s after the start are ignored."""
        health = _health(current)
        age = None if health is None else int(current.now - health["checked_at"])
        values = {"monitor_age": age}
        cause, problem = _problem(current, health)
        if problem and current.now - self.started_at > GRACE_SECONDS:
            return Finding(ERROR, problem, values, cause)
        return Finding(
            OK, "starting" if problem else "the monitor is current and consistent", values
        )


class RestartMonitor(Heal):
    """FP-6.20: restart the monitor, unless the webhook refuses alerts."""

    unit = UNITS["monitor"]

    def waits(self, current: Pass, finding: Finding) -> bool:
        """A restart does not help a webhook that refuses alerts; delivery is retried."""
        return finding.cause == SINK

    def act(self, current: Pass, finding: Finding, entry: dict[str, Any]) -> str:
        return restart(self.unit)

    def verify(self, current: Pass, attempt_at: float) -> bool:
        """There is a snapshot newer than the attempt, and it agrees with the bot."""
        health = _health(current)
        newer = health is not None and health["checked_at"] > attempt_at
        return newer and not _contradicts_bot(current, health)


class Watchdog(Monitor):
    """A monitor of one failure point, with its own files and both webhooks."""

    snapshot_path = WATCHDOG
    name = "watchdog"
    rotates = ()  # its log is the monitor's, which rotates it

    def __init__(
        self,
        checks: dict[str, Check] | None = None,
        heals: dict[str, Heal] | None = None,
        failure_points: dict[str, FailurePoint] | None = None,
        colours: dict[str, dict[str, str]] | None = None,
        settings: Settings | None = None,
    ) -> None:
        own: dict[str, Callable[[Pass], Finding]] = {FP: MonitorConsistent(time.time())}
        super().__init__(
            own if checks is None else checks,
            {FP: RestartMonitor()} if heals is None else heals,
            failure_points,
            colours,
            settings,
            (
                "state/watchdog_healing.json",
                "state/watchdog_alerts.json",
                "state/watchdog_outbox.json",
            ),
        )

    def webhooks(self) -> tuple[str, ...]:
        """The first webhook, and the second if configured."""
        return tuple(url for url in (self.settings.webhook, self.settings.webhook_2) if url)


def _problem(current: Pass, health: dict[str, Any] | None) -> tuple[str, str]:
    if health is None:
        return SILENT, f"{HEALTH} is missing or unreadable"
    if not fresh(health, current.now):
        age = int(current.now - health["checked_at"])
        return SILENT, f"the last check is {age} s old (limit {STALE_SECONDS} s)"
    if _contradicts_bot(current, health):
        return INCONSISTENT, "the monitor shows all OK while the bot is blocked"
    waiting = _oldest_alert(current)
    if waiting > OUTBOX_SECONDS:
        return SINK, f"an alert has waited {int(waiting)} s for delivery"
    return "", ""


def _contradicts_bot(current: Pass, health: dict[str, Any] | None) -> bool:
    """Whether the last cycles were blocked although the monitor showed all OK throughout.

    Cycles that began less than one check after the change to OK do not count: their cause may have
    just ended.
    """
    rows = health["failure_points"].values() if health else ()
    if not health or not rows or any(row.get("status") != OK for row in rows):
        current.memory.pop(_ALL_OK_SINCE, None)
        return False
    all_ok: float = current.memory.setdefault(_ALL_OK_SINCE, health["checked_at"])
    cycles = current.lines("logs/cycles.jsonl", BLOCKED_CYCLES)
    since = max(current.now - CYCLE_SECONDS, all_ok + CHECK_SECONDS)
    return len(cycles) == BLOCKED_CYCLES and all(
        (number(line.get("ts")) or 0) >= since
        and str(line.get("guard") or "") not in HARMLESS_GUARDS
        for line in cycles
    )


def _oldest_alert(current: Pass) -> float:
    """The age in seconds of the oldest undelivered alert; 0 without any."""
    try:
        outbox = current.read("state/alert_outbox.json")
    except StateError:
        return 0
    waiting = [alert for alert in outbox if isinstance(alert, dict)] if outbox else []
    return max((current.now - (number(alert.get("at")) or 0) for alert in waiting), default=0)


def _health(current: Pass) -> dict[str, Any] | None:
    return newest(HEALTH)
