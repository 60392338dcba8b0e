from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.plan import (
    AlertRule,
    Detect,
    EscalateRule,
    HealRule,
    Injection,
    LimitRule,
    Predicate,
)
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import (
    DETECTED,
    FP,
    INJECTED,
    OTHER,
    PLAN,
    RECOVERED,
    Story,
    alert,
    lacking,
)

Edit = Callable[[Story], object]


def test_a_story_in_which_everything_is_right_passes() -> None:
    case = Story().case()
    marks = {name: at / SECOND for name, at in case.marks.items()}
    assert marks == {
        "steady": 40, "injected": INJECTED, "detected": DETECTED, "alerted": 150, "healed": 215,
        "recovered": RECOVERED, "end": 400,
    }  # fmt: skip
    bad = {n: c.reason for n, c in Story().judge().items() if c.verdict is not Verdict.PASS}
    assert bad == {
        "always.entries_sized_as_before": "no entry to compare with",
        "always.entries_priced_as_before": "no entry with a limit to compare with",
        "always.others_files_kept": "no file that only other processes use without the fault",
        "always.exits_not_blocked": "no exit of the control run is due",
        "statistics.improvements": "there is nothing to improve",
    }


def check(
    edit: Edit, clause: str, reason: str, verdict: Verdict = Verdict.FAIL, **changes: Any
) -> None:
    story = Story()
    edit(story)
    found = story.judge(**changes)[clause]
    assert (found.verdict, found.reason) == (verdict, reason)


# -- before the fault -----------------------------------------------------------------------------


def test_not_steady_is_vacuous() -> None:
    said = "not steady before the fault: readiness is GREEN, but it was YELLOW"
    check(lambda s: s.colour("YELLOW", 0), "steady", said, Verdict.VACUOUS)


def test_what_died_before_the_fault_is_told() -> None:
    said = (
        "not steady before the fault: readiness is GREEN, but it was YELLOW; "
        "bot crashed 2s into the run: ConnectionError: refused; "
        "feeder ended 12s into the run with exit code 3"
    )
    error = {"process": "bot", "error": "ConnectionError: refused"}
    again = {"process": "bot", "error": "another"}

    def edit(story: Story) -> None:
        story.colour("YELLOW", 0)
        for at, crash in ((2, error), (9, again)):
            story.add(at, "process.crash", "bot", **crash)
            story.add(at, "process.exit", "bot", process="bot", pid=1, code=1)
        story.add(12, "process.exit", "feeder", process="feeder", pid=2, code=3)

    check(edit, "steady", said, Verdict.VACUOUS)


def test_what_was_steady_only_now_and_then_says_what_it_was_otherwise() -> None:
    story = Story()
    for at in range(0, 400, 60):
        story.colour("YELLOW", at, at)
    said = "not steady before the fault: readiness is GREEN, but it was YELLOW"
    assert story.judge()["steady"].reason == said


def test_a_length_of_time_is_told_as_one() -> None:
    line = Predicate("uw_cache.age", "<=", 2 * MINUTE, text="uw_cache.age <= 2m", type="duration")
    story = Story().change("check", truth={"uw_cache.age": 10 * MINUTE})
    said = "not steady before the fault: uw_cache.age <= 2m, but it was 10m"
    assert story.judge(steady=(line,))["steady"].reason == said


def test_without_any_check_nothing_is_steady() -> None:
    said = "not steady before the fault: the run ended before the first check"
    check(lambda s: s.drop("check"), "steady", said, Verdict.VACUOUS)


def test_one_good_check_is_not_steady() -> None:
    story = Story()
    for at in range(0, 400, 60):
        story.colour("YELLOW", at, at)
    assert story.judge()["steady"].verdict is Verdict.VACUOUS


def test_not_met_is_vacuous() -> None:
    said = "no process of the bot met the fault"
    check(lambda s: s.drop("met"), "met", said, Verdict.VACUOUS)


def test_a_fault_of_a_process_that_the_bot_has_not_names_those_it_has() -> None:
    said = "no process of the bot met the fault; feder is not one of its processes: feeder, bot, monitor"
    story = Story().drop("met")
    found = story.judge(inject=(Injection("process.kill", {"process": "feder"}),))["met"]
    assert (found.verdict, found.reason) == (Verdict.VACUOUS, said)


def test_met_only_before_the_fault_is_vacuous() -> None:
    said = "no process of the bot met the fault"
    check(lambda s: s.move("met", INJECTED - 1), "met", said, Verdict.VACUOUS)


