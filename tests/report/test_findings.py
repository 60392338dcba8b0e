from __future__ import annotations

from pytest_fpharness.model.duration import MINUTE
from pytest_fpharness.model.record import CompanionRun, Cost, Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.findings import findings
from tests.support.report_factory import covered, failing, record, twin


def late(variant: str, reason: str = "late by 37s", cost: Cost | None = None) -> Record:
    return failing("alert.fire", "alerted", reason, variant=variant, cost=cost or Cost())


def test_never_alerted_comes_first_then_time_then_dollars_then_orders() -> None:
    costs = {
        "orders": Cost(MINUTE, True, orders=9),
        "dollars": Cost(MINUTE, True, dollars=50.0),
        "longer": Cost(30 * MINUTE, True),
        "never": Cost(2 * MINUTE, False),
    }
    output = findings(
        failing(name, "alerted", f"{name} broke", variant=name, cost=cost)
        for name, cost in costs.items()
    )
    assert [finding.clause for finding in output] == ["never", "longer", "dollars", "orders"]


def test_a_harness_error_is_not_more_expensive_than_blindness() -> None:
    error = record(variant="e", verdict=Verdict.ERROR, clauses=(), cost=Cost(), reasons=("x",))
    output = findings([error, late("a", cost=Cost(MINUTE, True))])
    assert [finding.verdict for finding in output] == [Verdict.FAIL, Verdict.ERROR]


def test_one_cause_is_reported_once_with_its_worst_cost() -> None:
    output = findings([
        late("a", "late by 37s", Cost(MINUTE, True)),
        late("b", "late by 1m12s", Cost(5 * MINUTE, False)),
    ])  # fmt: skip
    assert len(output) == 2
    output = findings([
        late("a", "late by 37s", Cost(MINUTE, True)),
        late("b", "late by 42s", Cost(5 * MINUTE, False)),
    ])  # fmt: skip
    assert [(f.records, f.cost.blind) for f in output] == [
        (("FP-1.3/a", "FP-1.3/b"), 5 * MINUTE)
    ]  # fmt: skip


def test_different_failure_points_are_different_causes() -> None:
    output = findings([late("a"), failing("alert.fire", "alerted", "late by 37s", fp="FP-1.4")])
    assert {finding.fp for finding in output} == {"FP-1.3", "FP-1.4"}


def test_a_failed_leg_is_named() -> None:
    companions = (CompanionRun("control", Verdict.FAIL, ("FP-1.3 ERROR without a fault",)),)
    (output,) = findings([record(verdict=Verdict.FAIL, companions=companions)])
    assert (output.clause, output.reason) == ("control companion", "FP-1.3 ERROR without a fault")


def test_what_passed_is_not_a_finding() -> None:
    assert covered([record(), twin()]).findings == ()


def test_what_proved_nothing_comes_after_what_failed() -> None:
    long, short = (Cost(blind=n * MINUTE) for n in (30, 1))
    vacuous = record("FP-1.1", verdict=Verdict.VACUOUS, cost=long)
    failed = failing("detect", "detected", "not noticed", fp="FP-1.2", cost=short)
    assert [finding.fp for finding in findings([vacuous, failed])] == ["FP-1.2", "FP-1.1"]
