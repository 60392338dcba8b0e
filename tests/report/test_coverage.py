from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pytest_fpharness.model.questions import COLUMNS, QUESTIONS
from pytest_fpharness.model.record import Clause, CompanionRun, Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.cell_state import CellState
from pytest_fpharness.report.coverage import Coverage, coverage, to_json
from pytest_fpharness.report.documentation import Denominator
from pytest_fpharness.report.matrix import Cell
from tests.support.report_factory import (
    CONTROL,
    PASSING,
    covered,
    facts,
    failing,
    flows,
    record,
    session,
    twin,
)


def cell(result: Coverage, column: str) -> Cell:
    return result.rows[0].cells[column]


def without(question: str) -> Record:
    return record(clauses=tuple(c for c in PASSING if c.question != question))


def test_a_row_is_green_when_everything_held_and_was_seen_to_fail() -> None:
    row = covered().rows[0]
    assert {name: c.state for name, c in row.cells.items()} == dict.fromkeys(
        COLUMNS, CellState.PASS
    )


@pytest.mark.parametrize("question", [entry.id for entry in QUESTIONS])
def test_a_failed_clause_of_any_question_shows_in_the_matrix(question: str) -> None:
    row = covered([failing("x", question, "broke"), twin(), *flows()]).rows[0]
    assert CellState.FAIL in {c.state for c in row.cells.values()}


def test_a_twin_covers_the_bullets_that_its_file_names() -> None:
    row = covered([record(covers=("d1", "d2")), twin(covers=("h1",))]).rows[0]
    assert row.covered == ("d1", "d2", "h1")


def test_a_cell_names_the_runs_it_rests_on() -> None:
    result = covered([failing("alert.fire", "alerted", "late by 37s"), record(variant="b"), twin()])
    assert cell(result, "alerted") == Cell(CellState.FAIL, "late by 37s", ("FP-1.3/age.10m01s",))


def test_a_clause_never_seen_to_fail_is_not_green() -> None:
    clauses = tuple(replace(c, killed_by=()) if c.name == "page" else c for c in PASSING)
    result = covered([record(clauses=clauses), twin()])
    assert cell(result, "escalated").state is CellState.UNPROVEN
    assert cell(result, "proven").state is CellState.UNPROVEN
    assert cell(result, "alerted").state is CellState.PASS
    assert result.unproven == {"page": ("FP-1.3/age.10m01s",)}


def test_a_clause_that_no_mutant_can_break_needs_no_proof() -> None:
    clauses = tuple(
        replace(c, killed_by=(), provable=False) if c.name == "page" else c for c in PASSING
    )
    assert cell(covered([record(clauses=clauses), twin()]), "escalated").state is CellState.PASS


@pytest.mark.parametrize(
    ("records", "lacks"),
    [
        ([record()], "no twin"),
        ([record(companions=()), twin()], "no control"),
        ([twin()], "no fault variant and no control"),
    ],
)
def test_a_row_without_its_counterparts_is_unproven(records: list[Record], lacks: str) -> None:
    assert cell(covered(records), "proven") == Cell(
        CellState.UNPROVEN, lacks, tuple(item.id for item in records)
    )


def test_a_planned_run_without_a_record_greys_the_row() -> None:
    ids = ["FP-1.3/age.10m01s", "FP-1.3/age.9m59s.twin", "FP-1.3/missing"]
    row = covered([record(), twin()], ids=ids).rows[0]
    states = {c.state for name, c in row.cells.items() if name != "documented"}
    assert states == {CellState.NOT_RUN}
    assert row.not_run == ("FP-1.3/missing",)


def test_what_passed_in_a_vacuous_run_proves_nothing() -> None:
    result = covered([failing("met", "met", "never read", Verdict.VACUOUS), twin()])
    assert cell(result, "detected").state is CellState.VACUOUS
    assert cell(result, "proven").state is CellState.VACUOUS


def test_a_crash_without_clauses_colours_the_whole_row() -> None:
    broken = record(verdict=Verdict.ERROR, clauses=(), companions=(), reasons=("KeyError: 'x'",))
    row = covered([broken, twin()]).rows[0]
    assert row.cells["safe"] == Cell(CellState.ERROR, "KeyError: 'x'", (broken.id,))
    assert row.state is CellState.ERROR


def test_a_verdict_that_no_clause_explains_counts_everywhere() -> None:
    result = covered([record(verdict=Verdict.FAIL, reasons=("the bot hung",)), twin()])
    assert cell(result, "recovered").reason == "the bot hung"


@pytest.mark.parametrize(
    ("companion", "column"),
    [("control", "detected"), ("broken_healer", "healed"), ("again", "proven")],
)
def test_a_failed_leg_counts_against_its_column(companion: str, column: str) -> None:
    companions = (CONTROL, CompanionRun(companion, Verdict.FAIL, ("it shouted",)))
    result = covered([record(verdict=Verdict.FAIL, companions=companions), twin()])
    assert cell(result, column).state is CellState.FAIL
    assert cell(result, column).reason == f"{companion}: it shouted"


def test_missing_is_a_gap_only_when_it_was_accepted() -> None:
    gone: dict[str, Any] = {"verdict": Verdict.MISSING, "clauses": (), "companions": ()}
    assert cell(covered([record(**gone), twin()]), "alerted").state is CellState.MISSING
    accepted = covered([record(**gone, expected_gap="no alerts yet; pat"), twin()])
    assert cell(accepted, "alerted").state is CellState.GAP
    assert cell(accepted, "proven").state is CellState.GAP
    assert [item.id for item in accepted.gaps] == ["FP-1.3/age.10m01s"]


