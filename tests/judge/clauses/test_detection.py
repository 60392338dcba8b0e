"""Clauses about detection and the readiness colour."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.plan import (
    Detect,
    LimitRule,
)
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import (
    DETECTED,
    FP,
    INJECTED,
    OTHER,
    Edit,
    Story,
    check,
)

# -- detected -------------------------------------------------------------------------------------


def test_a_crash_is_named_where_nothing_was_detected() -> None:
    reason = (
        "FP-1.2 stayed OK, monitor crashed 15s after the fault: KeyError: 'at'; ERROR was due by 1m"
    )
    error = {"process": "monitor", "error": "KeyError: 'at'"}
    check(lambda s: s.quiet_run().add(150, "process.crash", "monitor", **error), "detect", reason)


@pytest.mark.parametrize(
    ("within", "not_before", "reason"),
    [
        (15, 0, ""),  # exactly on the deadline: windows are closed
        (14, 0, "detected: late by 1s"),
        (60, 15, ""),
        (60, 16, "detected: early by 1s"),
    ],
)
def test_detection_is_due_within_its_window(within: int, not_before: int, reason: str) -> None:
    rule = Detect(within=within * SECOND, not_before=not_before * SECOND)
    verdict = Verdict.FAIL if reason else Verdict.PASS
    check(lambda s: s, "detect", reason, verdict, detect=rule)


def test_without_detection_the_later_clauses_are_not_judged() -> None:
    clauses = Story().status(FP, "OK", 0).judge()
    assert clauses["detect"].reason == f"{FP} stayed OK; ERROR was due by 1m"
    for name in ("colour", "alert.fire", "heal"):
        assert (clauses[name].verdict, clauses[name].reason) == (
            Verdict.FAIL,
            "the failure was never detected",
        )


def test_the_reason_says_that_health_lacks_the_failure_point() -> None:
    clauses = Story().judge(fp="FP-9.9")
    reason = "the bot's health has no FP-9.9"
    assert clauses["detect"].reason == f"{reason}; ERROR was due by 1m"
    assert clauses["detect.not_before"].reason == reason


def test_a_status_after_the_deadline_is_not_reported() -> None:
    story = Story().status(FP, "OK", 0, 300).status(FP, "WARN", 300)
    assert story.judge()["detect"].reason == f"{FP} stayed OK; ERROR was due by 1m"


def test_a_monitor_that_makes_no_pass_detects_nothing() -> None:
    clauses = Story().drop("sample", INJECTED).judge()
    assert clauses["detect"].reason == "no monitor pass after the fault; ERROR was due by 1m"


def test_another_status_is_not_a_detection() -> None:
    story = Story().status(FP, "WARN", DETECTED, 210)
    assert story.judge()["detect"].reason == f"{FP} became WARN; ERROR was due by 1m"
    assert story.judge(detect=Detect("WARN"))["detect"].verdict is Verdict.PASS


def test_not_ok_before_the_fault_is_a_false_alarm() -> None:
    reason = "not OK before the fault"
    check(lambda s: s.status(FP, "WARN", 120, 120), "detect.not_before", reason)


def test_an_empty_health_fails_detection() -> None:
    story = Story().change("sample", status={})
    assert story.judge()["detect"].verdict is Verdict.FAIL
    assert story.judge()["detect.not_before"].verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("begin", "end", "text", "reason"),
    [
        (180, 180, " ", "the message is empty"),
        (150, 150, "feeder runs", "the message is the one shown while all was OK"),
        (150, 210, f"{OTHER}: full", f"the message names {OTHER}, not {FP}"),
        (150, 210, f"{FP} after {OTHER}", ""),
        (240, 240, "", ""),  # over, and OK again
        (240, 240, "feeder is dead", ""),
    ],
)
def test_health_has_a_message_about_the_failure(
    begin: float, end: float, text: str, reason: str
) -> None:
    story = Story().change("sample", begin, end, message=text)
    assert story.judge()["detect.message"].reason == reason


def test_health_without_messages_is_not_judged_by_them() -> None:
    story = Story().change("sample", message="")
    assert story.judge()["detect.message"].verdict is Verdict.NOT_APPLICABLE


def test_detection_by_a_gate_counts_from_the_limit() -> None:
    rule = LimitRule("cooldown", "AAA", 2 * MINUTE)
    story = Story().add(160, "limit.begins", symbol="AAA")
    blocked = {"symbol": "AAA", "side": "buy", "action": "block", "gate": "cooldown"}
    story.add(150, "decision", "bot", **blocked).add(170, "decision", "bot", **blocked)
    detect = Detect(within=10 * SECOND, by="gate", gate="cooldown")
    case = story.case(detect=detect, limit=rule)
    assert case.marks["detected"] == 170 * SECOND
    assert story.judge(detect=detect, limit=rule)["detect"].verdict is Verdict.PASS


# -- coloured -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (
            lambda s: s.colour("YELLOW", 180, 180),
            "YELLOW instead of RED while the fault lasted, 45s after the fault",
        ),
        (
            lambda s: s.colour("GREEN", 150, 150),
            "GREEN instead of RED while the fault lasted, 15s after the fault",
        ),
        (
            lambda s: s.colour("UNKNOWN", 180, 180),
            "UNKNOWN instead of RED while the fault lasted, 45s after the fault",
        ),
    ],
)
def test_a_wrong_colour_while_the_fault_holds(edit: Edit, reason: str) -> None:
    check(edit, "colour", reason)


def test_a_colour_before_it_is_detected_is_too_early() -> None:
    story = Story().status(FP, "OK", 150, 150)  # detected a pass later, but RED already
    result = story.judge()["colour"]
    assert result.reason == "RED instead of GREEN before it was detected, 15s after the fault"


def test_a_cascade_may_raise_the_colour_once_it_is_due() -> None:
    story = Story().status(OTHER, "ERROR", 180, 210)
    worse: dict[str, Any] = {"readiness": "YELLOW", "allowed": {OTHER: 45 * SECOND}}
    story.colour("YELLOW", 150, 150)
    assert story.judge(**worse)["colour"].verdict is Verdict.PASS
    assert story.judge(**worse)["quiet"].verdict is Verdict.PASS


def test_a_cascade_before_its_time_is_forbidden() -> None:
    story = Story().status(OTHER, "ERROR", 180, 210).colour("YELLOW", 150, 150)
    clauses = story.judge(readiness="YELLOW", allowed={OTHER: 46 * SECOND})
    assert clauses["colour"].reason == (
        "RED instead of YELLOW while the fault lasted, 45s after the fault"
    )
    assert clauses["quiet"].reason == f"{OTHER} became ERROR, 45s after the fault"


def test_a_cascade_of_warn_raises_to_yellow_only() -> None:
    story = Story().status(OTHER, "WARN", 150, 210)
    clauses = story.judge(readiness="GREEN", allowed={OTHER: 0})
    assert clauses["colour"].reason.startswith("RED instead of GREEN")


def test_a_wrong_colour_after_the_recovery_fails() -> None:
    reason = "RED instead of GREEN after the recovery, 3m45s after the fault"
    check(lambda s: s.colour("RED", 360, 360), "colour.after", reason)


def test_a_colour_within_one_check_of_the_recovery_is_allowed() -> None:
    check(lambda s: s.colour("RED", 330, 330), "colour.after", "", Verdict.PASS)
