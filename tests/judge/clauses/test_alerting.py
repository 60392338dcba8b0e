"""Clauses about alerts and pages."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.plan import (
    AlertRule,
    EscalateRule,
    HealRule,
)
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import (
    DETECTED,
    FP,
    OTHER,
    PLAN,
    Edit,
    Story,
    alert,
    check,
    lacking,
)

# -- alerted --------------------------------------------------------------------------------------


REPEATING = PLAN.alert and AlertRule(within=10 * SECOND, repeat=MINUTE, contains=("feeder",))


@pytest.mark.parametrize(
    ("edit", "clause", "reason"),
    [
        (lambda s: s.drop("alert", kind="fire"), "alert.fire", "alert: never, due by 25s"),
        (lambda s: s.move("alert", 160.5, kind="fire"), "alert.fire", "alert: late by 500ms"),
        (
            lambda s: s.add(151, "alert", "monitor", **alert("fire")),
            "alert.once",
            "fired 2 times, not once",
        ),
        (
            lambda s: s.change("alert", 150, 150, severity="info"),
            "alert.once",
            "severity info instead of critical",
        ),
        (lambda s: s.change("alert", 150, 150, text="?"), "alert.once", "the text lacks feeder"),
        (
            lambda s: s.add(245, "alert", "monitor", **alert("repeat")),
            "alert.repeat",
            "repeated after the all-clear",
        ),
        (
            lambda s: s.change("alert", 150, 150, text=f"feeder is dead: {OTHER}: no weights"),
            "alert.once",
            f"the text names {OTHER}, not {FP}",
        ),
        (
            lambda s: s.drop("alert", kind="resolved"),
            "alert.resolved",
            "the resolved alert: never, due by 2m05s",
        ),
        (
            lambda s: s.move("alert", 200, kind="resolved"),
            "alert.resolved",
            "resolved while the fault lasted",
        ),
        (
            lambda s: s.move("alert", 341, kind="resolved"),
            "alert.resolved",
            "the resolved alert: late by 1s",
        ),
        (
            lambda s: s.add(245, "alert", "monitor", **alert("resolved")),
            "alert.resolved",
            "resolved 2 times",
        ),
    ],
)
def test_a_wrong_alert_fails_with_its_reason(edit: Edit, clause: str, reason: str) -> None:
    check(edit, clause, reason)


def test_an_alert_on_the_deadline_is_in_time() -> None:
    check(lambda s: s.move("alert", 160, kind="fire"), "alert.fire", "", Verdict.PASS)


def test_repeats_are_due_while_the_fault_holds() -> None:
    story = unhealed().drop("process.restart")
    result = story.judge(alert=REPEATING)["alert.repeat"]
    assert result.reason == "no repeat 1m after the first alert"
    for at in (210, 270, 330):
        story.add(at, "alert", "monitor", **alert("repeat"))
    assert story.judge(alert=REPEATING)["alert.repeat"].verdict is Verdict.PASS
    for at in (331, 332, 333):
        story.add(at, "alert", "monitor", **alert("repeat"))
    assert story.judge(alert=REPEATING)["alert.repeat"].reason == "6 repeats where 4 are due"


def test_an_alert_without_repeats_must_not_be_repeated() -> None:
    once = AlertRule(within=10 * SECOND, repeat=0)
    check(lambda s: s, "alert.repeat", "", Verdict.PASS, alert=once)
    again = alert("repeat")
    reason = "1 repeats where 0 are due"
    check(lambda s: s.add(180, "alert", "monitor", **again), "alert.repeat", reason, alert=once)


def test_an_alert_needs_a_text() -> None:
    wordless = AlertRule(within=10 * SECOND)
    reason = "the text is empty"
    check(lambda s: s.change("alert", 150, 150, text=" "), "alert.once", reason, alert=wordless)


def test_a_repeat_is_as_severe_as_its_alert() -> None:
    mild = {**alert("repeat"), "severity": "info"}
    reason = "repeated with severity info, not critical"
    check(lambda s: s.add(210, "alert", "monitor", **mild), "alert.repeat", reason, alert=REPEATING)


def test_an_alert_is_not_resolved_after_giving_up() -> None:
    story = unhealed().add(300, "alert", "monitor", **alert("resolved"))
    result = story.judge(heal=GIVES_UP)["alert.resolved"]
    assert (result.verdict, result.reason) == (Verdict.FAIL, "resolved while the fault lasted")


def test_an_alert_that_waits_for_a_person_is_not_resolved() -> None:
    waits = AlertRule(within=10 * SECOND, resolved=False)
    reason = "resolved before a person looked at it"
    check(lambda s: s, "alert.resolved", reason, alert=waits)
    silent: Edit = lambda s: s.drop("alert", kind="resolved")  # noqa: E731
    check(silent, "alert.resolved", "", Verdict.PASS, alert=waits)


def test_a_page_may_replace_a_repeat() -> None:
    story = unhealed().drop("process.restart")
    for at, kind in ((210, "repeat"), (270, "page"), (330, "repeat")):
        story.add(at, "alert", "monitor", **alert(kind))
    assert story.judge(alert=REPEATING)["alert.repeat"].verdict is Verdict.PASS


def test_an_alert_that_is_not_due_fails() -> None:
    check(lambda s: s, "alert.none", "an alert (fire) was sent, and none is due", alert=None)
    check(lambda s: s.drop("alert"), "alert.none", "", Verdict.PASS, alert=None)


def test_without_the_ability_alerts_are_missing() -> None:
    result = Story().judge(info=lacking("alerts"))["alert.fire"]
    assert (result.verdict, result.reason) == (Verdict.MISSING, "the target has no alerts")


# -- escalated ------------------------------------------------------------------------------------


PAGE = EscalateRule(after=MINUTE, contains=("restart it",))


STEPS = {**alert("page"), "text": "Restart it by hand"}


GIVES_UP = HealRule("auto", restart="feeder", gives_up=True)


def unhealed() -> Story:
    story = Story().drop("fault.clear").drop("alert", kind="resolved")
    return story.status(FP, "ERROR", 240).colour("RED", 240)


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (180, ""),
        (179, "page: early by 1s"),
        (210, ""),
        (240, ""),
        (241, "page: late by 1s"),
    ],
)
def test_a_page_is_due_within_its_window(at: int, reason: str) -> None:
    story = unhealed().add(at, "alert", "monitor", **STEPS)
    assert story.judge(escalate=PAGE)["page"].reason == reason


def test_a_missing_page_fails() -> None:
    result = unhealed().judge(escalate=PAGE)["page"]
    assert (result.verdict, result.reason) == (Verdict.FAIL, "page: never, due by 1m")


def test_a_page_needs_the_manual_steps() -> None:
    story = unhealed().add(210, "alert", "monitor", **alert("page"))
    assert story.judge(escalate=PAGE)["page"].reason == "the page lacks restart it"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"severity": "info"}, "the page has the severity info"),
        ({"text": f"{OTHER}: restart it"}, f"the page names {OTHER}, not {FP}"),
    ],
)
def test_a_page_has_the_severity_and_the_failure_point_of_its_alert(
    facts: Any, reason: str
) -> None:
    story = unhealed().add(210, "alert", "monitor", **{**STEPS, **facts})
    assert story.judge(escalate=PAGE)["page"].reason == reason


def test_the_manual_steps_of_a_page_are_those_of_health() -> None:
    facts = {"state": "manual", "manual_steps": ["ask the vendor"]}
    story = unhealed().healing(DETECTED, **facts).add(210, "alert", "monitor", **STEPS)
    message = "the page has different manual steps than the dashboard"
    assert story.judge(escalate=PAGE)["page"].reason == message
    story.change("alert", 210, 210, text="restart it: ask the vendor")
    assert story.judge(escalate=PAGE)["page"].verdict is Verdict.PASS


def test_a_second_page_fails() -> None:
    story = unhealed().add(210, "alert", "monitor", **STEPS).add(215, "alert", "monitor", **STEPS)
    assert story.judge(escalate=PAGE)["page"].reason == "paged 2 times"


def test_no_page_is_due_after_the_recovery() -> None:
    late = EscalateRule(after=2 * MINUTE)
    check(
        lambda s: s,
        "page",
        "recovered before a page was due",
        Verdict.NOT_APPLICABLE,
        escalate=late,
    )
    story = Story().add(200, "alert", "monitor", **STEPS)
    assert story.judge(escalate=late)["page"].reason == "paged although it was healed in time"


def test_a_page_that_is_not_due_fails() -> None:
    story = Story().add(200, "alert", "monitor", **STEPS)
    assert story.judge()["page.none"].reason == "a page was sent, and none is due"


def test_a_healing_that_gives_up_pages_at_once() -> None:
    story = unhealed().add(DETECTED + 1, "alert", "monitor", **STEPS)
    assert story.judge(escalate=PAGE, heal=GIVES_UP)["page"].verdict is Verdict.PASS
