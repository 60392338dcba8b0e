from __future__ import annotations

import pytest

from pytest_fpharness.model.duration import MINUTE
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.render.events import TimelineRow
from pytest_fpharness.report.render.html_rows import badges, clause_rows, clauses_of, event_rows
from tests.support.page import Element, parse
from tests.support.report_factory import CONTROL, failing, record


def row_of(clause: Clause, companion: str = "") -> Element:
    return parse(str(clause_rows([(companion, clause)], badges()))).one("tr")


def cells(clause: Clause, companion: str = "") -> list[str]:
    return [cell.text for cell in row_of(clause, companion).all("td")]


def test_a_clause_has_seven_cells() -> None:
    clause = Clause(
        "detect", "detected", Verdict.FAIL, "late", 0, MINUTE, 30 * 10**9, killed_by=("a", "b")
    )
    assert cells(clause) == [
        "detected", "detect", "\u2717 FAIL", "0:00 to 1:00", "0:30", "a, b", "late",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("clause", "companion", "proof"),
    [
        (Clause("a", "met", Verdict.PASS), "", "? unproven"),
        (Clause("a", "met", Verdict.PASS), "control", ""),
        (Clause("a", "met", Verdict.NOT_APPLICABLE), "", ""),
        (Clause("a", "met", Verdict.PASS, provable=False), "", "no mutant applies"),
    ],
)
def test_a_passed_clause_that_no_mutant_killed_is_unproven(
    clause: Clause, companion: str, proof: str
) -> None:
    assert cells(clause, companion)[5] == proof


def test_clauses_of_a_companion_run_come_last_with_its_name() -> None:
    *_, (companion, clause) = clauses_of(record(companions=(CONTROL,)))
    assert row_of(clause, companion).classes == ["sub"]
    assert cells(clause, companion)[:2] == ["quiet", "control: quiet"]


def test_names_and_reasons_are_escaped() -> None:
    (bad,) = (c for c in failing("<b>", "met", "<i> & 'x'").clauses if c.name == "<b>")
    assert (cells(bad)[1], cells(bad)[6]) == ("<b>", "<i> & 'x'")
    events = parse(str(event_rows([TimelineRow(MINUTE, "<a>", "<k>", "<t>")])))
    assert events.rows == [["1:00", "<a>", "<k>", "<t>"]]


def test_a_mark_is_bold() -> None:
    events = parse(str(event_rows([TimelineRow(0, "", "mark", "healed")])))
    assert [element.text for element in events.all("b")] == ["mark", "healed"]
