"""``generate`` in a scenario file, and damage written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fpharness.catalog.expand import expand
from pytest_fpharness.catalog.explain import explain
from pytest_fpharness.catalog.loader import load_catalog
from pytest_fpharness.catalog.syntax.problems import CatalogError
from pytest_fpharness.model.layout import Layout, TargetInfo
from pytest_fpharness.model.plan import Plan
from tests.support.vocabulary import VOCABULARY

HEAD = "fp: FP-9.1\ntitle: A thing breaks\nseverity: critical\nlift: 2m\nheal: manual\n"
SHAPE = {"*": {"qty": "number"}}
INFO = TargetInfo("bot", layout=Layout(shapes={"state.books": SHAPE}))
FAULT = "inject: {file.damaged: state.books}"


def plans_of(folder: Path, body: str, info: TargetInfo = INFO) -> dict[str, Plan]:
    (folder / "FP-9.1_x.yaml").write_text(HEAD + body)
    catalog = load_catalog([folder], VOCABULARY, shipped=False)
    return {plan.variant: plan for plan in expand(catalog, info)}


def test_a_generated_variant_is_one_plan(tmp_path: Path) -> None:
    body = f"variants:\n  damaged:\n    generate: state.books\n    {FAULT}\n    lift: null\n"
    (plan,) = plans_of(tmp_path, body).values()
    made = plan.generate
    assert made is not None
    assert (made.shape, made.rule, made.examples, made.whole) == ("state.books", SHAPE, 10, True)
    assert (made.index, made.parameter, made.bytes_too) == (0, "damage", True)
    assert made.own == {
        "inject": "{file.damaged: {file: state.books, damage: <damage>}}",
        "lift": "null",
    }


def test_a_target_without_the_shape_has_no_rule(tmp_path: Path) -> None:
    body = f"generate: {{shape: state.books, examples: 20, whole: false}}\n{FAULT}\n"
    made = plans_of(tmp_path, body, TargetInfo("bot"))["main"].generate
    assert made is not None
    assert (made.rule, made.examples, made.whole) == (None, 20, False)


def test_damage_written_down_is_an_ordinary_parameter(tmp_path: Path) -> None:
    edits = '[{drop: SPY/qty}, {set: "*", to: null}, {keep: 50}]'
    body = f"inject: {{file.damaged: {{file: state.books, damage: {edits}}}}}\n"
    plan = plans_of(tmp_path, body)["main"]
    assert plan.generate is None
    assert plan.inject[0].params["damage"] == [
        {"drop": "SPY/qty"},
        {"set": "*", "to": None},
        {"keep": 50},
    ]
    catalog = load_catalog([tmp_path], VOCABULARY, shipped=False)
    message = 'file=state.books, damage=[{drop: SPY/qty}, {set: "*", to: null}, {keep: 50}]'
    assert message in explain(catalog, "FP-9.1", INFO)


def test_the_broken_healer_is_another_variants(tmp_path: Path) -> None:
    body = f"variants:\n  a: {{generate: state.books, {FAULT}}}\n"
    assert plans_of(tmp_path, body)["a"].break_healer
    both = plans_of(tmp_path, f"{body}  b: {{inject: {{file.delete: state.books}}}}\n")
    assert {name: plan.break_healer for name, plan in both.items()} == {"a": False, "b": True}


@pytest.mark.parametrize(
    ("body", "place", "message"),
    [
        ("generate: x\ninject: {file.delete: state.books}", "6:11", "needs one fault that takes damage"),
        (f"generate: {{examples: 5}}\n{FAULT}", "6:11", "needs the name of a shape"),
        (f"generate: {{shape: x, examples: 1}}\n{FAULT}", "6:11", "'examples' is 2 to 1000, not 1"),
        (f"generate: {{shape: x, example: 9}}\n{FAULT}", "6:22", "did you mean 'examples'?"),
        (f"generate: {{shape: x, whole: 1}}\n{FAULT}", "6:29", "true or false is needed"),
        (
            "generate: x\ninject: {file.damaged: {file: a, damage: [{keep: 1}]}}",
            "6:11",
            "'damage' is generated here",
        ),
        (
            "inject: {file.delete: a}\n"
            f"twins: {{t: {{generate: x, {FAULT}}}}}",
            "7:23",
            "a twin cannot be generated",
        ),
        (FAULT, "6:24", "fault 'file.damaged' needs 'damage'"),
        (
            "inject: {file.damaged: {file: a, damage: torn}}",
            "6:42",
            "a list of edits is needed, such as [{drop: SPY/qty}]",
        ),
        (
            "inject: {file.damaged: {file: a, damage: [{keep: 50}, {drap: b}]}}",
            "6:55",
            "an edit is a mapping with one of drop, set, retype, style",
        ),
        (
            "inject: {uw_api.damaged_rows: {damage: [{keep: 50}]}}",
            "6:41",
            "an edit is a mapping with one of drop, set, retype",
        ),
        (
            "inject: {file.damaged: {file: a, damage: [{set: b, json: NaM}]}}",
            "6:43",
            "'json' needs what Python reads as JSON, not 'NaM'",
        ),
        ("inject: {file.damaged: {file: a, damage: [{set: b}]}}", "6:43", "'set' needs to or json"),
        (
            "inject: {file.damaged: {file: a, damage: [{insert: xy, at: 1}]}}",
            "6:43",
            "'insert' needs bytes as text",
        ),
        (
            "inject: {file.damaged: {file: a, damage: [{style: loud}]}}",
            "6:43",
            "'style' needs one of indented, compact, reversed",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_its_place(
    tmp_path: Path, body: str, place: str, message: str
) -> None:
    with pytest.raises(CatalogError) as caught:
        plans_of(tmp_path, f"{body}\n")
    (problem,) = caught.value.problems
    assert f"FP-9.1_x.yaml:{place}: " in str(problem)
    assert message in str(problem)
