"""A generated plan: ten examples, one record, and the smallest failing one ready to commit."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from pytest_fpharness.catalog.expand import expand
from pytest_fpharness.catalog.loader import load_catalog
from pytest_fpharness.model.damage import ABSENT, FAULT, NO_PLACE, TWIN
from pytest_fpharness.model.layout import FileBinding, Layout, TargetInfo
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.record import Record, unrun
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.texts import failure_text
from pytest_fpharness.runner.generation import search
from pytest_fpharness.runner.generation.examples import example_plan
from pytest_fpharness.runner.generation.search import ExampleSearch
from pytest_fpharness.runner.runner import Runner
from pytest_fpharness.runner.vocabulary import vocabulary
from tests.support.bots import FOLDER

HEAD = """
fp: FP-1.1
title: The books are damaged
severity: critical
detect: {within: 2 checks}
alert: {severity: critical, within: 1s, repeat: 0s}
escalate: none
heal: none
lift: 150s
recover: 4m
"""
BODY = """
variants:
  damaged:
    generate: state.feed
    inject: {file.damaged: state.feed}
    covers: [d1]
"""
DEFAULTS = "fpharness: 1\nsteady: [readiness is GREEN, bot.cycles increases within 3m]\n"
Record_of = Callable[[str], Record]


def plans_in(folder: Path, body: str, info: TargetInfo) -> dict[str, Plan]:
    (folder / "catalog.yaml").write_text(DEFAULTS)
    (folder / "FP-1.1_books.yaml").write_text(HEAD + body)
    catalog = load_catalog([folder], vocabulary(), shipped=False)
    return {plan.variant: plan for plan in expand(catalog, info)}


def info(shape: Any = None) -> TargetInfo:
    shapes = {"state.feed": {"*": {"qty": "number"}}} if shape is None else shape
    files = {"state.feed": FileBinding("feed.json")}
    return TargetInfo("bot", layout=Layout(files=files, shapes=shapes))


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return plans_in(tmp_path, BODY, info())["damaged"]


@pytest.fixture(scope="module")
def runners() -> Iterator[Callable[[str], Runner]]:
    known: dict[str, Runner] = {}

    def runner(name: str) -> Runner:
        if name not in known:
            known[name] = Runner(f"reading.py:{name}", base=FOLDER)
        return known[name]

    yield runner
    for item in known.values():
        item.close()


@pytest.fixture
def record_of(runners: Callable[[str], Runner], tmp_path: Path) -> Record_of:
    def record(name: str) -> Record:
        runner = runners(name)
        return runner.run(plans_in(tmp_path, BODY, runner.info)["damaged"])

    return record


def drawn(plan: Plan, seed: int = 0) -> list[Any]:
    never = SimpleNamespace(result=lambda: pytest.fail("nothing is to run"))
    return ExampleSearch(plan, seed, "bot", lambda item: never).drawn


# -- what is drawn ------------------------------------------------------------------------------


def test_ten_different_examples_are_drawn_seven_faults_and_three_twins(plan: Plan) -> None:
    result = drawn(plan)
    assert [item.label for item in result] == [FAULT] * 7 + [TWIN] * 3
    assert len({str(item.damage) for item in result}) == 10


def test_the_seed_decides_and_nothing_else(plan: Plan, tmp_path: Path) -> None:
    first = drawn(plan)
    constants = tmp_path / "constants.py"
    constants.write_text("A = [3, 17, 41, 4711]\nB = ['zebra', 'yak']\n")
    module = ModuleType("constants")
    module.__file__ = str(constants)
    with pytest.MonkeyPatch.context() as patch:
        # hypothesis draws constants of local modules; which are loaded differs between workers.
        patch.setitem(sys.modules, "constants", module)
        assert drawn(plan) == first
    assert drawn(plan, seed=1) != first


def test_an_example_is_an_ordinary_plan(plan: Plan) -> None:
    fault = example_plan(plan, [{"keep": 50}])
    twin = example_plan(plan, [{"style": "compact"}])
    assert fault.generate is twin.generate is None
    assert fault.inject[0].params["damage"] == [{"keep": 50}]
    assert (fault.twin, fault.readiness, fault.heal.kind) == (False, "RED", "none")
    assert (twin.twin, twin.readiness, twin.heal.kind, twin.lift) == (
        True,
        "GREEN",
        "none",
        plan.lift,
    )


def test_without_a_shape_only_the_bytes_of_a_file_are_damaged(tmp_path: Path) -> None:
    bare = plans_in(tmp_path, BODY, info({}))["damaged"]
    keys = {key for item in drawn(bare) for edit in item.damage for key in edit}
    assert not keys & {"drop", "set", "retype"}


def test_rows_without_a_shape_are_missing(tmp_path: Path) -> None:
    body = BODY.replace("file.damaged: state.feed", "uw_api.damaged_rows: {rows: 1}")
    rows = plans_in(tmp_path, body, info({}))["damaged"]
    record = ExampleSearch(rows, 0, "bot", lambda item: pytest.fail("nothing is to run")).result()
    assert (record.verdict, record.reasons) == (
        Verdict.MISSING,
        ("the target has no shape 'state.feed'",),
    )


def test_an_unknown_shape_is_missing_and_not_damaged_by_bytes_alone(tmp_path: Path) -> None:
    body = BODY.replace("generate: state.feed", "generate: state.fed")
    typo = plans_in(tmp_path, body, info())["damaged"]
    record = ExampleSearch(typo, 0, "bot", lambda item: pytest.fail("nothing is to run")).result()
    assert record.verdict is Verdict.MISSING
    assert "no shape 'state.fed'; did you mean 'state.feed'?" in record.reasons[0]


@pytest.mark.parametrize(("shape", "whole"), [("any", "true"), ("number", "false")])
def test_a_shape_that_nothing_can_be_wrong_with_is_missing(
    tmp_path: Path, shape: str, whole: str
) -> None:
    body = BODY.replace("file.damaged: state.feed", "function.damaged: score")
    body = body.replace("generate: state.feed", f"generate: {{shape: score, whole: {whole}}}")
    plan = plans_in(tmp_path, body, info({"score": shape}))["damaged"]
    never: Any = lambda item: SimpleNamespace(result=lambda: pytest.fail("it ran"))  # noqa: E731
    record = ExampleSearch(plan, 0, "bot", never).result()
    assert record.verdict is Verdict.MISSING
    assert "no shape 'score' that something could be wrong with" in record.reasons[0]


def test_a_session_without_generated_plans_loads_no_hypothesis() -> None:
    code = (
        "import sys, pytest_fpharness.plugin.session, pytest_fpharness.runner.runner; "
        "assert not [name for name in sys.modules if name.startswith('hypothesis')]"
    )
    path = str(Path(__file__).parents[3])
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": path})


# -- what becomes of it -------------------------------------------------------------------------


def test_a_bot_that_reads_right_passes_all_ten(record_of: Record_of) -> None:
    record = record_of("Reader")
    assert (record.verdict, record.reasons, record.unproven) == (Verdict.PASS, (), ())
    assert [item.verdict for item in record.examples] == [Verdict.PASS] * 10
    assert record.fault == "file.damaged: 10 generated examples"
    assert (record.suggestion, record.twin) == ("", False)


def test_damage_to_a_place_that_is_not_there_gives_way_to_another(record_of: Record_of) -> None:
    record = record_of("Flat")
    assert (record.verdict, record.reasons, record.unproven) == (Verdict.PASS, (), ())
    absent = [item for item in record.examples if item.label == ABSENT]
    tried = [item for item in record.examples if item.label != ABSENT]
    assert (len(tried), {item.verdict for item in tried}) == (10, {Verdict.PASS})
    assert {(item.verdict, item.reason) for item in absent} == {(Verdict.NOT_APPLICABLE, NO_PLACE)}
    assert all('"*' in item.damage for item in absent)  # of an entry
    assert record.fault == "file.damaged: 10 generated examples"


def test_damage_without_any_place_in_the_content_is_vacuous(
    runners: Callable[[str], Runner], tmp_path: Path
) -> None:
    body = BODY.replace("generate: state.feed", "generate: {shape: state.feed, whole: false}")
    runner = runners("Flat")
    plan = plans_in(tmp_path, body, runner.info)["damaged"]
    assert plan.generate is not None
    only_entries = dataclasses.replace(plan.generate, bytes_too=False)
    record = runner.run(dataclasses.replace(plan, generate=only_entries))
    assert (record.verdict, record.reasons[0]) == (Verdict.VACUOUS, f"met: {NO_PLACE}")


def test_another_runner_gives_the_same_record(record_of: Record_of, tmp_path: Path) -> None:
    first = record_of("Reader")
    with Runner("reading.py:Reader", base=FOLDER, processes=2) as other:
        second = other.run(plans_in(tmp_path, BODY, other.info)["damaged"])
    assert (second.digest, second.examples) == (first.digest, first.examples)


def test_a_bot_blind_to_one_damage_fails_with_its_smallest_example(record_of: Record_of) -> None:
    record = record_of("Blind")
    assert record.verdict is Verdict.FAIL
    assert record.reasons[0].startswith("detect: FP-1.1 stayed OK; ERROR was due by")
    assert record.suggestion.splitlines() == [
        "variants:",
        "  found_525988:",
        '    inject: {file.damaged: {file: state.feed, damage: [{drop: "*/qty"}]}}',
        "    covers: [d1]",
    ]
    assert {e.label for e in record.examples if e.verdict is Verdict.FAIL} == {FAULT}


def test_the_failure_shows_the_example_as_a_variant_and_how_to_replay_it(
    record_of: Record_of,
) -> None:
    text = failure_text(record_of("Blind"), "FP-1.1_books.yaml:14")
    assert " generated examples failed; to keep the smallest, a fault:\n    variants:\n" in text
    assert """~[{"drop":"*/qty"}]'""" in text


