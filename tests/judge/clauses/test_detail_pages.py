"""Clauses about detail pages and statistics."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_fpharness.model.plan import HealRule
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import DETECTED, FP, OTHER, Story, lacking


@pytest.mark.parametrize(
    ("facts", "clause", "reason"),
    [
        (
            {"documentation": {"location": "there", "impact": "none", "healing": "mended"}},
            "detail.detection",
            "the page lacks detection, dashboard, test",
        ),
        ({"message": ""}, "detail.detection", "the page lacks what the last check found"),
        ({"healing": []}, "detail.healing", "the page lists 0 heal events, there were 1 attempts"),
        ({"logs": []}, "detail.logs", "the page shows no log line"),
        (
            {"logs": [f"{FP}: dead", f"{OTHER}: slow"]},
            "detail.logs",
            f"a log line is not about {FP}: {OTHER}: slow",
        ),
        ({"manual_steps": []}, "detail.manual_steps", "the page has no manual steps"),
    ],
)
def test_what_a_detail_page_lacks_is_named(facts: Any, clause: str, reason: str) -> None:
    result = Story().page("detail", **facts).judge()[clause]
    assert (result.verdict, result.reason) == (Verdict.FAIL, reason)


@pytest.mark.parametrize(
    ("facts", "clause", "reason"),
    [
        ({"failures": 0}, "statistics.failures", "counts 0 failures instead of 1"),
        (
            {"attempts": 2},
            "statistics.rate",
            "counts 1 of 2 heal attempts as healed, 1 of 1 were",
        ),
        (
            {"success_rate": 0.5},
            "statistics.rate",
            "the success rate is 0.5, 1 of 1 were healed",
        ),
        ({"patterns": []}, "statistics.patterns", "no patterns are listed"),
    ],
)
def test_statistics_are_compared_with_the_run(facts: Any, clause: str, reason: str) -> None:
    result = Story().page("statistics", **facts).judge()[clause]
    assert (result.verdict, result.reason) == (Verdict.FAIL, reason)


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ("restart bot.service", "the manual steps name bot.service, not feeder.service"),
        ("restart bot.service, then feeder.service", ""),
        ("call the vendor", ""),
    ],
)
def test_the_manual_steps_are_about_the_unit_that_failed(steps: str, reason: str) -> None:
    result = Story().page("detail", manual_steps=[steps]).judge()["detail.manual_steps"]
    assert result.reason == reason
    unhealed = Story().page("detail", manual_steps=[steps]).judge(heal=HealRule("none"))
    assert unhealed["detail.manual_steps"].verdict is Verdict.PASS


def test_the_page_has_the_manual_steps_of_health() -> None:
    story = Story().healing(DETECTED, manual_steps=["restart it", "ask the vendor"])
    result = story.judge()["detail.manual_steps"]
    assert result.reason == "the page lacks the manual step 'ask the vendor' shown in health"


def test_what_fails_along_with_it_is_a_pattern() -> None:
    story = Story().status(OTHER, "WARN", DETECTED, 210)
    reason = story.judge()["statistics.patterns"].reason
    assert reason == f"no pattern names {OTHER}"
    story.page("statistics", patterns=[f"along with {OTHER} (1 of 1)"])
    assert story.judge()["statistics.patterns"].verdict is Verdict.PASS


def test_a_heal_that_did_not_help_asks_for_an_improvement() -> None:
    story = (
        Story().healing(DETECTED, attempts=1, state="manual").page("statistics", improvements=[])
    )
    reason = "healing did not suffice, and no improvement is named"
    assert story.judge()["statistics.improvements"].reason == reason


@pytest.mark.parametrize("name", ["detail", "statistics"])
def test_a_page_that_cannot_be_opened_fails(name: str) -> None:
    story = Story()
    story.pages[name] = None
    clauses = story.judge()
    assert clauses[name].verdict is Verdict.FAIL
    assert FP in clauses[name].reason
    assert not any(clause.startswith(f"{name}.") for clause in clauses)


@pytest.mark.parametrize("name", ["details", "statistics"])
def test_pages_that_the_target_lacks_are_not_judged(name: str) -> None:
    result = Story().judge(info=lacking(name))[
        name.removesuffix("s") if name == "details" else name
    ]
    assert (result.verdict, result.reason) == (Verdict.NOT_APPLICABLE, f"the target has no {name}")


def test_statistics_are_not_judged_without_a_failure() -> None:
    clauses = Story().quiet_run().judge()
    assert {clauses[n].verdict for n in clauses if n.startswith("statistics")} == {
        Verdict.NOT_APPLICABLE
    }