def test_an_accepted_gap_does_not_excuse_a_failure() -> None:
    bad = failing("alert.fire", "alerted", "late", expected_gap="no alerts yet")
    result = covered([bad, twin()])
    assert cell(result, "alerted").state is CellState.FAIL
    assert result.findings[0].records == (bad.id,)


@pytest.mark.parametrize("question", ["injected", "met", "detected", "coloured", "visible", "safe"])
def test_a_question_that_no_run_asks_is_untested(question: str) -> None:
    assert cell(covered([without(question), twin()]), question).state is CellState.UNTESTED


@pytest.mark.parametrize(
    ("severity", "state"), [("critical", CellState.UNTESTED), ("warning", CellState.NOT_APPLICABLE)]
)
def test_only_a_critical_failure_point_must_page(severity: str, state: CellState) -> None:
    result = covered([without("escalated"), twin()], points=[facts(severity=severity)])
    assert cell(result, "escalated").state is state


def test_healing_does_not_apply_when_every_bullet_is_accounted_for() -> None:
    output = covered([without("healed"), twin()])
    assert cell(output, "healed").state is CellState.NOT_APPLICABLE
    open_ = covered([replace(without("healed"), covers=("d1",)), twin()])
    assert cell(open_, "healed").state is CellState.UNTESTED


def test_a_void_clause_does_not_answer_whether_the_bot_noticed() -> None:
    clauses = tuple(
        replace(c, verdict=Verdict.NOT_APPLICABLE) if c.question == "detected" else c
        for c in PASSING
    )
    assert cell(covered([record(clauses=clauses), twin()]), "detected").state is CellState.UNTESTED


def test_a_control_does_not_answer_for_the_fault() -> None:
    safe = Clause("always.one_order", "safe", Verdict.PASS)
    companions = (CompanionRun("control", Verdict.PASS, clauses=(safe,)),)
    item = replace(without("safe"), companions=companions)
    item = replace(item, clauses=tuple(c for c in item.clauses if c.question != "clean"))
    assert cell(covered([item, twin()]), "safe").state is CellState.UNTESTED


def test_a_broken_healer_answers_whether_a_person_was_paged() -> None:
    page = Clause("page", "escalated", Verdict.PASS, killed_by=("drop",))
    companions = (CONTROL, CompanionRun("broken_healer", Verdict.PASS, clauses=(page,)))
    result = covered([replace(without("escalated"), companions=companions), twin()])
    assert cell(result, "escalated").state is CellState.PASS


def test_bullets_count_when_a_run_that_passed_covers_them() -> None:
    result = covered([record(covers=("d1",)), twin(covers=())])
    assert str(result.detection) == "1 of 2"
    assert str(result.healing) == "0 of 2 (1 cannot be tested in a run)"
    assert covered([failing("x", "safe", "broke"), twin()]).detection.done == 0


def test_values_shown_are_counted() -> None:
    points = [facts(shows=("cache freshness", "symbol count"))]
    assert str(covered(points=points).shown) == "1 of 2"


def test_the_document_is_the_denominator() -> None:
    bound = Denominator("document", "failure_points.md", ("FP-1.3", "FP-1.4"))
    points = [facts(), facts("FP-9.1")]
    result = covered(points=points, header={"denominator": bound})
    rows = {row.fp: row.cells["documented"].reason for row in result.rows}
    assert rows == {
        "FP-1.3": "",
        "FP-1.4": "in the document, but has no scenario file",
        "FP-9.1": "has a scenario file, but no heading in the document",
    }


def test_rows_stand_in_the_document_s_order() -> None:
    points = [facts(fp) for fp in ("FP-1.10", "FP-1.9", "FP-1.1")]
    assert [row.fp for row in covered(points=points).rows] == [
        "FP-1.1", "FP-1.3", "FP-1.9", "FP-1.10",
    ]  # fmt: skip


def test_flow_tests_are_not_failure_points() -> None:
    result = covered()
    assert [row.fp for row in result.rows] == ["FP-1.3"]
    assert [row.fp for row in result.flows] == ["TEST-1", "TEST-2"]


def test_the_same_clause_is_named_once_with_all_its_runs() -> None:
    clauses = (Clause("page", "escalated", Verdict.PASS),)
    result = covered([record(clauses=clauses), record(variant="b", clauses=clauses)])
    assert result.unproven == {"page": ("FP-1.3/age.10m01s", "FP-1.3/b")}


def test_coverage_json_is_plain_and_names_target_and_commit() -> None:
    output: dict[str, Any] = json.loads(json.dumps(to_json(coverage(session()))))
    assert output["provenance"]["target"] == "paper_bot"
    assert output["provenance"]["target_commit"] == "9c1e7aa"
    assert output["failure_points"][0]["cells"]["alerted"] == {
        "state": "PASS", "reason": "", "records": ["FP-1.3/age.10m01s", "FP-1.3/warned"],
    }  # fmt: skip
    assert len(output["checklist"]) == 11


def test_an_empty_journal_has_no_green() -> None:
    result = covered([], points=[])
    assert result.rows == ()
    assert not any(line.holds for line in result.checklist[1:])
