"""A generated variant in a session: one item, one record, the same with workers."""

from __future__ import annotations

# Before pytester remembers which modules there are: loaded twice, one copy does not know the other.
import hypothesis  # noqa: F401
import pytest

from pytest_fpharness.model.record import Record
from tests.support.scenario_texts import damaged_weights
from tests.support.tiny_project import Project

pytest_plugins = ["pytester"]

ID = "FP-9.3/damaged"


@pytest.fixture
def generated(project: Project) -> Project:
    project.write("fp/FP-9.3_damaged.yaml", damaged_weights("FP-9.3"))
    return project


def record_of(project: Project, directory: str) -> Record:
    return project.journal(f"{directory}/partial").records[ID]


def test_one_item_with_the_smallest_example_in_its_failure(generated: Project) -> None:
    result = generated.run(f"--fp-only={ID}")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "FP-9.3/damaged FAIL: *",
            "  * of * generated examples failed; to keep the smallest, a fault:",
            "    variants:",
            "      found_??????:",
            "        inject: {file.damaged: {file: state.weights, damage: [[]{*}]}}",
            "  replay: fpharness replay 'FP-9.3/damaged@0#????????~[[]{*}]'",
        ]
    )
    page = (generated.path / "fp-report/partial/index.html").read_text(encoding="utf-8")
    assert "Generated examples" in page
    assert "found_" in page


def test_workers_draw_the_same_examples(generated: Project) -> None:
    generated.apart("-n2", f"--fp-only={ID}", "--fp-report=two").assert_outcomes(failed=1)
    generated.run(f"--fp-only={ID}", "--fp-report=one")
    one, two = record_of(generated, "one"), record_of(generated, "two")
    assert len(one.examples) >= 10
    assert (one.examples, one.digest, one.suggestion) == (two.examples, two.digest, two.suggestion)
