"""The monitor: every 30 s, run the checks, heal, alert and write the health snapshot."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pytest_fpharness.reference_bot.files import rotate, write_json
from pytest_fpharness.reference_bot.health import GREEN, RED, YELLOW, in_memory, read_health, worst
from pytest_fpharness.reference_bot.history import HISTORY, LOG, log, record_changes
from pytest_fpharness.reference_bot.monitoring.checks.base import ACKS
from pytest_fpharness.reference_bot.monitoring.checks.broker import when_it_matters
from pytest_fpharness.reference_bot.monitoring.heals.registry import HEALS
from pytest_fpharness.reference_bot.monitoring.heals.system import SYSTEM_HEALS
from pytest_fpharness.reference_bot.settings import Settings, read_settings
from .alerts import Alerts
from .checks import CHECKS, ERROR, OK, WARN, Check, Finding, Pass
from .failure_points import FAILURE_POINTS, FailurePoint, undeclared
from .healing import Heal, Healing

#: The colour of each status; a failure point may differ in ``Monitor.colours``.
COLOURS: Final[Mapping[str, str]] = {OK: GREEN, WARN: YELLOW, ERROR: RED}
HEALTH: Final = "state/health.json"


class Monitor:
    """Check, heal and alert for a set of failure points; ``check()`` is one pass.

    Every collection may be edited before use: ``checks``, ``heals``, ``failure_points``, ``colours``
    ({fp: {status: colour}}), ``alerting`` and ``escalating`` (sets of ids). Raises SettingsError
    when the environment is incomplete.
    """

    snapshot_path = HEALTH
    name = "monitor"
    rotates: tuple[str, ...] = (LOG, HISTORY)

    def __init__(
        self,
        checks: dict[str, Check] | None = None,
        heals: dict[str, Heal] | None = None,
        failure_points: dict[str, FailurePoint] | None = None,
        colours: dict[str, dict[str, str]] | None = None,
        settings: Settings | None = None,
        paths: tuple[str, str, str] = (
            "state/healing.json",
            "state/alerts.json",
            "state/alert_outbox.json",
        ),
    ) -> None:
        self.settings = settings or read_settings(process=self.name)
        self.checks = dict(CHECKS) if checks is None else checks
        self.heals = {**HEALS, **SYSTEM_HEALS} if heals is None else heals
        self.failure_points = dict(FAILURE_POINTS) if failure_points is None else failure_points
        self.colours = colours or {fp: dict(COLOURS) for fp in self.checks}
        self.alerting = set(self.checks)
        self.escalating = set(self.checks)
        self.memory: dict[str, Any] = {}
        self.healing = Healing(paths[0], self.heals)
        self.alerts = Alerts(
            *paths[1:], source=self.name, alerting=self.alerting, escalating=self.escalating
        )
        self._before = self._last_statuses()

    def check(self) -> dict[str, Any]:
        """Run one pass and return the snapshot that was written."""
        current = Pass(self.settings, self.memory)
        raw = {fp: run_check(fp, check, current) for fp, check in self.checks.items()}
        # The collections may have been replaced, not only edited, since construction.
        self.healing.heals = self.heals
        self.healing.step(current, raw)
        acks = current.read_dict_or_empty(ACKS)
        latched = {fp: self.healing.latched(fp, finding, acks) for fp, finding in raw.items()}
        shown = {fp: in_session(finding, current.now) for fp, finding in latched.items()}
        readiness = worst(self.colour(fp, finding.status) for fp, finding in shown.items())
        self._alert(current.now, shown, readiness)
        snapshot = self._snapshot(current.now, readiness, shown)
        self._write(current.now, snapshot, shown)
        for log_file in self.rotates:
            rotate(log_file)
        return snapshot

    def colour(self, fp: str, status: str) -> str:
        """The colour of a failure point's status; RED if unknown."""
        return self.colours.get(fp, {}).get(status, RED)

    def failure_point(self, fp: str) -> FailurePoint:
        """The declaration; an undeclared check is still shown and still alerts."""
        return self.failure_points.get(fp) or undeclared(fp)

    def webhooks(self) -> tuple[str, ...]:
        """URLs for alerts, in order; an alert is delivered once one of them accepts it."""
        return (self.settings.webhook,)

    def _alert(self, now: float, shown: dict[str, Finding], readiness: str) -> None:
        self.alerts.alerting, self.alerts.escalating = self.alerting, self.escalating
        pairs = {fp: (self.failure_point(fp), finding) for fp, finding in shown.items()}
        self.alerts.step(now, pairs, readiness, self.healing.gave_up, self.webhooks())

    def _snapshot(self, now: float, readiness: str, shown: dict[str, Finding]) -> dict[str, Any]:
        rows = {
            fp: {
                "status": finding.status,
                "colour": self.colour(fp, finding.status),
                "last_check": now,
                "message": finding.message,
                "values": finding.values,
                "healing": self.healing.shown(fp, self.failure_point(fp)),
            }
            for fp, finding in shown.items()
        }
        return {"checked_at": now, "readiness": readiness, "failure_points": rows}

    def _write(self, now: float, snapshot: dict[str, Any], shown: dict[str, Finding]) -> None:
        statuses = {fp: finding.status for fp, finding in shown.items()}
        messages = {fp: finding.message for fp, finding in shown.items()}
        try:
            # No backup: an old snapshot is worthless.
            write_json(self.snapshot_path, snapshot, backup=False)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(in_memory(self.snapshot_path))
        except OSError as error:
            log(now, "FP-6.20", "error", f"snapshot not written: {error}")
            self._write_to_memory(snapshot)
        record_changes(now, self._before, statuses, messages)
        self._before = statuses

    def _write_to_memory(self, snapshot: dict[str, Any]) -> None:
        """Write to a memory-backed directory, for a full disk; readers take the newest snapshot.

        If that fails too, the last snapshot goes stale, which readers show as RED.
        """
        with contextlib.suppress(OSError):
            write_json(in_memory(self.snapshot_path), snapshot, backup=False)

    def _last_statuses(self) -> dict[str, str]:
        rows = read_health(".")["failure_points"]
        return {fp: str(rows[fp].get("status", OK)) for fp in self.checks if fp in rows}


def run_check(fp: str, check: Check, current: Pass) -> Finding:
    """Run a check; one that raises is an ERROR, never OK."""
    try:
        finding = check(current)
    except Exception as error:  # the other checks must still run
        return Finding(ERROR, f"{fp}: the check raised {type(error).__name__}: {error}")
    return Finding(finding.status, f"{fp}: {finding.message}", finding.values, finding.cause)


def in_session(finding: Finding, now: float) -> Finding:
    """The finding to show: an ERROR is a WARN while the market is closed.

    That lasts until an hour before the open: nothing is traded, and there is time to repair it.
    Healing always sees the original finding.
    """
    return replace(finding, status=when_it_matters(now)) if finding.status == ERROR else finding
