"""Clauses for the questions alerted and escalated: alerts and pages, their time and text."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Final

from pytest_fpharness.judge.case import (
    Case,
    Clauses,
    failed,
    in_window,
    missing,
    not_applicable,
    passed,
    unreached,
)
from pytest_fpharness.model.duration import format_duration
from pytest_fpharness.model.plan import AlertRule
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.timeline import Event
from .detail_pages import health_history
from .detection import NOT_DETECTED, text_problem
from .registry import FAULT_ENDS, clause


@clause("alerted", reads=("alert", "log", "met", "sample", "end", *FAULT_ENDS))
def alerted(case: Case) -> Clauses:
    """The bot sends exactly the alerts that are due: fired, repeated, resolved (S23, C15)."""
    rule = case.plan.alert
    if not case.able("alerts") and rule is None:
        yield not_applicable("alert.none", "alerted", "no alert is due, and the target sends none")
        return
    if not case.able("alerts"):
        yield missing("alert.fire", "alerted", "alerts")
        return
    if rule is None:
        yield from _no_alert(case)
        return
    detected_at = case.marks.get("detected")
    if detected_at is None:
        yield unreached("alert.fire", "alerted", NOT_DETECTED)
        return
    fires = case.alerts("fire")
    at = fires[0].at if fires else None
    end = detected_at + rule.within
    yield in_window("alert.fire", "alerted", at, case.marks["injected"], end, "alert")
    if fires:
        yield _single_alert(case, fires)
    yield _repeats(case, rule, fires[0].at if fires else detected_at)
    yield _resolved(case) if rule.resolved else _unresolved(case)
    yield alert_logged(case)


def _no_alert(case: Case) -> Clauses:
    sent = [
        e
        for e in case.evidence.of("alert", case.marks["injected"])
        if e.facts["key"] == case.plan.fp
    ]
    if sent:
        kind = sent[0].facts["kind"]
        yield failed(
            "alert.none", "alerted", f"an alert ({kind}) was sent, and none is due", sent[0].at
        )
    else:
        yield passed("alert.none", "alerted")
        yield not_applicable("alert.logged", "alerted", "no alert is due")


def _single_alert(case: Case, fires: list[Event]) -> Clause:
    rule = case.plan.alert
    assert rule is not None
    severity = fires[0].facts["severity"]
    if len(fires) != 1:
        return failed("alert.once", "alerted", f"fired {len(fires)} times, not once", fires[1].at)
    if severity != rule.severity:
        reason = f"severity {severity} instead of {rule.severity}"
        return failed("alert.once", "alerted", reason, fires[0].at)
    if wrong := _wording_problem(case, fires[0], rule.contains):
        return failed("alert.once", "alerted", f"the text {wrong}", fires[0].at)
    return passed("alert.once", "alerted", fires[0].at)


def _wording_problem(case: Case, alert: Event, contains: Iterable[str]) -> str:
    """What is wrong with its text: it is empty, lacks a required word, or names others only."""
    text, fp = str(alert.facts["text"]), case.plan.fp
    if lacking := [word for word in contains if word.lower() not in text.lower()]:
        return f"lacks {', '.join(lacking)}"
    return text_problem(text, fp)


def _repeats(case: Case, rule: AlertRule, first: int) -> Clause:
    """One repeat per interval while the fault is active; a page may replace one. 0 means none."""
    every, over = rule.repeat, case.over if case.over is not None else case.evidence.end
    due = max(0, (over - first) // every) if every else 0
    sent = [e.at for e in [*case.alerts("repeat"), *case.alerts("page")]]
    repeats = [e.at for e in case.alerts("repeat")]
    milder = next((e for e in case.alerts("repeat") if e.facts["severity"] != rule.severity), None)
    if milder is not None:
        reason = f"repeated with severity {milder.facts['severity']}, not {rule.severity}"
        return failed("alert.repeat", "alerted", reason, milder.at)
    for number in range(1, due + 1):
        at = first + number * every
        if at + case.check > over:
            break
        if not any(at - case.check <= s <= at + case.check for s in sent):
            reason = f"no repeat {format_duration(every * number)} after the first alert"
            return failed("alert.repeat", "alerted", reason, at)
    clear = [e.at for e in case.alerts("resolved")]
    if clear and repeats and repeats[-1] > clear[-1]:
        return failed("alert.repeat", "alerted", "repeated after the all-clear", repeats[-1])
    if len(repeats) > (due + 1 if every else 0):
        reason = f"{len(repeats)} repeats where {due} are due"
        return failed("alert.repeat", "alerted", reason, repeats[-1])
    return passed("alert.repeat", "alerted")


def _resolved(case: Case) -> Clause:
    over, recovered = case.over, case.marks.get("recovered")
    sent = case.alerts("resolved")
    if sent and (over is None or sent[0].at < over):
        reason = "resolved while the fault lasted"
        return failed("alert.resolved", "alerted", reason, sent[0].at)
    if over is None or recovered is None:
        return not_applicable("alert.resolved", "alerted", "it never recovered")
    end = recovered + case.check
    if len(sent) > 1:
        return failed("alert.resolved", "alerted", f"resolved {len(sent)} times", sent[1].at)
    at = sent[0].at if sent else None
    return in_window("alert.resolved", "alerted", at, over, end, "the resolved alert")


def _unresolved(case: Case) -> Clause:
    """The alert stays open: a person must look first."""
    if sent := case.alerts("resolved"):
        reason = "resolved before a person looked at it"
        return failed("alert.resolved", "alerted", reason, sent[0].at)
    return passed("alert.resolved", "alerted")


@clause("escalated", reads=("alert", "sample", "end", *FAULT_ENDS))
def escalated(case: Case) -> Clauses:
    """A person is paged once, in time, with the manual steps, unless the bot recovered (S23)."""
    rule = case.plan.escalate
    pages = case.alerts("page")
    if rule is None or not case.able("alerts"):
        if pages:
            yield failed("page.none", "escalated", "a page was sent, and none is due", pages[0].at)
        return
    detected_at = case.marks.get("detected")
    if detected_at is None:
        yield unreached("page", "escalated", NOT_DETECTED)
        return
    due = detected_at + rule.after
    over = case.over
    if not case.plan.heal.gives_up and over is not None and over <= due:
        if pages and pages[0].at < over and pages[0].at < due - case.check:
            yield failed("page", "escalated", "paged although it was healed in time", pages[0].at)
        else:
            yield not_applicable("page", "escalated", "recovered before a page was due")
        return
    yield _page(case, pages, due)


def _page(case: Case, pages: list[Event], due: int) -> Clause:
    rule = case.plan.escalate
    assert rule is not None
    begin = case.marks["detected"] if case.plan.heal.gives_up else due - case.check
    at = pages[0].at if pages else None
    clause = in_window("page", "escalated", at, begin, due + case.check, "page")
    if clause.reason or not pages:
        return clause
    if len(pages) > 1:
        return failed("page", "escalated", f"paged {len(pages)} times", pages[1].at)
    wrong = _wording_problem(case, pages[0], rule.contains) or _severity_problem(case, pages[0])
    steps = health_history(case).manual_steps
    if not wrong and steps and not any(step in pages[0].facts["text"] for step in steps):
        wrong = "has different manual steps than the dashboard"
    return failed("page", "escalated", f"the page {wrong}", pages[0].at) if wrong else clause


def _severity_problem(case: Case, page: Event) -> str:
    """A page must be as severe as its alert."""
    wanted, severity = case.plan.alert, page.facts["severity"]
    mild = wanted is not None and severity != wanted.severity
    return f"has the severity {severity}" if mild else ""


#: How long after the delivery the log line may appear, in checks.
SETTLES: Final = 2
#: Logs with another purpose: their lines do not count as lines about an alert.
OTHER_LOGS: Final = ("log.trades", "log.decisions", "log.cycles")


def alert_logged(case: Case) -> Clause:
    """Each alert has a log line with the failure point and the alert's kind as whole words.

    The line must be written within two checks of the delivery. While the disk refuses writes of
    the process that sent the alert, the line may be late. One line counts for one alert.
    """
    name = "alert.logged"
    if not any(role.startswith("log.") for role in case.info.layout.files):
        return not_applicable(name, "alerted", "the target has no log roles")
    fp, begin = case.plan.fp, case.marks["injected"]
    lines = [e for e in case.evidence.of("log", begin) if e.facts["role"] not in OTHER_LOGS]
    unused = [e for e in lines if _contains_word(e.facts["text"], fp)]
    sent = [e for e in case.evidence.of("alert", begin) if e.facts["key"] == fp]
    for alert in sent:
        kind, last = str(alert.facts["kind"]), _log_deadline(case, alert)
        matches = (
            e for e in unused if alert.at <= e.at <= last and _contains_word(e.facts["text"], kind)
        )
        line = next(matches, None)
        if line is None:
            within = format_duration(last - alert.at)
            reason = (
                f"the alert ({kind}) is not in any log: no line with {fp} and {kind} in {within}"
            )
            return failed(name, "alerted", reason, alert.at)
        unused.remove(line)
    return passed(name, "alerted", sent[0].at if sent else None)


def _log_deadline(case: Case, alert: Event) -> int:
    """The deadline of its log line, counted from the last time that the disk refused its sender."""
    refused = [
        e.at
        for e in case.evidence.of("met", alert.at)
        if e.facts.get("what") == "the disk refused" and e.actor == alert.actor
    ]
    return max([alert.at, *refused]) + SETTLES * case.check


def _contains_word(text: str, word: str) -> bool:
    return word in text and _word_pattern(word).search(text) is not None


@functools.cache
def _word_pattern(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