def test_never_injected_asks_nothing_more() -> None:
    found = Story().drop("fault.inject").judge()
    assert list(found) == ["steady", "met"]
    assert found["met"].reason == "the fault was never injected"


# -- detected -------------------------------------------------------------------------------------


def test_a_crash_is_told_where_nothing_was_noticed() -> None:
    said = (
        "FP-1.2 stayed OK, monitor crashed 15s after the fault: KeyError: 'at'; ERROR was due by 1m"
    )
    error = {"process": "monitor", "error": "KeyError: 'at'"}
    check(lambda s: s.quiet_run().add(150, "process.crash", "monitor", **error), "detect", said)


@pytest.mark.parametrize(
    ("within", "not_before", "reason"),
    [
        (15, 0, ""),  # exactly on the deadline: windows are closed
        (14, 0, "detected: late by 1s"),
        (60, 15, ""),
        (60, 16, "detected: early by 1s"),
    ],
)
def test_when_it_is_detected(within: int, not_before: int, reason: str) -> None:
    rule = Detect(within=within * SECOND, not_before=not_before * SECOND)
    verdict = Verdict.FAIL if reason else Verdict.PASS
    check(lambda s: s, "detect", reason, verdict, detect=rule)


def test_each_of_several_faults_must_be_met() -> None:
    second = Injection("broker.position", {"symbol": "UBER"})
    both = (*PLAN.inject, second)
    found = Story().judge(inject=both)["met"]
    reason = "no process of the bot met broker.position"
    assert (found.verdict, found.reason) == (Verdict.VACUOUS, reason)
    story = Story().add(145, "met", process="monitor", fault="broker.position")
    assert story.judge(inject=both)["met"].verdict is Verdict.PASS


def test_a_busy_market_that_only_a_silent_log_would_witness_is_no_excuse() -> None:
    both = (*PLAN.inject, Injection("signal.busy"))
    assert Story().judge(inject=both)["met"].verdict is Verdict.PASS
    found = Story().judge(inject=both, info=lacking("decisions"))["met"]
    assert found.reason == "no process of the bot met signal.busy"


def test_never_detected_names_what_is_not_reached() -> None:
    found = Story().status(FP, "OK", 0).judge()
    assert found["detect"].reason == f"{FP} stayed OK; ERROR was due by 1m"
    for name in ("colour", "alert.fire", "heal"):
        assert (found[name].verdict, found[name].reason) == (
            Verdict.FAIL,
            "the failure was never detected",
        )


def test_a_failure_point_that_health_does_not_know_is_named_so() -> None:
    found = Story().judge(fp="FP-9.9")
    reason = "the bot's health has no FP-9.9"
    assert found["detect"].reason == f"{reason}; ERROR was due by 1m"
    assert found["detect.not_before"].reason == reason


def test_what_comes_after_it_was_due_is_not_what_was_said() -> None:
    story = Story().status(FP, "OK", 0, 300).status(FP, "WARN", 300)
    assert story.judge()["detect"].reason == f"{FP} stayed OK; ERROR was due by 1m"


def test_a_monitor_that_makes_no_pass_detects_nothing() -> None:
    found = Story().drop("sample", INJECTED).judge()
    assert found["detect"].reason == "no monitor pass after the fault; ERROR was due by 1m"


def test_another_status_is_no_detection() -> None:
    story = Story().status(FP, "WARN", DETECTED, 210)
    assert story.judge()["detect"].reason == f"{FP} became WARN; ERROR was due by 1m"
    assert story.judge(detect=Detect("WARN"))["detect"].verdict is Verdict.PASS


def test_not_ok_before_the_fault_is_a_false_alarm() -> None:
    said = "not OK before the fault"
    check(lambda s: s.status(FP, "WARN", 120, 120), "detect.not_before", said)


def test_a_failure_point_that_health_does_not_know() -> None:
    story = Story().change("sample", status={})
    assert story.judge()["detect"].verdict is Verdict.FAIL
    assert story.judge()["detect.not_before"].verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("begin", "end", "text", "reason"),
    [
        (180, 180, " ", "the message is empty"),
        (150, 150, "feeder runs", "the message is the one shown while all was OK"),
        (150, 210, f"{OTHER}: full", f"the message names {OTHER}, not {FP}"),
        (150, 210, f"{FP} after {OTHER}", ""),
        (240, 240, "", ""),  # over, and OK again
        (240, 240, "feeder is dead", ""),
    ],
)
def test_health_has_words_for_it(begin: float, end: float, text: str, reason: str) -> None:
    story = Story().change("sample", begin, end, message=text)
    assert story.judge()["detect.message"].reason == reason


