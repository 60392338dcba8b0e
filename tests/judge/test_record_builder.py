from __future__ import annotations

import dataclasses

import pytest

from pytest_fpharness.judge.record_builder import (
    broken_plan,
    control_key,
    control_plan,
    has_broken_healer,
    judged_broken,
    judged_control,
    record_of,
    run_again,
    token_of,
)
from pytest_fpharness.model.outcome import Outcome
from pytest_fpharness.model.plan import HealRule, Plan
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import INFO, PLAN, Story


def outcome(story: Story) -> Outcome:
    return Outcome([e.to_row() for e in story.finished()], digest="d")


def healthy() -> Story:
    return Story().quiet_run().drop("fault.inject").drop("met")


def record(control: Story, story: Story | None = None) -> Record:
    judged = judged_control(PLAN, outcome(control), INFO, 0)
    return record_of(PLAN, outcome(story or Story()), INFO, control=judged)


def test_a_quiet_control_passes() -> None:
    found = record(healthy())
    assert (found.verdict, found.reasons) == (Verdict.PASS, ())
    assert [(leg.name, leg.verdict) for leg in found.legs] == [("control", Verdict.PASS)]


def test_a_noisy_control_fails_the_record_and_says_so() -> None:
    found = record(healthy().colour("YELLOW", 180, 180))
    assert found.verdict is Verdict.FAIL
    assert found.reasons[0].startswith("control: colour: YELLOW though nothing is wrong")


def test_a_control_that_is_not_steady_makes_the_record_vacuous() -> None:
    assert record(healthy().colour("RED", 0)).verdict is Verdict.VACUOUS


def test_what_the_bot_did_is_told_before_what_it_lacks() -> None:
    info = dataclasses.replace(INFO, abilities=("dashboard",))
    late = outcome(Story().drop("fault.clear"))
    found = record_of(PLAN, late, info).reasons
    assert found[0].startswith("colour: GREEN instead of RED")
    assert found[-1] == "alert.fire: the target has no alerts"


def test_a_broken_always_true_line_outranks_a_leg_that_is_vacuous() -> None:
    torn = Story().add(90, "file.torn", role="state.positions")
    assert record(healthy().colour("RED", 0), torn).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("outcome_of_death", "verdict"),
    [(Outcome(error="broke"), Verdict.ERROR), (Outcome(crash="exit code 3"), Verdict.FAIL)],
)
def test_a_leg_without_a_run(outcome_of_death: Outcome, verdict: Verdict) -> None:
    leg = judged_control(PLAN, outcome_of_death, INFO, 0).leg
    assert leg.verdict is verdict


def test_a_run_with_a_broken_healer_must_give_up() -> None:
    leg, _ = judged_broken(PLAN, outcome(Story()), INFO)
    assert leg.verdict is Verdict.FAIL
    assert "heal.gives_up: the healing never gave up" in leg.reasons


def test_a_second_run_with_another_timeline_is_an_error() -> None:
    first = record(healthy())
    same, other = run_again(first, "d"), run_again(first, "e")
    assert (same.verdict, same.legs[-1].verdict) == (Verdict.PASS, Verdict.PASS)
    assert other.verdict is Verdict.ERROR
    assert other.reasons[0] == "again: two runs of the same plan differ: e and d"


@pytest.mark.parametrize(
    ("changes", "worth"),
    [
        ({}, True),
        ({"twin": True}, False),
        ({"break_healer": False}, False),
        ({"heal": HealRule("retry")}, False),
        ({"heal": HealRule("auto", gives_up=True)}, False),
    ],
)
def test_which_healer_is_worth_breaking(changes: dict[str, object], worth: bool) -> None:
    plan: Plan = dataclasses.replace(PLAN, **changes)  # type: ignore[arg-type]
    assert has_broken_healer(plan) is worth
    assert broken_plan(plan).heal.gives_up


def test_plans_of_one_world_share_a_control() -> None:
    other = dataclasses.replace(PLAN, fp="FP-9.9", variant="x", inject=())
    assert control_key(other) == control_key(PLAN)
    assert control_key(dataclasses.replace(PLAN, world={"cash": 1})) != control_key(PLAN)
    assert control_key(dataclasses.replace(PLAN, steady=())) != control_key(PLAN)
    assert control_plan(PLAN).inject == ()


def test_a_token_changes_with_the_plan_and_its_seed() -> None:
    changed = dataclasses.replace(PLAN, recover=1)
    assert len({token_of(PLAN, 0), token_of(PLAN, 1), token_of(changed, 0)}) == 3
