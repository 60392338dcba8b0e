from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_fpharness.report.cell_state import CellState
from pytest_fpharness.report.coverage import Coverage
from pytest_fpharness.report.gate import gate
from pytest_fpharness.report.journal import Journal, JournalError, read_journal
from pytest_fpharness.report.marked_tests import OWN, MarkedTest, worse
from pytest_fpharness.report.render.html import render
from tests.support.report_factory import covered, session, write_journal

PASSED = MarkedTest("tests/a.py::one", ("FP-1.3",), "passed", wall=0.2)
FAILED = MarkedTest("tests/a.py::two", ("FP-1.3",), "failed", "assert 1 == 2")
UNRUN = MarkedTest("tests/a.py::three", ("FP-1.3",))


def with_tests(*tests: MarkedTest) -> Coverage:
    return covered(tests={test.id: test for test in tests})


def test_a_test_that_passed_keeps_the_gate_green() -> None:
    assert gate(with_tests(PASSED)).code == 0


@pytest.mark.parametrize(
    ("outcome", "code"), [("failed", 1), ("rerun", 1), ("skipped", 2), ("xfailed", 2), ("", 5)]
)
def test_whatever_else_it_did_is_not_green(outcome: str, code: int) -> None:
    result = with_tests(PASSED, MarkedTest("tests/a.py::two", ("FP-1.3",), outcome))
    assert gate(result).code == code
    assert any("tests/a.py::two (FP-1.3)" in reason for reason in gate(result).reasons)


def test_the_row_has_a_cell_for_its_tests_with_the_worst_of_them() -> None:
    (row,) = with_tests(PASSED, FAILED).rows
    assert row.cells[OWN].state is row.state is CellState.FAIL
    assert row.cells[OWN].reason == "tests/a.py::two: assert 1 == 2"


def test_a_row_without_tests_has_no_such_cell() -> None:
    (row,) = covered().rows
    assert OWN not in row.cells


def test_the_matrix_has_the_column_only_when_there_are_tests() -> None:
    head = f">{OWN}</th>"
    some, none = with_tests(PASSED), covered()
    assert head in render(some, gate(some))
    assert head not in render(none, gate(none))


def test_one_that_did_not_pass_is_among_the_findings() -> None:
    result = with_tests(PASSED, FAILED)
    findings = render(result, gate(result)).partition('<h2 id="findings">')[2].partition("<h2")[0]
    assert FAILED.id in findings
    assert PASSED.id not in findings


def test_a_second_try_does_not_paint_over_the_first() -> None:
    assert worse(FAILED, PASSED) is worse(PASSED, FAILED) is FAILED


def test_a_journal_gives_back_what_was_planned_and_what_came(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.plan(session().header)
        journal.plan_tests({PASSED.id: PASSED.fp, UNRUN.id: UNRUN.fp})
        journal.test(FAILED)
        journal.test(PASSED)
    result = read_journal(path).tests
    assert list(result.values()) == [PASSED, UNRUN, FAILED]


def test_the_worst_result_of_a_test_counts(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.plan(session().header)
        journal.test(FAILED)
        journal.test(replace(FAILED, outcome="passed", reason=""))
    assert read_journal(path).tests == {FAILED.id: FAILED}


@pytest.mark.parametrize(
    "line",
    [
        '{"kind": "tests", "tests": 3}',
        '{"kind": "test", "outcome": "passed"}',
        '{"kind": "test", "id": {}}',
        '{"kind": "record", "id": []}',
    ],
)
def test_a_line_that_makes_no_sense_is_bad_input(tmp_path: Path, line: str) -> None:
    path = write_journal(tmp_path / "journal.jsonl", session())
    path.write_text(f"{path.read_text()}{line}\n")
    with pytest.raises(JournalError, match=f"{path.name}:"):
        read_journal(path)