def test_a_health_without_messages_is_not_asked_for_them() -> None:
    story = Story().change("sample", message="")
    assert story.judge()["detect.message"].verdict is Verdict.NOT_APPLICABLE


def test_detection_by_a_gate_counts_from_the_limit() -> None:
    rule = LimitRule("cooldown", "AAA", 2 * MINUTE)
    story = Story().add(160, "limit.begins", symbol="AAA")
    blocked = {"symbol": "AAA", "side": "buy", "action": "block", "gate": "cooldown"}
    story.add(150, "decision", "bot", **blocked).add(170, "decision", "bot", **blocked)
    detect = Detect(within=10 * SECOND, by="gate", gate="cooldown")
    case = story.case(detect=detect, limit=rule)
    assert case.marks["detected"] == 170 * SECOND
    assert story.judge(detect=detect, limit=rule)["detect"].verdict is Verdict.PASS


# -- coloured -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (
            lambda s: s.colour("YELLOW", 180, 180),
            "YELLOW instead of RED while the fault lasted, 45s after the fault",
        ),
        (
            lambda s: s.colour("GREEN", 150, 150),
            "GREEN instead of RED while the fault lasted, 15s after the fault",
        ),
        (
            lambda s: s.colour("UNKNOWN", 180, 180),
            "UNKNOWN instead of RED while the fault lasted, 45s after the fault",
        ),
    ],
)
def test_a_wrong_colour_while_the_fault_holds(edit: Edit, reason: str) -> None:
    check(edit, "colour", reason)


def test_a_colour_before_it_is_detected_is_too_early() -> None:
    story = Story().status(FP, "OK", 150, 150)  # detected a pass later, but RED already
    found = story.judge()["colour"]
    assert found.reason == "RED instead of GREEN before it was detected, 15s after the fault"


def test_a_cascade_may_raise_the_colour_once_it_is_due() -> None:
    story = Story().status(OTHER, "ERROR", 180, 210)
    worse: dict[str, Any] = {"readiness": "YELLOW", "allowed": {OTHER: 45 * SECOND}}
    story.colour("YELLOW", 150, 150)
    assert story.judge(**worse)["colour"].verdict is Verdict.PASS
    assert story.judge(**worse)["quiet"].verdict is Verdict.PASS


def test_a_cascade_before_its_time_is_forbidden() -> None:
    story = Story().status(OTHER, "ERROR", 180, 210).colour("YELLOW", 150, 150)
    found = story.judge(readiness="YELLOW", allowed={OTHER: 46 * SECOND})
    assert found["colour"].reason == (
        "RED instead of YELLOW while the fault lasted, 45s after the fault"
    )
    assert found["quiet"].reason == f"{OTHER} became ERROR, 45s after the fault"


def test_a_cascade_of_warn_raises_to_yellow_only() -> None:
    story = Story().status(OTHER, "WARN", 150, 210)
    found = story.judge(readiness="GREEN", allowed={OTHER: 0})
    assert found["colour"].reason.startswith("RED instead of GREEN")


def test_the_colour_after_the_recovery() -> None:
    said = "RED instead of GREEN after the recovery, 3m45s after the fault"
    check(lambda s: s.colour("RED", 360, 360), "colour.after", said)


def test_a_colour_within_one_check_of_the_recovery_is_allowed() -> None:
    check(lambda s: s.colour("RED", 330, 330), "colour.after", "", Verdict.PASS)


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
def test_what_is_wrong_with_the_alerts(edit: Edit, clause: str, reason: str) -> None:
    check(edit, clause, reason)


def test_an_alert_on_the_deadline_is_in_time() -> None:
    check(lambda s: s.move("alert", 160, kind="fire"), "alert.fire", "", Verdict.PASS)


def test_repeats_are_due_while_the_fault_holds() -> None:
    story = unhealed().drop("process.restart")
    found = story.judge(alert=REPEATING)["alert.repeat"]
    assert found.reason == "no repeat 1m after the first alert"
    for at in (210, 270, 330):
        story.add(at, "alert", "monitor", **alert("repeat"))
    assert story.judge(alert=REPEATING)["alert.repeat"].verdict is Verdict.PASS
    for at in (331, 332, 333):
        story.add(at, "alert", "monitor", **alert("repeat"))
    assert story.judge(alert=REPEATING)["alert.repeat"].reason == "6 repeats where 4 are due"


def test_what_is_never_to_be_repeated() -> None:
    once = AlertRule(within=10 * SECOND, repeat=0)
    check(lambda s: s, "alert.repeat", "", Verdict.PASS, alert=once)
    again = alert("repeat")
    said = "1 repeats where 0 are due"
    check(lambda s: s.add(180, "alert", "monitor", **again), "alert.repeat", said, alert=once)