def test_the_suggested_variant_repeats_the_example(
    record_of: Record_of, runners: Callable[[str], Runner], tmp_path: Path
) -> None:
    record = record_of("Blind")
    added = record.suggestion.removeprefix("variants:\n")
    runner = runners("Blind")
    plans = plans_in(tmp_path, f"{BODY}{added}\n", runner.info)
    kept, whole = plans["found_525988"], plans["damaged"]
    example = example_plan(whole, [{"drop": "*/qty"}])
    assert kept.inject[0].params == example.inject[0].params
    assert (kept.detect, kept.heal, kept.lift) == (example.detect, example.heal, example.lift)
    again = runner.run(kept)
    assert (again.verdict, again.reasons[0]) == (Verdict.FAIL, record.reasons[0])


def test_a_bot_that_alarms_over_a_twin_fails(record_of: Record_of) -> None:
    record = record_of("Alarmist")
    assert (record.verdict, record.twin) == (Verdict.FAIL, True)
    text = failure_text(record, "FP-1.1_books.yaml:14")
    assert "; to keep the smallest, a twin:\n    twins:\n" in text
    assert record.suggestion.startswith("twins:\n  found_")
    assert "covers" not in record.suggestion
    assert {e.label for e in record.examples if e.verdict is Verdict.FAIL} == {TWIN}


