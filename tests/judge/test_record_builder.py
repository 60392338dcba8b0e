"""From the runs of a plan to its record."""

from __future__ import annotations

import dataclasses

import pytest

from pytest_fpharness.judge.record_builder import (
    build_record,
    judge_control_run,
    token_of,
)
from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.outcome import Outcome
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import INFO, PLAN, Story


def judged(story: Story) -> Record:
    return build_record(PLAN, outcome(story), INFO)


def test_a_good_story_makes_a_good_record() -> None:
    result = judged(Story())
    assert (result.verdict, result.reasons, result.unproven) == (Verdict.PASS, (), ())
    assert result.fault == "process.kill (process feeder)"
    assert (result.cost.blind, result.cost.alerted) == (15 * SECOND, True)
    assert result.verdict_of("alerted") is Verdict.PASS
    assert result.verdict_of("limited") is None


def test_a_broken_always_true_line_outranks_vacuous() -> None:
    story = Story().drop("met").add(90, "file.torn", role="state.positions")
    result = judged(story)
    assert result.verdict_of("met") is Verdict.VACUOUS
    assert result.verdict is Verdict.FAIL


def test_vacuous_outranks_a_failed_expectation() -> None:
    assert judged(Story().drop("met").drop("alert")).verdict is Verdict.VACUOUS


@pytest.mark.parametrize(
    ("outcome", "verdict", "reason"),
    [
        (Outcome(error="it broke", missing="x", crash="y"), Verdict.ERROR, "it broke"),
        (Outcome(missing="state.x", crash="y"), Verdict.MISSING, "the target has no state.x"),
        (Outcome(crash="exit code 3"), Verdict.FAIL, "exit code 3"),
    ],
)
def test_an_outcome_without_a_run_decides_the_record(
    outcome: Outcome, verdict: Verdict, reason: str
) -> None:
    result = build_record(PLAN, outcome, INFO)
    assert (result.verdict, result.reasons) == (verdict, (reason,))


def outcome(story: Story) -> Outcome:
    return Outcome([e.to_row() for e in story.finished()], digest="d")


def healthy() -> Story:
    return Story().quiet_run().drop("fault.inject").drop("met")


def record(control: Story, story: Story | None = None) -> Record:
    judged = judge_control_run(outcome(control), PLAN.without_faults(), INFO, 0)
    return build_record(PLAN, outcome(story or Story()), INFO, control=judged)


def test_a_quiet_control_passes() -> None:
    result = record(healthy())
    assert (result.verdict, result.reasons) == (Verdict.PASS, ())
    assert [(run.name, run.verdict) for run in result.companions] == [("control", Verdict.PASS)]


def test_a_noisy_control_run_fails_the_record() -> None:
    result = record(healthy().colour("YELLOW", 180, 180))
    assert result.verdict is Verdict.FAIL
    assert result.reasons[0].startswith("control: colour: YELLOW although nothing is wrong")


def test_a_control_that_is_not_steady_makes_the_record_vacuous() -> None:
    assert record(healthy().colour("RED", 0)).verdict is Verdict.VACUOUS


def test_failures_come_before_missing_abilities() -> None:
    info = dataclasses.replace(INFO, abilities=("dashboard",))
    late = outcome(Story().drop("fault.clear"))
    result = build_record(PLAN, late, info).reasons
    assert result[0].startswith("colour: GREEN instead of RED")
    assert result[-1] == "alert.fire: the target has no alerts"


def test_a_broken_always_true_line_outranks_a_vacuous_control() -> None:
    torn = Story().add(90, "file.torn", role="state.positions")
    assert record(healthy().colour("RED", 0), torn).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("dead", "verdict"),
    [(Outcome(error="broke"), Verdict.ERROR), (Outcome(crash="exit code 3"), Verdict.FAIL)],
)
def test_a_control_run_that_died_has_its_verdict(dead: Outcome, verdict: Verdict) -> None:
    control = judge_control_run(dead, PLAN.without_faults(), INFO, 0)
    assert control.run.verdict is verdict


def test_a_run_with_a_broken_healer_must_give_up() -> None:
    result = build_record(PLAN, outcome(Story()), INFO, broken_healer=outcome(Story()))
    (broken,) = result.companions
    assert broken.verdict is Verdict.FAIL
    assert "heal.gives_up: the healing never gave up" in broken.reasons


def repeated(digest: str) -> Record:
    first = dataclasses.replace(outcome(Story()), digest=digest)
    return build_record(PLAN, outcome(Story()), INFO, repetition=first)


def test_a_repetition_with_the_same_timeline_passes() -> None:
    result = repeated("d")
    assert (result.verdict, result.companions[-1].verdict) == (Verdict.PASS, Verdict.PASS)


def test_a_repetition_with_another_timeline_is_an_error() -> None:
    result = repeated("e")
    assert result.verdict is Verdict.ERROR
    assert result.reasons[0] == "again: two runs of the same plan differ: e and d"


def test_a_token_changes_with_the_plan_and_its_seed() -> None:
    changed = dataclasses.replace(PLAN, recover=1)
    assert len({token_of(PLAN, 0), token_of(PLAN, 1), token_of(changed, 0)}) == 3
