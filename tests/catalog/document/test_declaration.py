from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fpharness.catalog.expand import expand
from pytest_fpharness.catalog.loader import load_catalog
from pytest_fpharness.catalog.models import Catalog
from pytest_fpharness.catalog.syntax.problems import CatalogError
from pytest_fpharness.model.document import ChecklistItem, Demand
from pytest_fpharness.model.duration import MINUTE
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.plan import Rules
from tests.support.vocabulary import VOCABULARY

SHIPPED = load_catalog([], VOCABULARY)


def load(tmp_path: Path, text: str) -> Catalog:
    path = tmp_path / "catalog.yaml"
    path.write_text("fpharness: 1\n" + text, encoding="utf-8")
    return load_catalog([path], VOCABULARY, shipped=False)


def test_the_shipped_document_has_eleven_lines_and_twelve_requirements() -> None:
    assert len(SHIPPED.document.checklist) == 11
    assert SHIPPED.document.checklist[0].minimum == 50
    assert SHIPPED.document.requirement_ids() == (
        *("TEST-1", "TEST-2", "TEST-3", "M-1", "M-2", "M-3"),
        *("D-1", "D-2", "D-3", "SH-1", "SH-2", "SH-3"),
    )


def test_a_project_keeps_what_it_does_not_replace(tmp_path: Path) -> None:
    document = load(tmp_path, "categories: {FP-7: Options}\n").document
    assert document.categories == {**SHIPPED.document.categories, "FP-7": "Options"}
    assert document.checklist == SHIPPED.document.checklist
    assert document.requirements == SHIPPED.document.requirements


def test_a_project_replaces_checklist_and_requirements_whole(tmp_path: Path) -> None:
    text = """
checklist:
  - {text: Two are written down, check: documented, minimum: 2}
requirements:
  OPS-1: {title: It ends, bullets: [{says: It trades again, clauses: [recover]}]}
"""
    document = load(tmp_path, text).document
    assert document.checklist == (ChecklistItem("Two are written down", "documented", 2),)
    assert document.requirement_ids() == ("OPS-1",)
    assert document.requirements[0].demands == (
        Demand("It trades again", "it trades again", ("recover",)),
    )


def test_none_empties_checklist_and_requirements(tmp_path: Path) -> None:
    document = load(tmp_path, "checklist: none\nrequirements: none\n").document
    assert (document.checklist, document.requirements) == ((), ())


@pytest.mark.parametrize(
    ("fp", "expected"),
    [("FP-1.3", True), ("FP-3.1", True), ("FP-6.4", True), ("FP-4.1", False), ("FP-6.1", False)],
)
def test_the_shipped_rules_reach_each_plan(fp: str, expected: bool) -> None:
    plans = expand(SHIPPED, TargetInfo(""), only=[fp])
    assert {plan.rules for plan in plans} == {Rules(10 * MINUTE, expected, "FP-6.20")}


def test_a_project_replaces_single_rules_and_null_removes_one(tmp_path: Path) -> None:
    path = tmp_path / "catalog.yaml"
    path.write_text("fpharness: 1\nrules: {max_data_age: 5m, monitor: null}\n", encoding="utf-8")
    catalog = load_catalog([path], VOCABULARY)
    (rules,) = {plan.rules for plan in expand(catalog, TargetInfo(""), only=["FP-1.3"])}
    assert rules == Rules(5 * MINUTE, exits_continue=True)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rules: {max_age: 5m}", "2:9: unknown key 'max_age' in 'rules'"),
        ("rules: {max_data_age: old}", "2:23: "),
        ("rules: {exits_continue: [data]}", "2:25: 'data' is not the id of a failure point"),
        ("categories: {Data: x}", "2:14: 'Data' is not a category; write FP-1"),
        ("checklist: all", "2:12: 'checklist' needs a list of mappings, or none"),
        (
            "checklist: [{text: a, check: detect}]",
            "2:30: 'detect' is not one of ",
        ),
        ("checklist: [{text: a, check: flow}]", "2:13: 'check: flow' needs 'flow', such as TEST-1"),
        ("checklist: [{check: covered}]", "2:13: a line of the checklist needs 'text'"),
        ("requirements: {ops: {title: a, bullets: []}}", "2:16: 'ops' is not an id; write M-1"),
        ("requirements: {M-1: x}", "2:21: requirement 'M-1' needs a mapping of title"),
        ("requirements: {M-1: {title: a}}", "2:21: requirement 'M-1' needs 'bullets'"),
        (
            "requirements: {M-1: {title: a, bullets: [{says: b}]}}",
            "2:42: a bullet of a requirement needs 'clauses'",
        ),
        (
            "requirements: {M-1: {title: a, bullets: [{says: b, clauses: [c], of: all}]}}",
            "2:70: 'all' is not each, critical, some or a flow test",
        ),
    ],
)
def test_mistakes_are_reported_with_their_place(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(CatalogError) as error:
        load(tmp_path, text + "\n")
    assert problem in str(error.value)
