"""A plan has the same record first, last, alone, and beside any other."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from pytest_fpharness.model.plain import to_plain
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.runner.runner import Runner
from pytest_fpharness.targets.reference import ReferenceBot

pytestmark = pytest.mark.acceptance

TARGET = f"{ReferenceBot.__module__}:{ReferenceBot.__name__}"
POINTS = ("FP-1.1", "FP-1.3", "FP-3.1", "FP-6.3")


def records(plans: list[Plan], processes: int) -> dict[str, Any]:
    with Runner(TARGET, processes=processes) as runner:
        made = list(runner.run_all(plans))
    return {r.id: to_plain(replace(r, timeline=tuple(r.timeline), wall=0.0)) for r in made}


def test_the_order_and_the_company_of_plans_change_nothing() -> None:
    with Runner(TARGET) as runner:
        plans = runner.plans(only=POINTS)
    shuffled = random.Random(7).sample(plans, len(plans))
    listed = records(plans, processes=1)
    assert records(shuffled, processes=2) == listed
    longest = next(plan for plan in plans if plan.id == "FP-1.3/old.30m01s")
    assert records([longest], processes=1) == {longest.id: listed[longest.id]}
