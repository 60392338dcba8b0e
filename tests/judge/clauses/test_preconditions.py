"""Clauses steady and met: without them a run proves nothing."""

from __future__ import annotations

from pytest_fpharness.model.duration import MINUTE
from pytest_fpharness.model.plan import (
    Injection,
    Predicate,
)
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import (
    INJECTED,
    PLAN,
    Story,
    check,
    lacking,
)

# -- before the fault -----------------------------------------------------------------------------


def test_not_steady_is_vacuous() -> None:
    reason = "not steady before the fault: readiness is GREEN, but it was YELLOW"
    check(lambda s: s.colour("YELLOW", 0), "steady", reason, Verdict.VACUOUS)


def test_processes_that_died_before_the_fault_are_named() -> None:
    reason = (
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

    check(edit, "steady", reason, Verdict.VACUOUS)


def test_the_reason_has_the_value_of_an_unsteady_line() -> None:
    story = Story()
    for at in range(0, 400, 60):
        story.colour("YELLOW", at, at)
    message = "not steady before the fault: readiness is GREEN, but it was YELLOW"
    assert story.judge()["steady"].reason == message


def test_durations_are_formatted_in_the_reason() -> None:
    line = Predicate("uw_cache.age", "<=", 2 * MINUTE, text="uw_cache.age <= 2m", type="duration")
    story = Story().change("check", truth={"uw_cache.age": 10 * MINUTE})
    message = "not steady before the fault: uw_cache.age <= 2m, but it was 10m"
    assert story.judge(steady=(line,))["steady"].reason == message


def test_without_any_check_nothing_is_steady() -> None:
    reason = "not steady before the fault: the run ended before the first check"
    check(lambda s: s.drop("check"), "steady", reason, Verdict.VACUOUS)


def test_one_good_check_is_not_steady() -> None:
    story = Story()
    for at in range(0, 400, 60):
        story.colour("YELLOW", at, at)
    assert story.judge()["steady"].verdict is Verdict.VACUOUS


def test_not_met_is_vacuous() -> None:
    reason = "no process of the bot met the fault"
    check(lambda s: s.drop("met"), "met", reason, Verdict.VACUOUS)


def test_an_unknown_process_in_a_fault_lists_the_known_ones() -> None:
    message = (
        "no process of the bot met the fault; "
        "feder is not one of its processes: feeder, bot, monitor"
    )
    story = Story().drop("met")
    result = story.judge(inject=(Injection("process.kill", {"process": "feder"}),))["met"]
    assert (result.verdict, result.reason) == (Verdict.VACUOUS, message)


def test_met_only_before_the_fault_is_vacuous() -> None:
    reason = "no process of the bot met the fault"
    check(lambda s: s.move("met", INJECTED - 1), "met", reason, Verdict.VACUOUS)


def test_without_an_injection_only_steady_and_met_are_judged() -> None:
    clauses = Story().drop("fault.inject").judge()
    assert list(clauses) == ["steady", "met"]
    assert clauses["met"].reason == "the fault was never injected"


def test_each_of_several_faults_must_be_met() -> None:
    second = Injection("broker.position", {"symbol": "UBER"})
    both = (*PLAN.inject, second)
    result = Story().judge(inject=both)["met"]
    reason = "no process of the bot met broker.position"
    assert (result.verdict, result.reason) == (Verdict.VACUOUS, reason)
    story = Story().add(145, "met", process="monitor", fault="broker.position")
    assert story.judge(inject=both)["met"].verdict is Verdict.PASS


def test_a_missing_decision_does_not_excuse_an_unmet_trading_signal() -> None:
    both = (*PLAN.inject, Injection("signal.busy"))
    assert Story().judge(inject=both)["met"].verdict is Verdict.PASS
    result = Story().judge(inject=both, info=lacking("decisions"))["met"]
    assert result.reason == "no process of the bot met signal.busy"
