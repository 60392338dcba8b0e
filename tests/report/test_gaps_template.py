from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.plugin.gaps import read_gaps
from pytest_fpharness.report.gaps_template import gaps_skeleton
from tests.support.report_factory import covered, record, twin


def lacking(fp: str, variant: str, ability: str, **more: Any) -> Record:
    fields: dict[str, Any] = {
        "verdict": Verdict.MISSING,
        "reasons": (f"the target has no {ability}",),
        **more,
    }
    return record(fp, variant, **fields)


def entries(*records: Record) -> list[str]:
    text = gaps_skeleton(covered(records))
    return [line for line in text.splitlines() if line.startswith(("- id: FP", "- fp: FP"))]


def test_a_failure_point_of_which_every_run_is_missing_is_one_entry() -> None:
    result = entries(lacking("FP-1.3", "a", "decisions"), lacking("FP-1.3", "b", "decisions"))
    assert result == ["- fp: FP-1.3 # the target has no decisions"]


def test_else_each_missing_run_is_one() -> None:
    result = entries(lacking("FP-1.3", "a", "webhook"), twin("FP-1.3", "b.twin"))
    assert result == ["- id: FP-1.3/a # the target has no webhook"]


def test_what_is_accepted_already_is_left_out() -> None:
    assert entries(lacking("FP-1.3", "a", "webhook", expected_gap="later (Ann)")) == []


def test_a_flow_is_listed_by_its_runs_and_not_as_a_requirement_too() -> None:
    text = gaps_skeleton(covered([lacking("TEST-1", "main", "decisions")]))
    assert text.count("TEST-1") == 1


def test_nothing_is_missing() -> None:
    assert gaps_skeleton(covered([twin("FP-1.3", "b.twin")])) == ""


def test_filled_in_it_is_a_gaps_file(tmp_path: Path) -> None:
    text = gaps_skeleton(covered([lacking("FP-1.3", "a", "decisions")]))
    for key, value in (("owner", "Ann"), ("reason", "no log yet"), ("until", "2027-01-31")):
        text = text.replace(f"{key}:\n", f"{key}: {value}\n")
    (tmp_path / "gaps.yaml").write_text(text)
    result = read_gaps(tmp_path / "gaps.yaml", [Plan("FP-1.3", "a")])
    assert [(gap.owner, gap.reason) for gap in result if gap.id == "FP-1.3"] == [
        ("Ann", "no log yet")
    ]
