from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.model.health import Readiness
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.documentation import Denominator
from pytest_fpharness.report.gate import GateResult, bad_input, gate, gate_journal
from pytest_fpharness.report.journal import Canary, End
from tests.support.report_factory import (
    PASSING,
    covered,
    facts,
    failing,
    flows,
    record,
    session,
    twin,
    write_journal,
)

GONE: dict[str, Any] = {"verdict": Verdict.MISSING, "clauses": (), "companions": ()}


def gated(*records: Record, **more: Any) -> GateResult:
    return gate(covered([*records, twin(), *flows()] if records else None, **more))


def test_green_only_when_everything_holds() -> None:
    result = gated()
    assert (result.code, result.colour) == (0, Readiness.GREEN)
    assert (result.answer, result.reasons) == ("Yes", ())


def test_the_live_bot_is_never_checked() -> None:
    assert gated().live.startswith("Not checked")


def test_a_failure_is_red() -> None:
    result = gated(failing("alert.fire", "alerted", "late by 37s"))
    assert (result.code, result.colour, result.answer) == (1, Readiness.RED, "No")
    assert "FP-1.3/age.10m01s" in result.sentence


def test_missing_fails_unless_it_was_accepted() -> None:
    assert gated(record(**GONE)).code == 1
    accepted = gated(record(), record(variant="b", **GONE, expected_gap="pat, until June"))
    assert (accepted.code, accepted.colour) == (0, Readiness.YELLOW)
    assert accepted.reasons == ("accepted gap in FP-1.3/b: pat, until June",)


def test_a_vacuous_run_proves_nothing() -> None:
    result = gated(failing("met", "met", "never read", Verdict.VACUOUS))
    assert (result.code, result.colour) == (2, Readiness.UNKNOWN)


def test_an_unproven_clause_is_not_green() -> None:
    clauses = tuple(replace(c, killed_by=()) if c.name == "page" else c for c in PASSING)
    result = gated(record(clauses=clauses))
    assert result.code == 2
    assert result.reasons[0] == "1 clause never seen to fail: page"


def test_an_untested_question_is_not_green() -> None:
    clauses = tuple(c for c in PASSING if c.question != "coloured")
    assert gated(record(clauses=clauses)).code == 2


def test_a_broken_harness_outranks_everything() -> None:
    error = record(variant="e", verdict=Verdict.ERROR, clauses=(), reasons=("KeyError",))
    result = gated(failing("alert.fire", "alerted", "late"), error)
    assert (result.code, result.colour) == (3, Readiness.UNKNOWN)
    assert len(result.reasons) > 1


@pytest.mark.parametrize("got", ["PASS", "ERROR"])
def test_a_canary_that_does_not_sing_breaks_the_harness(got: str) -> None:
    result = gated(canaries=(Canary("must_fail", "FAIL", got, "gw0"),))
    assert result.code == 3
    assert f"canary must_fail in gw0 ended in {got}, not in FAIL" in result.sentence


def test_an_error_of_the_session_breaks_the_harness() -> None:
    assert gated(end=End(errors=("worker gw0 died",))).code == 3


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"header": {"partial": True}}, "only a part of the catalog ran"),
        ({"header": {"demo": True}}, "says nothing about your bot"),
        ({"end": None}, "did not finish"),
        ({"end": None, "torn": "line 4 is torn"}, "line 4 is torn"),
        ({"end": End(interrupted=True)}, "interrupted"),
        ({"records": [], "points": []}, "nothing was planned"),
        ({"ids": [record().id, twin().id, "TEST-1/main", "TEST-2/main", "FP-1.3/z"]},
         "1 of 5 planned runs have no record"),
    ],
)  # fmt: skip
def test_incomplete_is_never_green(more: dict[str, Any], reason: str) -> None:
    result = gate(covered(**more))
    assert (result.code, result.colour) == (5, Readiness.UNKNOWN)
    assert reason in result.sentence


def test_the_embedded_bot_asked_for_by_name_is_judged() -> None:
    assert gated(header={"embedded": True}).code == 0


def test_a_failure_is_reported_even_in_a_partial_run() -> None:
    bad = failing("alert.fire", "alerted", "late")
    assert gated(bad, header={"partial": True}).code == 1


def test_a_second_try_does_not_paint_over_the_first() -> None:
    both = {record().id: (Verdict.FAIL, Verdict.PASS)}
    result = gated(history=both)
    assert result.code == 1
    assert "changed verdict" in result.sentence


def test_a_heading_without_a_scenario_fails() -> None:
    bound = Denominator("document", "failure_points.md", ("FP-1.3", "FP-1.4"))
    result = gated(header={"denominator": bound})
    assert (result.code, result.reasons[0]) == (1, "FP-1.4 has no scenario file")


def test_an_unticked_line_fails_when_all_else_holds() -> None:
    result = gated(points=[facts(manual_steps=())])
    assert result.code == 1
    assert result.reasons == ("checklist, Documentation complete: FAIL, 0 of 1",)


def test_a_journal_that_cannot_be_read_is_bad_input(tmp_path: Path) -> None:
    result = gate_journal(tmp_path / "none.jsonl")
    assert (result.code, result.colour) == (4, Readiness.UNKNOWN)
    assert bad_input("x").sentence == "The journal cannot be judged: x."


def test_the_gate_over_a_file(tmp_path: Path) -> None:
    assert gate_journal(write_journal(tmp_path / "journal.jsonl", session())).code == 0