def test_an_alert_says_something() -> None:
    wordless = AlertRule(within=10 * SECOND)
    said = "the text is empty"
    check(lambda s: s.change("alert", 150, 150, text=" "), "alert.once", said, alert=wordless)


def test_a_repeat_is_as_severe_as_its_alert() -> None:
    mild = {**alert("repeat"), "severity": "info"}
    said = "repeated with severity info, not critical"
    check(lambda s: s.add(210, "alert", "monitor", **mild), "alert.repeat", said, alert=REPEATING)


def test_what_is_given_up_is_not_resolved() -> None:
    story = unhealed().add(300, "alert", "monitor", **alert("resolved"))
    found = story.judge(heal=GIVES_UP)["alert.resolved"]
    assert (found.verdict, found.reason) == (Verdict.FAIL, "resolved while the fault lasted")


def test_what_a_person_must_look_at_first_does_not_resolve_itself() -> None:
    waits = AlertRule(within=10 * SECOND, resolved=False)
    said = "resolved before a person looked at it"
    check(lambda s: s, "alert.resolved", said, alert=waits)
    silent: Edit = lambda s: s.drop("alert", kind="resolved")  # noqa: E731
    check(silent, "alert.resolved", "", Verdict.PASS, alert=waits)


def test_a_page_may_stand_in_for_a_repeat() -> None:
    story = unhealed().drop("process.restart")
    for at, kind in ((210, "repeat"), (270, "page"), (330, "repeat")):
        story.add(at, "alert", "monitor", **alert(kind))
    assert story.judge(alert=REPEATING)["alert.repeat"].verdict is Verdict.PASS


def test_no_alert_is_due() -> None:
    check(lambda s: s, "alert.none", "an alert (fire) was sent, and none is due", alert=None)
    check(lambda s: s.drop("alert"), "alert.none", "", Verdict.PASS, alert=None)


def test_without_the_ability_alerts_are_missing() -> None:
    found = Story().judge(info=lacking("alerts"))["alert.fire"]
    assert (found.verdict, found.reason) == (Verdict.MISSING, "the target has no alerts")


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
def test_when_a_person_is_paged(at: int, reason: str) -> None:
    story = unhealed().add(at, "alert", "monitor", **STEPS)
    assert story.judge(escalate=PAGE)["page"].reason == reason


def test_a_page_that_never_comes() -> None:
    found = unhealed().judge(escalate=PAGE)["page"]
    assert (found.verdict, found.reason) == (Verdict.FAIL, "page: never, due by 1m")


def test_a_page_without_the_manual_steps() -> None:
    story = unhealed().add(210, "alert", "monitor", **alert("page"))
    assert story.judge(escalate=PAGE)["page"].reason == "the page lacks restart it"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"severity": "info"}, "the page has the severity info"),
        ({"text": f"{OTHER}: restart it"}, f"the page names {OTHER}, not {FP}"),
    ],
)
def test_a_page_that_wakes_nobody_or_the_wrong_one(facts: Any, reason: str) -> None:
    story = unhealed().add(210, "alert", "monitor", **{**STEPS, **facts})
    assert story.judge(escalate=PAGE)["page"].reason == reason


def test_the_manual_steps_of_a_page_are_those_of_health() -> None:
    told = {"state": "manual", "manual_steps": ["ask the vendor"]}
    story = unhealed().healing(DETECTED, **told).add(210, "alert", "monitor", **STEPS)
    said = "the page has different manual steps than the dashboard"
    assert story.judge(escalate=PAGE)["page"].reason == said
    story.change("alert", 210, 210, text="restart it: ask the vendor")
    assert story.judge(escalate=PAGE)["page"].verdict is Verdict.PASS


def test_a_second_page() -> None:
    story = unhealed().add(210, "alert", "monitor", **STEPS).add(215, "alert", "monitor", **STEPS)
    assert story.judge(escalate=PAGE)["page"].reason == "paged 2 times"


def test_a_page_is_void_once_it_is_over() -> None:
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


def test_a_page_that_is_not_due() -> None:
    story = Story().add(200, "alert", "monitor", **STEPS)
    assert story.judge()["page.none"].reason == "a page was sent, and none is due"


def test_a_healing_that_gives_up_pages_at_once() -> None:
    story = unhealed().add(DETECTED + 1, "alert", "monitor", **STEPS)
    assert story.judge(escalate=PAGE, heal=GIVES_UP)["page"].verdict is Verdict.PASS
