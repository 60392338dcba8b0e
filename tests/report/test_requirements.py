from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pytest_fpharness.model.record import CompanionRun, Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.cell_state import CellState
from pytest_fpharness.report.coverage import Coverage, to_json
from pytest_fpharness.report.gate import gate
from pytest_fpharness.report.render.html import render
from pytest_fpharness.report.render.markdown import markdown
from pytest_fpharness.report.requirements import BulletRow, RequirementRow
from tests.support.report_factory import (
    CONTROL,
    DOCUMENT,
    PASSING,
    covered,
    facts,
    failing,
    flows,
    record,
    twin,
)


def row(outcome: Coverage, id: str) -> RequirementRow:
    return next(item for item in outcome.requirements if item.id == id)


def bullet(outcome: Coverage, id: str) -> BulletRow:
    name, _, number = id.partition(".")
    return next(item for item in row(outcome, name).bullets if item.id == number)


def of(*records: Record, **more: object) -> Coverage:
    return covered([*records, twin(), *flows()], **more)


def without(clause: str, verdict: Verdict | None = None, reason: str = "") -> Record:
    """A run that does not ask a clause, or in which it ends so."""
    changed = [
        replace(c, verdict=verdict, reason=reason) if verdict and c.name == clause else c
        for c in PASSING
        if verdict or c.name != clause
    ]
    return record(clauses=tuple(changed))


def not_passed(outcome: Coverage) -> list[str]:
    return [
        f"{item.id}.{one.id}"
        for item in outcome.requirements
        for one in item.bullets
        if one.state is not CellState.PASS
    ]


def test_a_bot_that_is_ready_meets_every_bullet() -> None:
    outcome = covered()
    assert tuple(row.id for row in outcome.requirements) == DOCUMENT.requirement_ids()
    assert not_passed(outcome) == []
    assert str(outcome.required) == "48 of 48"


def test_a_failed_clause_fails_the_bullets_that_rest_on_it_and_no_other() -> None:
    outcome = of(failing("row.trend", "visible", "the dashboard shows no trend"))
    assert not_passed(outcome) == ["M-1.b4", "D-1.b4"]
    trend = bullet(outcome, "M-1.b4")
    assert (trend.state, trend.records) == (CellState.FAIL, ("FP-1.3/age.10m01s",))
    assert trend.reason == "FP-1.3: row.trend: the dashboard shows no trend"


def test_each_failure_point_must_show_it() -> None:
    outcome = covered(
        [record(), twin(), *flows(), record("FP-2.1", clauses=without("row.trend").clauses)],
        points=[facts(), facts("FP-2.1")],
    )
    trend = bullet(outcome, "M-1.b4")
    assert (trend.state, trend.failing) == (
        CellState.UNTESTED,
        {"FP-2.1": "no run checks row.trend"},
    )
    assert trend.evidence == "1 of 2 failure points, shown by 2 runs"


def test_a_question_that_came_too_late_is_not_an_unasked_one() -> None:
    message = "not steady before the fault: readiness is GREEN, but it was RED"
    early = failing("steady", "steady", message, Verdict.VACUOUS)
    only = tuple(clause for clause in early.clauses if clause.name == "steady")
    outcome = covered([replace(early, clauses=only), twin()])
    why = bullet(outcome, "SH-1.b1").failing["FP-1.3"]
    assert why.startswith("no run reached detect; FP-1.3/age.10m01s ended before: ")


def test_where_it_cannot_apply_is_named_with_the_reason() -> None:
    still = without("row.trend", Verdict.NOT_APPLICABLE, "its status never changed")
    outcome = covered(
        [record(), twin(), *flows(), record("FP-2.1", clauses=still.clauses)],
        points=[facts(), facts("FP-2.1")],
    )
    trend = bullet(outcome, "M-1.b4")
    assert trend.state is CellState.PASS
    assert trend.exceptions == {"FP-2.1": "its status never changed"}


def test_what_applies_nowhere_is_not_shown() -> None:
    still = without("row.trend", Verdict.NOT_APPLICABLE, "its status never changed").clauses
    outcome = covered([record(clauses=still), twin(), *flows()[1:]])
    assert bullet(outcome, "M-1.b4").state is CellState.UNTESTED


def test_some_is_enough_where_not_every_failure_point_can_show_it() -> None:
    outcome = covered(
        [record(), twin(), *flows(), record("FP-2.1", clauses=without("heal.steps").clauses)],
        points=[facts(), facts("FP-2.1")],
    )
    assert bullet(outcome, "SH-2.b3").state is CellState.PASS
    assert bullet(of(without("heal.steps")), "SH-2.b3").state is CellState.PASS  # the other run


def test_one_of_several_clauses_may_show_it_and_a_failed_one_stands_against_it() -> None:
    retried = tuple(replace(c, name="heal.retry") if c.name == "heal" else c for c in PASSING)
    assert bullet(of(record(clauses=retried)), "SH-1.b2").state is CellState.PASS
    broke = of(record(clauses=retried), failing("heal.resends", "healed", "storm", variant="b"))
    assert bullet(broke, "SH-1.b2").state is CellState.FAIL


