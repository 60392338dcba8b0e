"""Clauses about the dashboard, logs, side effects and what a run leaves behind."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.plan import LogRule, ShowRule
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import (
    FP,
    HEALED,
    INFO,
    INJECTED,
    OTHER,
    Edit,
    Story,
    alert,
    check,
    lacking,
)

# -- visible --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (
            lambda s: s.change("sample", 180, 180, dashboard={"row": None}),
            f"the dashboard has no row for {FP}",
        ),
        (
            lambda s: s.change("sample", 180, 180, dashboard=None),
            f"the dashboard has no row for {FP}",
        ),
        (lambda s: s.row(180, 180, status="OK"), "the dashboard shows OK, health reports ERROR"),
        (lambda s: s.drop("sample", 135), "no monitor pass after the fault: nothing was shown"),
    ],
)
def test_the_dashboard_has_a_row_with_the_status_of_health(edit: Edit, reason: str) -> None:
    check(edit, "row", reason)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda s: s.row(180, 180, last_check=None), "last_check is missing or goes back"),
        (lambda s: s.row(180, 180, last_check=149.0), "last_check is missing or goes back"),
        (lambda s: s.row(180, last_check=150.0), "last_check does not advance"),
        (lambda s: s.row(180, 240, last_check=150.0), ""),  # three passes behind, not more
    ],
)
def test_the_row_is_up_to_date(edit: Edit, reason: str) -> None:
    check(edit, "row.last_check", reason, Verdict.FAIL if reason else Verdict.PASS)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"trend": []}, "the dashboard shows no trend"),
        ({"trend": ["OK"]}, "the trend is shown as OK, it was ERROR, OK"),
        ({"trend": ["WARN", "OK"]}, "the trend is shown as WARN, OK, it was ERROR, OK"),
        ({"trend": ["OK", "ERROR", "OK"]}, ""),  # from before this run
    ],
)
def test_the_trend_shows_the_statuses_of_the_run(facts: Any, reason: str) -> None:
    verdict = Verdict.FAIL if reason else Verdict.PASS
    check(lambda s: s.row(390, **facts), "row.trend", reason, verdict)


def test_a_status_that_never_changed_has_no_trend() -> None:
    assert Story().quiet_run().judge()["row.trend"].verdict is Verdict.NOT_APPLICABLE


def test_the_state_of_the_healing_is_that_of_health() -> None:
    reason = "the healing is shown as idle, health reports trying"
    check(lambda s: s.row(240, healing="idle"), "row.healing", reason)
    reason = "the dashboard does not show the state of the healing, which is trying"
    check(lambda s: s.row(240, healing=""), "row.healing", reason)


def test_the_indicator_has_the_colour_of_health() -> None:
    reason = "the indicator is GREEN, readiness is RED"
    check(lambda s: s.row(180, 180, readiness="GREEN"), "indicator", reason)


def test_a_dashboard_without_an_indicator_is_not_judged_by_it() -> None:
    assert Story().row(0, readiness="").judge()["indicator"].verdict is Verdict.NOT_APPLICABLE


def test_a_stale_row_is_allowed_while_the_bot_reports_a_blind_monitor() -> None:
    story = Story().row(180, last_check=150.0).status("FP-6.20", "ERROR", 180)
    assert story.judge()["row.last_check"].verdict is Verdict.PASS


def test_without_the_ability_the_dashboard_is_missing() -> None:
    result = Story().judge(info=lacking("dashboard"))["row"]
    assert (result.verdict, result.reason) == (Verdict.MISSING, "the target has no dashboard")


def test_a_wrong_value_on_the_dashboard_fails() -> None:
    check(
        lambda s: s.row(180, 180, values={"alive": True}),
        "shows.alive",
        "shows True, the truth is False",
    )
    check(lambda s: s.row(180, 180, values={}), "shows.alive", "the dashboard does not show alive")


def test_a_value_may_have_the_bots_own_name_on_its_dashboard() -> None:
    layout = dataclasses.replace(INFO.layout, values={"alive": "up"})
    info = dataclasses.replace(INFO, layout=layout)
    reason = "the dashboard does not show up"
    assert Story().judge(info=info)["shows.alive"].reason == reason
    story = Story().row(0, INJECTED, values={"up": True}).row(INJECTED, 210, values={"up": False})
    result = story.row(240, values={"up": True}).judge(info=info)["shows.alive"]
    assert result.verdict is Verdict.PASS


def test_a_value_may_be_true_at_the_begin_of_its_pass_or_at_its_end() -> None:
    truth = {"process.alive(feeder)": True}
    story = Story().change("sample", 210, 210, truth=truth)  # healed by the pass itself
    assert story.judge()["shows.alive"].verdict is Verdict.PASS
    story.change("sample", 210, 210, began=truth)
    assert story.judge()["shows.alive"].verdict is Verdict.FAIL


def test_a_value_is_judged_when_it_is_new() -> None:
    # Another monitor's pass at 165 samples the row of 150: by now the process lives again.
    story, truth = Story(), {"process.alive(feeder)": True}
    old = next(e for e in story.events if e.kind == "sample" and e.at == 150 * SECOND)
    story.add(165, "sample", "watchdog", **{**old.facts, "truth": truth, "began": truth})
    assert story.judge()["shows.alive"].verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("shown", "verdict"),
    [(9.0, Verdict.PASS), (8.9, Verdict.FAIL), ("9", Verdict.FAIL), (True, Verdict.FAIL)],
)
def test_durations_are_shown_in_seconds_within_their_tolerance(
    shown: Any, verdict: Verdict
) -> None:
    truth = {"uw_cache.age": 10 * SECOND}
    story = Story().change("sample", truth=truth, began=truth).row(values={"age": shown})
    rule = ShowRule("age", "uw_cache.age", tolerance=1.0)
    assert story.judge(shows=(rule,))["shows.age"].verdict is verdict


# -- logged ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "logged"),
    [
        (lambda s: s, True),
        (lambda s: s.drop("log"), False),
        (lambda s: s.change("log", text="all is well"), False),
        (lambda s: s.change("log", role="log.bot"), False),
        (lambda s: s.move("log", INJECTED - 1), False),
        (lambda s: s.move("log", 210), True),  # on the deadline
        (lambda s: s.move("log", 210.001), False),
    ],
)
def test_the_log_line_is_due_within_its_window(edit: Edit, logged: bool) -> None:
    reason = "" if logged else "log.monitor has no line with 'feeder is dead'"
    check(edit, "log.monitor", reason, Verdict.PASS if logged else Verdict.FAIL)


def test_a_log_that_the_layout_lacks_is_missing() -> None:
    result = Story().judge(logs=(LogRule("log.alerts", "x"),))["log.alerts"]
    assert (result.verdict, result.reason) == (Verdict.MISSING, "the target has no log.alerts")


def test_each_log_has_its_clause() -> None:
    rules = (LogRule("log.monitor", "feeder"), LogRule("log.bot", "feeder"))
    clauses = Story().judge(logs=rules)
    assert clauses["log.monitor"].verdict is Verdict.PASS
    assert clauses["log.bot"].verdict is Verdict.FAIL


# -- quiet ----------------------------------------------------------------------------------------


NOISE: list[tuple[Edit, str]] = [
    (lambda s: s.status(OTHER, "WARN", 180, 180), f"{OTHER} became WARN, 45s after the fault"),
    (
        lambda s: s.status(OTHER, "UNKNOWN", 150, 150),
        f"{OTHER} became UNKNOWN, 15s after the fault",
    ),
    (
        lambda s: s.add(180, "alert", "monitor", **alert("fire", OTHER)),
        f"an alert for {OTHER} (fire)",
    ),
    (
        lambda s: s.add(180, "process.restart", "monitor", unit="bot.service", processes=["bot"]),
        "monitor restarted bot.service",
    ),
    (lambda s: s.add(180, "process.exit", "monitor", process="bot"), "monitor ended bot"),
    (lambda s: s.add(180, "process.stop", "monitor", process="bot"), "monitor ended bot"),
]


@pytest.mark.parametrize(("edit", "reason"), NOISE)
def test_unexpected_reactions_fail(edit: Edit, reason: str) -> None:
    check(edit, "quiet", reason)


@pytest.mark.parametrize(("edit", "reason"), NOISE[:3])
def test_a_cascade_allows_statuses_and_alerts(edit: Edit, reason: str) -> None:
    check(edit, "quiet", "", Verdict.PASS, allowed={OTHER: 0})


def test_a_cascade_allows_no_restart_of_another_unit() -> None:
    edit, reason = NOISE[3]
    check(edit, "quiet", reason, allowed={OTHER: 0})


def test_noise_before_the_fault_is_ignored() -> None:
    check(lambda s: s.status(OTHER, "WARN", 120, 120), "quiet", "", Verdict.PASS)


def test_a_process_may_end_itself_or_the_failed_process() -> None:
    story = Story().add(180, "process.exit", "bot", process="bot")
    story.add(HEALED, "process.exit", "monitor", process="feeder")
    assert story.judge()["quiet"].verdict is Verdict.PASS


def test_no_failure_point_drops_out_of_health() -> None:
    reason = f"health no longer lists {OTHER}"
    check(lambda s: s.change("sample", 180, 180, status={FP: "ERROR"}), "quiet.complete", reason)
    # Health that cannot be read at all knows nothing, and is RED.
    unread: dict[str, Any] = {"status": {}, "checked_at": None}
    check(lambda s: s.change("sample", 180, 180, **unread), "quiet.complete", "", Verdict.PASS)


# -- clean ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "clause", "reason"),
    [
        (
            lambda s: s.add(200, "reading.acts", "reader", what=["file.write"]),
            "reading",
            "reading health or the dashboard caused: file.write",
        ),
        (
            lambda s: s.add(
                200, "escape", "bot", what="network", detail="1.2.3.4", place="bot.py:7"
            ),
            "escape",
            "left the world: network 1.2.3.4, at bot.py:7",
        ),
        (
            lambda s: s.add(200, "secret.leaked", "bot", where="log.bot"),
            "discreet",
            "a key appears in log.bot",
        ),
        (
            lambda s: setattr(s, "residue", ("2 processes bot",)),
            "residue",
            "left behind: 2 processes bot",
        ),
    ],
)
def test_side_effects_fail_the_run(edit: Edit, clause: str, reason: str) -> None:
    check(edit, clause, reason)
