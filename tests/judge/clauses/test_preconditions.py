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
