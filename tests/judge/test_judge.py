"""Whole runs: a good one, twins and control runs."""

from __future__ import annotations

import pytest

from pytest_fpharness.judge.judge import judge_control
from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import (
    DETECTED,
    FP,
    INJECTED,
    OTHER,
    PLAN,
    RECOVERED,
    Edit,
    Story,
    alert,
)


def test_a_story_without_mistakes_passes() -> None:
    case = Story().case()
    marks = {name: at / SECOND for name, at in case.marks.items()}
    assert marks == {
        "steady": 40, "injected": INJECTED, "detected": DETECTED, "alerted": 150, "healed": 215,
        "recovered": RECOVERED, "end": 400,
    }  # fmt: skip
    bad = {n: c.reason for n, c in Story().judge().items() if c.verdict is not Verdict.PASS}
    assert bad == {
        "always.entries_sized_as_before": "no entry to compare with",
        "always.entries_priced_as_before": "no entry with a limit to compare with",
        "always.others_files_kept": "no file that only other processes use without the fault",
        "always.exits_not_blocked": "no exit of the control run is due",
        "statistics.improvements": "there is nothing to improve",
    }


def twin(edit: Edit) -> dict[str, Clause]:
    story = Story().quiet_run()
    edit(story)
    return story.judge(twin=True)


def test_a_twin_in_which_nothing_happens_passes() -> None:
    result = twin(lambda s: s)
    assert {c.verdict for c in result.values()} == {Verdict.PASS, Verdict.NOT_APPLICABLE}
    assert "detect" not in result


TWIN_NOISE: list[tuple[Edit, str]] = [
    (lambda s: s.status(FP, "WARN", 180, 180), "quiet"),
    (lambda s: s.status(OTHER, "WARN", 180, 180), "quiet"),
    (lambda s: s.colour("YELLOW", 180, 180), "colour"),
    (lambda s: s.colour("UNKNOWN", 180, 180), "colour"),
    (lambda s: s.add(180, "alert", "monitor", **alert("fire")), "quiet"),
    (lambda s: s.add(180, "alert", "monitor", **alert("resolved")), "quiet"),
    (
        lambda s: s.add(180, "process.restart", "monitor", unit="bot.service", processes=["bot"]),
        "quiet",
    ),
    (
        lambda s: s.add(
            180, "process.restart", "monitor", unit="feeder.service", processes=["feeder"]
        ),
        "quiet",
    ),
]


@pytest.mark.parametrize(("edit", "clause"), TWIN_NOISE)
def test_any_noise_fails_a_twin(edit: Edit, clause: str) -> None:
    assert twin(edit)[clause].verdict is Verdict.FAIL


def test_a_twin_needs_its_witness() -> None:
    assert twin(lambda s: s.drop("met"))["met"].verdict is Verdict.VACUOUS


@pytest.mark.parametrize(("edit", "clause"), TWIN_NOISE)
def test_any_noise_fails_a_control(edit: Edit, clause: str) -> None:
    story = Story().quiet_run().drop("fault.inject").drop("met")
    edit(story)
    clauses = {c.name: c for c in judge_control(story.case(PLAN.without_faults()))}
    assert clauses[clause].verdict is Verdict.FAIL


def test_an_unsteady_control_run_is_judged_no_further() -> None:
    story = Story().quiet_run().drop("fault.inject").colour("RED", 0)
    assert [c.name for c in judge_control(story.case(PLAN.without_faults()))] == ["steady"]
