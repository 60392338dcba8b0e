"""The declarations in failure_points.toml."""

from __future__ import annotations

import pytest

from pytest_fpharness.reference_bot.monitoring.checks import CHECKS
from pytest_fpharness.reference_bot.monitoring.failure_points import (
    FAILURE_POINTS,
    FailurePoint,
    undeclared,
)
from pytest_fpharness.reference_bot.monitoring.watchdog import FP as WATCHED


def test_every_check_has_a_declaration_and_no_other_is_declared() -> None:
    assert set(FAILURE_POINTS) == {*CHECKS, WATCHED}


@pytest.mark.parametrize("point", FAILURE_POINTS.values(), ids=lambda point: point.id)
def test_a_declaration_is_complete(point: FailurePoint) -> None:
    *texts, steps = point
    assert all(texts)
    assert all(steps)
    assert steps
    assert point.severity in ("critical", "warning", "informational")


def test_an_undeclared_failure_point_is_critical_and_titled_by_its_id() -> None:
    point = undeclared("FP-9.9")
    assert (point.title, point.severity, point.manual_steps) == ("FP-9.9", "critical", ())
