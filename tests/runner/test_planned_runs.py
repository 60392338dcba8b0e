from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pytest_fpharness.model.plan import HealRule, Plan
from pytest_fpharness.runner.planned_runs import breaks_healer, planned_runs
from tests.support.judge_bench import INFO, PLAN


def kinds(plan: Plan, *, control_known: int = 0) -> list[str]:
    runs = planned_runs(plan, INFO.layout, control_known=control_known)
    return [run.kind for run in runs]


def test_the_main_run_comes_last() -> None:
    assert kinds(dataclasses.replace(PLAN, repeat=True)) == [
        "control",
        "broken_healer",
        "again",
        "main",
    ]


def test_a_control_run_that_is_long_enough_is_shared() -> None:
    (control, *_) = planned_runs(PLAN, INFO.layout, control_known=0)
    assert "control" not in kinds(PLAN, control_known=control.length)
    assert "control" in kinds(PLAN, control_known=control.length - 1)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"twin": True}, False),
        ({"break_healer": False}, False),
        ({"heal": HealRule("retry")}, False),
        ({"heal": HealRule("auto", gives_up=True)}, False),
    ],
)
def test_the_healer_is_broken_where_the_bot_heals(changes: dict[str, Any], expected: bool) -> None:
    assert breaks_healer(dataclasses.replace(PLAN, **changes)) is expected


def test_plans_of_one_world_share_its_key() -> None:
    other = dataclasses.replace(PLAN, fp="FP-9.9", variant="x", inject=())
    assert other.world_key == PLAN.world_key
    assert dataclasses.replace(PLAN, world={"cash": 1}).world_key != PLAN.world_key
    assert dataclasses.replace(PLAN, steady=()).world_key != PLAN.world_key


def test_a_control_run_injects_nothing() -> None:
    assert PLAN.without_faults().inject == ()
