"""Alerts that fire, repeat, page and resolve, delivered at least once and in order."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Final

import requests

from pytest_fpharness.reference_bot.files import StateError, read_json, write_json
from pytest_fpharness.reference_bot.history import log
from pytest_fpharness.reference_bot.monitoring.checks.base import ERROR, OK, Finding
from .failure_points import FailurePoint

REPEAT_SECONDS: Final = 300
PAGE_SECONDS: Final = 900
TIMEOUT: Final = 5
#: Maximum deliveries per pass, so that a slow webhook cannot delay the next pass.
MOST_PER_PASS: Final = 20


class Alerts:
    """The alerts of one process: open ones in ``path``, undelivered ones in ``outbox_path``.

    Only failure points in ``alerting`` send alerts, and only those in ``escalating`` page.
    """

    def __init__(
        self, path: str, outbox_path: str, *, source: str, alerting: set[str], escalating: set[str]
    ) -> None:
        self.path = path
        self.outbox_path = outbox_path
        self.source = source
        self.alerting = alerting
        self.escalating = escalating
        self.open = {fp: entry for fp, entry in load(path, {}).items() if _is_open_alert(entry)}
        self.outbox = [alert for alert in load(outbox_path, []) if isinstance(alert, dict)]

    def step(
        self,
        now: float,
        shown: dict[str, tuple[FailurePoint, Finding]],
        readiness: str,
        gave_up: Callable[[str], bool],
        urls: Sequence[str],
    ) -> None:
        """Run one pass: queue the alerts that are due, then deliver the queue in order."""
        queued: list[dict[str, Any]] = []
        for fp, (failure_point, finding) in shown.items():
            if fp in self.alerting:
                kind, severity = self._decide(fp, finding.status, now, gave_up(fp))
                if kind:
                    queued.append(
                        self._alert(kind, severity, failure_point, finding, readiness, now)
                    )
        if queued:
            self._queue(queued)
            save(self.outbox_path, self.outbox)
            save(self.path, self.open)
        self._deliver(now, urls)

    def _queue(self, alerts: Sequence[dict[str, Any]]) -> None:
        """Queue alerts; a repeat replaces an undelivered one, so that an outage cannot fill the disk."""
        again = [alert["key"] for alert in alerts if alert["kind"] == "repeat"]
        self.outbox = [
            waiting
            for waiting in self.outbox
            if waiting.get("kind") != "repeat" or waiting.get("key") not in again
        ]
        self.outbox.extend(alerts)

    def _decide(self, fp: str, status: str, now: float, gave_up: bool) -> tuple[str, str]:
        """The kind of alert that is due, or an empty string, and its severity."""
        entry = self.open.get(fp)
        if status == OK:
            self.open.pop(fp, None)
            return ("resolved", entry["severity"]) if entry else ("", "")
        severity = "critical" if status == ERROR else "warning"
        if entry is None or (severity == "critical" and entry["severity"] != "critical"):
            self.open[fp] = {"severity": severity, "fired_at": now, "slot": 0, "paged": False}
            return "fire", severity
        return (self._due(fp, entry, now, gave_up) if severity == "critical" else ""), severity

    def _due(self, fp: str, entry: dict[str, Any], now: float, gave_up: bool) -> str:
        """A page once, otherwise a repeat every five minutes after the first alert."""
        age = now - entry["fired_at"]
        slot = int(age // REPEAT_SECONDS)
        page = fp in self.escalating and not entry["paged"] and (gave_up or age >= PAGE_SECONDS)
        due = slot > entry["slot"]
        entry["slot"] = slot
        if page:
            entry["paged"] = True
            return "page"
        return "repeat" if due else ""

    def _alert(
        self,
        kind: str,
        severity: str,
        failure_point: FailurePoint,
        finding: Finding,
        readiness: str,
        now: float,
    ) -> dict[str, Any]:
        state = "resolved" if kind == "resolved" else finding.status
        text = f"{failure_point.title}: {state}: {finding.message}"
        if kind == "page":
            text += "\nManual steps:\n" + "\n".join(
                f"- {step}" for step in failure_point.manual_steps
            )
        return {
            "key": failure_point.id,
            "kind": kind,
            "severity": severity,
            "readiness": readiness,
            "text": text,
            "manual_steps": list(failure_point.manual_steps),
            "at": now,
            "source": self.source,
        }

    def _deliver(self, now: float, urls: Sequence[str]) -> None:
        """Send the queue in order; stop at the first failure and keep the rest."""
        sent = 0
        for alert in self.outbox[:MOST_PER_PASS]:
            if not self._send(now, alert, urls):
                break
            sent += 1
        if sent:
            del self.outbox[:sent]
            save(self.outbox_path, self.outbox)

    def _send(self, now: float, alert: dict[str, Any], urls: Sequence[str]) -> bool:
        for place, url in enumerate(urls, start=1):
            error = _post(url, alert)
            outcome = f"not delivered ({error})" if error else "delivered"
            log(
                now,
                str(alert.get("key")),
                "alert",
                f"{alert.get('kind')} to webhook {place}: {outcome}",
            )
            if not error:
                return True
        return False


def load(path: str, default: Any) -> Any:
    """Read a state file or its backup; the default if neither has the default's type."""
    for candidate in (path, f"{path}.bak"):
        with contextlib.suppress(StateError):
            return read_json(candidate, lambda content: type(content) is type(default))
    return default


def save(path: str, content: Any) -> None:
    """Write a state file; a full disk must not stop an alert, so errors are ignored."""
    with contextlib.suppress(OSError):
        write_json(path, content)


def _is_open_alert(entry: Any) -> bool:
    return isinstance(entry, dict) and {"severity", "fired_at", "slot", "paged"} <= entry.keys()


def _post(url: str, alert: dict[str, Any]) -> str:
    """Post an alert; the kind of failure or an empty string, never the address, which is secret."""
    try:
        answer = requests.post(url, json=alert, timeout=TIMEOUT)
    except requests.RequestException as error:
        return type(error).__name__
    if "text/html" in answer.headers.get("Content-Type", ""):
        return "an HTML page"  # from a captive portal: the alert was not delivered
    return f"HTTP {answer.status_code}" if answer.status_code >= 400 else ""
