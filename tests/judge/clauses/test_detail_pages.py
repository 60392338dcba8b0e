"""The pages that are opened at the end of a run, against what the run has shown."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_fpharness.model.plan import HealRule
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import DETECTED, FP, INJECTED, OTHER, Story, alert, lacking


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
    found = Story().page("detail", **facts).judge()[clause]
    assert (found.verdict, found.reason) == (Verdict.FAIL, reason)


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
    found = Story().page("statistics", **facts).judge()[clause]
    assert (found.verdict, found.reason) == (Verdict.FAIL, reason)


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ("restart bot.service", "the manual steps name bot.service, not feeder.service"),
        ("restart bot.service, then feeder.service", ""),
        ("call the vendor", ""),
    ],
)
def test_the_manual_steps_are_about_the_unit_that_failed(steps: str, reason: str) -> None:
    found = Story().page("detail", manual_steps=[steps]).judge()["detail.manual_steps"]
    assert found.reason == reason
    unhealed = Story().page("detail", manual_steps=[steps]).judge(heal=HealRule("none"))
    assert unhealed["detail.manual_steps"].verdict is Verdict.PASS


def test_the_page_has_the_manual_steps_of_health() -> None:
    story = Story().healing(DETECTED, manual_steps=["restart it", "ask the vendor"])
    found = story.judge()["detail.manual_steps"]
    assert found.reason == "the page lacks the manual step 'ask the vendor' shown in health"


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
def test_a_page_that_is_not_there(name: str) -> None:
    story = Story()
    story.pages[name] = None
    found = story.judge()
    assert found[name].verdict is Verdict.FAIL
    assert FP in found[name].reason
    assert not any(clause.startswith(f"{name}.") for clause in found)


@pytest.mark.parametrize("name", ["details", "statistics"])
def test_without_the_ability_nothing_is_judged(name: str) -> None:
    found = Story().judge(info=lacking(name))[name.removesuffix("s") if name == "details" else name]
    assert (found.verdict, found.reason) == (Verdict.NOT_APPLICABLE, f"the target has no {name}")


def test_what_did_not_fail_teaches_nothing() -> None:
    found = Story().quiet_run().judge()
    assert {found[n].verdict for n in found if n.startswith("statistics")} == {
        Verdict.NOT_APPLICABLE
    }


def without_log_lines() -> Story:
    """The alerts of the story are in no log: fire at 150, resolved at 240."""
    story = Story()
    story.logs_alerts = False
    return story.add(240, "log", "monitor", role="log.monitor", text=f"{FP}: resolved")


def test_an_alert_that_is_in_no_log() -> None:
    reason = "the alert (fire) is not in any log: no line with FP-1.2 and fire in 1m"
    assert without_log_lines().judge()["alert.logged"].reason == reason


@pytest.mark.parametrize(
    ("at", "role", "text"),
    [
        (DETECTED, "log.monitor", f'{{"fp": "{FP}", "kind": "fire"}}'),
        (DETECTED + 60, "log.bot", f"WARNING alerts: sent fire for {FP}, 200"),
    ],
)
def test_a_line_of_any_format_tells_of_an_alert(at: int, role: str, text: str) -> None:
    story = without_log_lines().add(at, "log", "monitor", role=role, text=text)
    assert story.judge()["alert.logged"].verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("at", "role", "text"),
    [
        pytest.param(INJECTED, "log.monitor", f"{FP}: fire", id="before the delivery"),
        pytest.param(DETECTED + 61, "log.monitor", f"{FP}: fire", id="too late"),
        pytest.param(DETECTED, "log.monitor", f"{FP}: repeat", id="of another kind"),
        pytest.param(DETECTED, "log.monitor", f"{FP}: misfired", id="part of a word"),
        pytest.param(DETECTED, "log.monitor", f"{OTHER}: fire", id="of another failure point"),
        pytest.param(DETECTED, "log.monitor", f"{FP}0: fire", id="of a longer key"),
        pytest.param(DETECTED, "log.decisions", f"{FP}: fire", id="in a log of other things"),
    ],
)
def test_a_line_that_tells_of_something_else(at: int, role: str, text: str) -> None:
    story = without_log_lines().add(at, "log", "monitor", role=role, text=text)
    assert story.judge()["alert.logged"].verdict is Verdict.FAIL


def test_every_kind_of_alert_is_logged() -> None:
    story = without_log_lines().add(300, "alert", "monitor", **alert("repeat"))
    story.add(DETECTED, "log", "monitor", role="log.monitor", text=f"{FP}: fire")
    assert story.judge()["alert.logged"].reason.startswith("the alert (repeat) is not in any log")


def test_one_line_tells_of_one_alert() -> None:
    story = without_log_lines().add(DETECTED + 1, "alert", "monitor", **alert("fire"))
    story.add(DETECTED + 2, "log", "monitor", role="log.monitor", text=f"{FP}: fire")
    assert story.judge()["alert.logged"].verdict is Verdict.FAIL


def test_the_line_waits_while_the_disk_refuses() -> None:
    story = without_log_lines()
    for at in (DETECTED, 180, 210):
        story.add(
            at, "met", "monitor", process="monitor", fault="disk.full", what="the disk refused"
        )
    story.add(240, "log", "monitor", role="log.monitor", text=f"{FP}: fire")
    assert story.judge()["alert.logged"].verdict is Verdict.PASS


def test_logs_that_are_mute_or_speak_of_another_kind_are_seen() -> None:
    (clause,) = (c for c in Story().proven() if c.name == "alert.logged")
    assert {"mute_logs", "logs_of_another_kind"} <= set(clause.killed_by)
