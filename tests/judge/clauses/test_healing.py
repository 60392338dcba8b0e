"""Clauses about healing and recovery."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.plan import HealRule, Injection, Predicate
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import (
    DETECTED,
    FP,
    HEALED,
    Edit,
    Story,
    check,
)

GIVES_UP = HealRule("auto", restart="feeder", gives_up=True)


# -- auto -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("within", "reason"), [(65, ""), (64, "healed: late by 1s")]
)  # healed at 215, detected at 150
def test_healing_is_due_within_its_window(within: int, reason: str) -> None:
    rule = HealRule("auto", within=within * SECOND, restart="feeder")
    check(lambda s: s, "heal", reason, Verdict.FAIL if reason else Verdict.PASS, heal=rule)


def test_a_fault_that_is_never_cleared_is_not_healed() -> None:
    story = Story().drop("fault.clear")
    clauses = story.judge()
    assert clauses["heal"].reason == "healed: never, due by 2m"
    assert clauses["recover"].reason == "the fault never ended"


def test_a_heal_counts_once_its_verify_lines_hold() -> None:
    line = Predicate("readiness", "is", "GREEN")
    rule = HealRule("auto", within=2 * MINUTE, restart="feeder", verify=(line,))
    case = Story().case(heal=rule)
    assert case.marks["healed"] == 250 * SECOND  # the first check at which it is GREEN again
    assert case.over == HEALED * SECOND


def test_unmet_verify_lines_are_named() -> None:
    line = Predicate("process.count", "is", 1, "feeder", text="process.count(feeder) is 1")
    rule = HealRule("auto", within=2 * MINUTE, restart="feeder", verify=(line,))
    reason = "healed (unmet: process.count(feeder) is 1): never, due by 2m"
    check(lambda s: s, "heal", reason, heal=rule)


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        ("operator", "cleared by operator, not by the bot"),
        ("supervisor", "cleared by supervisor, not by the bot"),
        ("", "cleared by the world, not by the bot"),
    ],
)
def test_the_bot_itself_must_clear_the_fault(by: str, reason: str) -> None:
    check(lambda s: s.change("fault.clear", by=by), "heal.by", reason)


def test_a_lifted_fault_is_not_healed() -> None:
    story = Story().drop("fault.clear").add(215, "fault.lift", id=0)
    case = story.case(lift=80 * SECOND)
    assert "healed" not in case.marks
    assert case.marks["lifted"] == 215 * SECOND


def test_two_faults_are_over_when_both_have_ended() -> None:
    story = Story().add(136, "fault.inject", id=1, fault="process.kill", ends="restart")
    assert "healed" not in story.case().marks
    assert "healed" in story.add(230, "fault.clear", id=1, by="monitor").case().marks


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"attempts": 3, "state": "failed", "manual_steps": ["restart it"]}, ""),
        ({"attempts": 3, "state": "failed"}, "no manual steps are shown"),
    ],
)
def test_a_healing_that_gives_up_shows_the_manual_steps(facts: Any, reason: str) -> None:
    story = Story().drop("fault.clear").healing(240, **facts)
    clauses = story.judge(heal=GIVES_UP)
    assert clauses["heal.gives_up"].reason == ""
    assert clauses["heal.steps"].reason == reason
    assert clauses["recover"].verdict is Verdict.NOT_APPLICABLE


def test_a_healing_that_never_gives_up() -> None:
    story = Story().drop("fault.clear").healing(DETECTED, attempts=3, state="trying")
    clauses = story.judge(heal=GIVES_UP)
    assert clauses["heal.gives_up"].reason == "the healing never gave up"
    assert "heal.steps" not in clauses


def test_giving_up_is_logged() -> None:
    story = Story().drop("fault.clear").drop("alert")
    story.healing(DETECTED, attempts=1, state="failed", manual_steps=["restart it"])
    reason = f"no log line about {FP} since the bot gave up"
    assert story.judge(heal=GIVES_UP)["heal.logged"].reason == reason
    story.add(220, "log", "monitor", role="log.monitor", text=f"{FP}: attempt 1 not verified")
    assert story.judge(heal=GIVES_UP)["heal.logged"].verdict is Verdict.PASS


def test_a_log_line_about_the_detection_does_not_report_giving_up() -> None:
    story = Story().drop("fault.clear").drop("alert")
    story.healing(300, attempts=1, state="failed", manual_steps=["restart it"])
    story.add(DETECTED, "log", "monitor", role="log.monitor", text=f"{FP}: OK -> ERROR")
    assert story.judge(heal=GIVES_UP)["heal.logged"].verdict is Verdict.FAIL


# -- retry, fallback, expires, manual, none -------------------------------------------------------


def calls(story: Story, begin: float, count: int, every: float, **facts: Any) -> Story:
    for number in range(count):
        call = {
            "role": "broker",
            "method": "GET",
            "path": "/v2/account",
            "status": 200,
            **facts,
        }
        story.add(begin + number * every, "http", "bot", **call)
    return story


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda s: calls(s, 140, 1, 1, error="refused"), "1 calls while it failed: no retry"),
        (lambda s: calls(s, 140, 9, 1, status=200), "0 calls while it failed: no retry"),
        (lambda s: calls(s, 140, 2, 20, error="refused"), ""),
        (lambda s: calls(s, 140, 2, 20, status=503), ""),
        (lambda s: calls(s, 140, 40, 1, error="refused"), ""),
        (
            lambda s: calls(s, 140, 41, 1, error="refused"),
            "41 calls within a minute: a storm",
        ),
    ],
)
def test_a_retry_goes_on_without_a_storm(edit: Edit, reason: str) -> None:
    verdict = Verdict.FAIL if reason else Verdict.PASS
    check(edit, "heal.retry", reason, verdict, heal=HealRule("retry"))


@pytest.mark.parametrize(
    ("count", "facts", "reason"),
    [
        (1, {"status": 429}, ""),
        (2, {"status": 429}, ""),
        (3, {"status": 429}, "called 3 times while it was refused, at most 2 are allowed"),
        (3, {"error": "timeout"}, "called 3 times while it was refused, at most 2 are allowed"),
        (9, {"status": 200}, "no call was refused"),
    ],
)
@pytest.mark.parametrize("gives_up", [False, True])
def test_a_refused_call_is_repeated_at_most_as_often_as_allowed(
    count: int, facts: Any, reason: str, gives_up: bool
) -> None:
    verdict = Verdict.FAIL if reason else Verdict.PASS
    rule = HealRule("retry", retries=1, gives_up=gives_up)
    check(lambda s: calls(s, 140, count, 9, **facts), "heal.retry", reason, verdict, heal=rule)


def test_resends_are_judged_once_something_was_rejected_or_a_number_is_stated() -> None:
    rule = HealRule("fallback", others_trade=True)
    assert "heal.resends" not in Story().judge(heal=rule)
    assert "heal.resends" in rejected(Story(), (140, "X", "a")).judge(heal=rule)


def rejected(story: Story, *sent: tuple[float, str, str]) -> Story:
    for at, symbol, name in sent:
        facts = {"symbol": symbol, "side": "buy", "client_order_id": name, "reason": "funds"}
        story.add(at, "order.rejected", "bot", **facts)
    return story


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda s: rejected(s, (140, "X", "a"), (141, "X", "b")), ""),
        (
            lambda s: rejected(s, (140, "X", "a"), (141, "X", "b"), (142, "X", "c")),
            "X was sent 3 times, at most 2",
        ),
        (
            lambda s: rejected(s, (140, "X", "a"), (141, "X", "a")),
            "a rejected order was re-sent with its old id",
        ),
        (lambda s: rejected(s, (140, "X", "a"), (141, "Y", "b"), (142, "Z", "c")), ""),
    ],
)
def test_a_rejected_order_is_resent_at_most_as_often_as_allowed(edit: Edit, reason: str) -> None:
    verdict = Verdict.FAIL if reason else Verdict.PASS
    check(edit, "heal.resends", reason, verdict, heal=HealRule("fallback", retries=1))


def test_the_other_symbols_go_on_trading() -> None:
    rule = HealRule("fallback", others_trade=True)
    check(lambda s: rejected(s, (140, "X", "a")), "heal.others", "", Verdict.PASS, heal=rule)
    reason = "no other symbol was traded"
    check(
        lambda s: rejected(s.drop("order.filled", 135), (140, "X", "a")),
        "heal.others",
        reason,
        heal=rule,
    )


def test_a_fault_that_expires_must_end_without_a_repair() -> None:
    check(lambda s: s, "heal", "", Verdict.PASS, heal=HealRule("expires"))
    reason = "it did not end without a repair"
    check(lambda s: s.drop("fault.clear"), "heal", reason, heal=HealRule("expires"))


def test_a_manual_repair_shows_its_steps() -> None:
    check(lambda s: s, "heal.manual", "no manual steps are shown", heal=HealRule("manual"))
    steps = {"state": "manual", "manual_steps": ["top up the account"]}
    check(
        lambda s: s.healing(DETECTED, **steps), "heal.manual", "", Verdict.PASS,
        heal=HealRule("manual"),
    )  # fmt: skip


def test_a_monitor_does_not_write_what_a_person_must_repair() -> None:
    frozen = (Injection("file.write", {"file": "state.freezes"}),)
    story = Story().drop("process.restart")
    story.add(170, "file.write", "operator", role="state.freezes")
    result = story.judge(heal=HealRule("manual"), inject=frozen)["heal.none"]
    assert result.verdict is Verdict.PASS
    story.add(180, "file.write", "monitor", role="state.freezes")
    result = story.judge(heal=HealRule("manual"), inject=frozen)["heal.none"]
    assert result.reason == "monitor wrote state.freezes, which only a person may repair"


@pytest.mark.parametrize("kind", ["none", "manual", "expires", "retry"])
def test_where_nothing_is_to_be_healed_nothing_is_restarted(kind: str) -> None:
    message = "monitor restarted feeder.service"
    story = calls(Story(), 140, 3, 5, error="refused")
    assert story.judge(heal=HealRule(kind))["heal.none"].reason == message
    story.drop("process.restart")
    assert story.judge(heal=HealRule(kind))["heal.none"].verdict is Verdict.PASS


# -- recovered ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("within", "reason"), [(95, ""), (94, "recovered: late by 1s")])
def test_recovery_is_due_within_its_window(within: int, reason: str) -> None:
    verdict = Verdict.FAIL if reason else Verdict.PASS
    check(lambda s: s, "recover", reason, verdict, recover=within * SECOND)


def test_steady_again_at_one_check_only_is_not_recovered() -> None:
    story = Story().colour("YELLOW", 300, 300).colour("YELLOW", 360, 360)
    result = story.judge()["recover"]
    assert result.verdict is Verdict.FAIL
    assert result.reason == "recovered (not steady at two checks in a row): never, due by 2m"


def test_without_a_new_order_nothing_is_recovered() -> None:
    trades = Predicate("orders.filled", "increases", within=2 * MINUTE)
    story = Story().drop("order.submitted", 216)
    steady = (*story.case().plan.steady, trades)
    assert "recovered" not in story.case(steady=steady).marks
    reason = story.judge(steady=steady)["recover"].reason
    assert reason == "recovered (no new entry order): never, due by 2m"


def test_green_is_reported_where_yellow_should_remain() -> None:
    reason = Story().judge(readiness_after="YELLOW")["recover"].reason
    assert reason == "recovered (unmet: readiness is YELLOW): never, due by 2m"


def test_a_bot_that_should_stay_yellow_recovers_as_yellow() -> None:
    story = Story().colour("YELLOW", 240)
    assert "recovered" not in story.case().marks
    clauses = story.judge(readiness_after="YELLOW")
    assert clauses["recover"].verdict is Verdict.PASS
    assert clauses["colour.after"].verdict is Verdict.PASS


def test_a_fallback_without_retries_needs_other_symbols_only() -> None:
    rule = HealRule("fallback", others_trade=True)
    assert "heal.resends" not in Story().judge(heal=rule)
    assert "heal.others" in Story().judge(heal=rule)
