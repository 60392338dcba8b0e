"""The clause ``alert.logged``: each alert has a log line."""

from __future__ import annotations

import pytest

from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import DETECTED, FP, INJECTED, OTHER, Story, alert


def without_log_lines() -> Story:
    """The alerts of the story are in no log: fire at 150, resolved at 240."""
    story = Story()
    story.logs_alerts = False
    return story.add(240, "log", "monitor", role="log.monitor", text=f"{FP}: resolved")


def test_an_alert_that_is_not_logged_fails() -> None:
    reason = "the alert (fire) is not in any log: no line with FP-1.2 and fire in 1m"
    assert without_log_lines().judge()["alert.logged"].reason == reason


@pytest.mark.parametrize(
    ("at", "role", "text"),
    [
        (DETECTED, "log.monitor", f'{{"fp": "{FP}", "kind": "fire"}}'),
        (DETECTED + 60, "log.bot", f"WARNING alerts: sent fire for {FP}, 200"),
    ],
)
def test_a_log_line_may_have_any_format(at: int, role: str, text: str) -> None:
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
def test_a_line_about_something_else_does_not_count(at: int, role: str, text: str) -> None:
    story = without_log_lines().add(at, "log", "monitor", role=role, text=text)
    assert story.judge()["alert.logged"].verdict is Verdict.FAIL


def test_every_kind_of_alert_is_logged() -> None:
    story = without_log_lines().add(300, "alert", "monitor", **alert("repeat"))
    story.add(DETECTED, "log", "monitor", role="log.monitor", text=f"{FP}: fire")
    assert story.judge()["alert.logged"].reason.startswith("the alert (repeat) is not in any log")


def test_one_line_counts_for_one_alert() -> None:
    story = without_log_lines().add(DETECTED + 1, "alert", "monitor", **alert("fire"))
    story.add(DETECTED + 2, "log", "monitor", role="log.monitor", text=f"{FP}: fire")
    assert story.judge()["alert.logged"].verdict is Verdict.FAIL


def test_the_line_may_be_late_while_the_disk_refuses_writes() -> None:
    story = without_log_lines()
    for at in (DETECTED, 180, 210):
        story.add(
            at, "met", "monitor", process="monitor", fault="disk.full", what="the disk refused"
        )
    story.add(240, "log", "monitor", role="log.monitor", text=f"{FP}: fire")
    assert story.judge()["alert.logged"].verdict is Verdict.PASS


def test_mutants_of_the_log_prove_that_alerts_are_logged() -> None:
    (clause,) = (c for c in Story().proven() if c.name == "alert.logged")
    assert {"mute_logs", "logs_of_another_kind"} <= set(clause.killed_by)