def test_a_bot_without_shapes_is_tried_with_bytes(record_of: Record_of) -> None:
    assert record_of("Shapeless").verdict is Verdict.PASS


# -- shrinking ----------------------------------------------------------------------------------


class Answers:
    """Stands in for a runner: each run ends in the given verdict."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict, self.runs = verdict, 0

    def __call__(self, plan: Plan) -> Any:
        self.runs += 1
        record = Record(plan.id, plan.fp, plan.variant, self.verdict, reasons=("detect: never",))
        return SimpleNamespace(result=lambda: record)


def test_shrinking_is_bounded(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SHRINK_RUNS", 3)
    answers = FailsLate()
    record = ExampleSearch(plan, 0, "bot", answers).result()
    assert 10 < answers.runs <= 10 + 3
    assert record.suggestion


class FailsLate(Answers):
    """Fails for every torn file, but not for the simplest one."""

    def __init__(self) -> None:
        super().__init__(Verdict.PASS)

    def __call__(self, plan: Plan) -> Any:
        (edit,) = plan.inject[0].params["damage"][:1]
        self.verdict = Verdict.FAIL if edit.get("keep") else Verdict.PASS
        return super().__call__(plan)


@pytest.mark.parametrize("verdict", [Verdict.ERROR, Verdict.MISSING])
def test_an_error_of_the_harness_is_not_shrunk(plan: Plan, verdict: Verdict) -> None:
    answers = Answers(verdict)
    record = ExampleSearch(plan, 0, "bot", answers).result()
    assert (answers.runs, record.verdict) == (10, verdict)
    assert record.id == unrun(plan, "bot").id
