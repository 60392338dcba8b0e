from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_fpharness.model.record import Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.cell_state import CellState
from pytest_fpharness.report.checklist import ChecklistLine
from pytest_fpharness.report.coverage import Coverage
from tests.support.report_factory import (
    DOCUMENT,
    PASSING,
    covered,
    facts,
    failing,
    flows,
    record,
    twin,
)

TEXTS = [
    "All 50+ failure points documented",
    "Each FP has detection mechanism",
    "Each FP has self-healing (where possible)",
    "Each FP visible on dashboard",
    "Test harness covers all FPs",
    "End-to-end test passes",
    "Signal injection test passes",
    "Monitoring alerts configured",
    "Dashboard shows all FPs",
    "Self-healing verified for each FP",
    "Documentation complete",
]


def line(result: Coverage, start: str) -> ChecklistLine:
    return next(line for line in result.checklist if line.text.startswith(start))


def test_the_lines_of_the_document_in_its_order() -> None:
    result = covered()
    assert [line.text for line in result.checklist] == TEXTS
    assert all(line.holds and line.rule and line.evidence for line in result.checklist)


def test_too_few_documented_failure_points() -> None:
    result = covered(points=[facts(f"FP-{n}") for n in range(36)], header={"document": DOCUMENT})
    first = result.checklist[0]
    assert (first.text, first.state) == ("All 50+ failure points documented", CellState.FAIL)
    assert first.evidence == "36 of 50; failure_points.md lists 36"


@pytest.mark.parametrize(
    ("question", "broken"),
    [
        ("detected", ["Each FP has detection mechanism"]),
        ("visible", ["Each FP visible on dashboard"]),
        ("alerted", ["Monitoring alerts configured"]),
        ("healed", ["Self-healing verified for each FP"]),
    ],
)
def test_a_failure_breaks_its_own_lines_only(question: str, broken: list[str]) -> None:
    result = covered([failing("x", question, "broke"), twin(), *flows()])
    assert [line.text for line in result.checklist if not line.holds] == broken


def test_a_twin_that_was_never_written_is_not_covered() -> None:
    covers = line(covered([record(), *flows()]), "Test harness")
    assert (covers.state, covers.failing) == (CellState.UNTESTED, ("FP-1.3",))


@pytest.mark.parametrize(
    ("records", "state"),
    [
        ([], CellState.UNTESTED),
        ([record("TEST-2", "main", verdict=Verdict.FAIL)], CellState.FAIL),
        (
            [record("TEST-2", clauses=tuple(replace(c, killed_by=()) for c in PASSING))],
            CellState.UNPROVEN,
        ),
        ([record("TEST-2", "main")], CellState.PASS),
    ],
)
def test_the_end_to_end_test_must_have_passed(records: list[Record], state: CellState) -> None:
    assert line(covered([record(), twin(), *records]), "End-to-end").state is state


def test_an_alert_must_have_left_the_bot() -> None:
    silent = record(timeline=tuple(row for row in record().timeline if row[1] != "alert"))
    alerts = line(covered([silent, twin()]), "Monitoring alerts")
    assert alerts.state is CellState.UNTESTED
    assert alerts.evidence == "1 of 1 critical failure points; 0 alerts left the bot"


def test_the_dashboard_must_have_a_row_for_each_failure_point() -> None:
    result = covered(points=[facts(), facts("FP-1.4")])
    assert line(result, "Dashboard shows").failing == ("FP-1.4",)


def test_documentation_needs_manual_steps() -> None:
    result = covered(points=[facts(manual_steps=())])
    assert line(result, "Documentation").failing == ("FP-1.3",)


def test_a_line_that_holds_but_for_an_accepted_gap_says_gap() -> None:
    gap = failing("alert.fire", "alerted", "no alerts", Verdict.MISSING, expected_gap="pat, June")
    alerts = line(covered([gap, twin(), *flows()]), "Monitoring alerts")
    assert (alerts.state, alerts.holds) == (CellState.GAP, True)