def test_the_broken_healer_counts() -> None:
    alone = [record(), twin(), *flows()]
    none = [replace(r, clauses=tuple(c for c in r.clauses if c.name != "page")) for r in alone]
    assert bullet(covered(none), "SH-2.b1").state is CellState.UNTESTED
    page = next(c for c in PASSING if c.name == "page")
    companions = (CONTROL, CompanionRun("broken_healer", Verdict.PASS, clauses=(page,)))
    assert bullet(
        covered([replace(none[0], companions=companions), *none[1:]]), "SH-2.b1"
    ).state.accepted


def test_a_clause_that_was_never_seen_to_fail_shows_nothing() -> None:
    clauses = tuple(replace(c, killed_by=()) if c.name == "row" else c for c in PASSING)
    assert bullet(of(record(clauses=clauses)), "M-1.b1").state is CellState.UNPROVEN


def test_a_colour_is_shown_by_the_runs_in_which_it_is_due() -> None:
    outcome = covered([record(), twin(), *flows()[1:]])
    assert bullet(outcome, "D-2.b3").state is CellState.PASS
    assert bullet(outcome, "D-2.b2").state is CellState.UNTESTED


def lacking(*names: str) -> list[Record]:
    return [replace(r, lacks=names) for r in (record(), twin(), *flows())]


def test_what_the_target_cannot_do_is_missing_and_reported_by_the_gate() -> None:
    outcome = covered(lacking("details"))
    assert not_passed(outcome) == ["D-3.b1", "D-3.b2", "D-3.b3", "D-3.b4"]
    assert row(outcome, "D-3").state is CellState.MISSING
    result = gate(outcome)
    assert result.code == 1
    assert result.reasons[0].startswith("D-3, how it is detected, and what was found: missing")


def test_it_may_be_accepted_as_a_gap() -> None:
    gaps = {"gaps": {"D-3": "no pages yet (ann, until 2999-01-01)"}}
    outcome = covered(lacking("details"), header=gaps)
    assert row(outcome, "D-3").state is CellState.GAP
    result = gate(outcome)
    assert (result.code, result.colour.value) == (0, "YELLOW")
    assert result.reasons == ("accepted gap in D-3: no pages yet (ann, until 2999-01-01)",)


def test_an_expired_gap_is_reported_with_what_is_missing() -> None:
    late = "the accepted gap expired on 2020-01-01 (gaps.yaml:1)"
    outcome = covered(lacking("details"), header={"expired": {"D-3": late, "M-1": late}})
    result = gate(outcome)
    assert result.code == 1
    assert result.reasons[0].endswith(f"the target has no details; {late}")
    assert bullet(outcome, "D-3.b1").late == late
    assert late in render(outcome, result)
    assert bullet(outcome, "M-1.b1").late == ""  # it is met, so it is not late


def test_a_bullet_to_which_the_target_has_nothing_to_show_may_be_accepted_as_well() -> None:
    bare = without("indicator", Verdict.NOT_APPLICABLE, "the target has no readiness indicator")
    assert bullet(of(bare), "D-2.b3").state is CellState.MISSING
    gaps = {"gaps": {"D-2": "no indicator yet (ann, until 2999-01-01)"}}
    assert bullet(of(bare, header=gaps), "D-2.b3").state is CellState.GAP


def test_a_run_without_a_record_shows_nothing() -> None:
    ids = ["FP-1.3/age.10m01s", "FP-1.3/age.9m59s.twin"]
    assert bullet(covered([twin()], ids=ids), "M-1.b1").state is CellState.NOT_RUN


@pytest.mark.parametrize("page", [lambda c: render(c, gate(c)), lambda c: markdown(c, gate(c))])
def test_the_pages_name_the_requirement_and_what_stands_against_it(page: object) -> None:
    outcome = of(failing("detail.logs", "visible", "the page shows no log line"))
    output = page(outcome)  # type: ignore[operator]
    assert "A page for each failure point" in output
    assert "the page shows no log line" in output


def test_coverage_json_holds_every_bullet() -> None:
    output = json.loads(json.dumps(to_json(covered())))
    assert output["bullets"]["requirements"] == {"done": 48, "total": 48, "excused": 0}
    first = output["requirements"][0]
    assert (first["id"], first["state"], len(first["bullets"])) == ("TEST-1", "PASS", 5)


def test_a_bullet_of_two_clauses_is_not_shown_where_one_of_them_does_not_apply() -> None:
    message = "the target has no readiness indicator"
    outcome = bullet(of(without("indicator", Verdict.NOT_APPLICABLE, message)), "D-2.b3")
    assert (outcome.state, outcome.evidence) == (
        CellState.MISSING,
        f"no run could show it: {message}",
    )
