"""The clause alert.logged: each alert that left the bot has a line of its own in a log (M-2)."""

from __future__ import annotations

import functools
import re
from typing import Final

from pytest_fpharness.engine.case import Case, failed, passed, void
from pytest_fpharness.model.duration import format_duration
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.timeline import Event

#: How long after the delivery the line may come, in checks.
SETTLES: Final = 2
#: Logs that have a meaning of their own: a line in them is no word about an alert.
OTHER_LOGS: Final = ("log.trades", "log.decisions", "log.cycles")


def alert_logged(case: Case) -> Clause:
    """A line, of whatever format, with the failure point and the kind of alert as whole words.

    It is written at the delivery or within two checks; while the disk refuses the process that
    sent the alert, its line may wait. One line tells of one alert.
    """
    name = "alert.logged"
    if not any(role.startswith("log.") for role in case.info.layout.files):
        return void(name, "alerted", "the target has no log roles")
    fp, begin = case.plan.fp, case.marks["injected"]
    lines = [e for e in case.evidence.of("log", begin) if e.facts["role"] not in OTHER_LOGS]
    told = [e for e in lines if _says(e.facts["text"], fp)]
    sent = [e for e in case.evidence.of("alert", begin) if e.facts["key"] == fp]
    for alert in sent:
        kind, last = str(alert.facts["kind"]), _last(case, alert)
        mine = (e for e in told if alert.at <= e.at <= last and _says(e.facts["text"], kind))
        line = next(mine, None)
        if line is None:
            within = format_duration(last - alert.at)
            reason = f"the alert ({kind}) is in no log: no line with {fp} and {kind} in {within}"
            return failed(name, "alerted", reason, alert.at)
        told.remove(line)
    return passed(name, "alerted", sent[0].at if sent else None)


def _last(case: Case, alert: Event) -> int:
    """Until when its line may come: counted from when the disk last refused its sender."""
    refused = [
        e.at
        for e in case.evidence.of("met", alert.at)
        if e.facts.get("what") == "the disk refused" and e.actor == alert.actor
    ]
    return max([alert.at, *refused]) + SETTLES * case.check


def _says(text: str, word: str) -> bool:
    return word in text and _whole(word).search(text) is not None


@functools.cache
def _whole(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
