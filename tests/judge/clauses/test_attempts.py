"""Clauses about heal attempts."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.plan import HealRule
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import FP, HEALED, OTHER, PLAN, Edit, Story, check

UNIT = {"unit": "feeder.service", "processes": ["feeder"]}


def restarts(story: Story, *times: float, actor: str = "monitor") -> Story:
    for at in times:
        story.add(at, "process.restart", actor, **UNIT)
    return story


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda s: s.drop("process.restart"), "0 attempts, at least 1 are due"),
        (lambda s: restarts(s, 160, 170, 180), "4 attempts, at most 3 are allowed"),
        (lambda s: restarts(s, 196), "two attempts within 19s"),
        (lambda s: restarts(s, 195), ""),  # exactly the least time between them
        (lambda s: restarts(s, 214, actor="operator"), ""),
        (lambda s: restarts(s, 214, actor="bot"), "two attempts within 1s"),  # by any process
    ],
)
def test_attempts_are_bounded_and_spaced(edit: Edit, reason: str) -> None:
    rule = HealRule("auto", within=2 * MINUTE, restart="feeder", spacing=20 * SECOND)
    verdict = Verdict.FAIL if reason else Verdict.PASS
    check(edit, "heal.attempts", reason, verdict, heal=rule)


def test_attempts_on_a_file_are_writes_of_the_bot() -> None:
    rule = HealRule("auto", within=2 * MINUTE, rewrite="state.feed")
    reason = "0 attempts, at least 1 are due"
    check(lambda s: s.add(214, "file.write", role="state.feed"), "heal.attempts", reason, heal=rule)
    check(
        lambda s: s.add(214, "file.write", "monitor", role="state.feed"),
        "heal.attempts",
        "",
        Verdict.PASS,
        heal=rule,
    )


def test_the_healing_is_claimed_under_this_failure_point() -> None:
    reason = f"the bot claims no heal attempt for {FP}"
    check(lambda s: s.healing(), "heal.claim", reason)
    other = {OTHER: {"attempts": 1}}
    reason = f"the bot claims no heal attempt for {FP}, but for {OTHER}"
    check(lambda s: s.change("sample", healing=other), "heal.claim", reason)


GIVES_UP = HealRule("auto", restart="feeder", gives_up=True)


def test_no_monitor_tries_again_after_giving_up() -> None:
    story = Story().drop("fault.clear").healing(240, attempts=2, state="failed")
    restarts(story, 300, actor="supervisor")
    assert story.judge(heal=GIVES_UP)["heal.gives_up"].verdict is Verdict.PASS
    result = restarts(story, 330).judge(heal=GIVES_UP)["heal.gives_up"]
    assert result.reason == "monitor tried feeder.service again after the healing gave up"


def test_no_monitor_rewrites_a_file_after_giving_up() -> None:
    rewrites = HealRule("auto", rewrite="state.weights", gives_up=True)
    story = Story().drop("fault.clear").healing(240, attempts=1, state="manual")
    story.add(215, "file.write", "monitor", role="state.weights")
    story.add(300, "file.write", "bot", role="state.weights")  # it may be the owner of it
    assert story.judge(heal=rewrites)["heal.gives_up"].verdict is Verdict.PASS
    story.add(300, "file.write", "monitor", role="state.weights")
    message = "monitor tried state.weights again after the healing gave up"
    assert story.judge(heal=rewrites)["heal.gives_up"].reason == message


def test_a_rewrite_that_did_not_last_is_not_a_success() -> None:
    rewrites = HealRule("auto", rewrite="state.weights", gives_up=True)
    story = Story().drop("fault.clear").healing(240, attempts=1, successes=1, state="manual")
    result = story.judge(heal=rewrites)["heal.counted"]
    assert result.reason == "no repair lasted, but the bot counts 1 successes"


@pytest.mark.parametrize(
    ("claims", "heal", "reason"),
    [
        ({"attempts": 1, "successes": 1}, PLAN.heal, ""),
        ({"attempts": 2, "successes": 1}, PLAN.heal, "the bot counts 2 attempts, there were 1"),
        ({"state": "trying"}, PLAN.heal, "the bot counts 0 attempts, there were 1"),
        ({"attempts": 1}, PLAN.heal, "it healed, but the bot counts no success"),
        (
            {"attempts": 1, "successes": 1, "state": "failed"},
            GIVES_UP,
            "no repair lasted, but the bot counts 1 successes",
        ),
        ({"attempts": 1, "state": "failed"}, GIVES_UP, ""),
    ],
)
def test_the_bot_counts_the_attempts_that_were_made(
    claims: Any, heal: HealRule, reason: str
) -> None:
    story = Story().healing(HEALED, **claims)
    assert story.judge(heal=heal)["heal.counted"].reason == reason


def test_an_attempt_may_be_counted_under_another_failure_point() -> None:
    story = restarts(Story(), 205).healing(HEALED, attempts=1, successes=1)
    message = "the bot counts 1 attempts, there were 2"
    assert story.judge()["heal.counted"].reason == message
    own = {"attempts": 1, "successes": 1}
    story.change("sample", HEALED, healing={FP: own, OTHER: {"attempts": 1}})
    assert story.judge()["heal.counted"].verdict is Verdict.PASS


def test_a_fault_that_was_never_cleared_has_no_success_and_no_healer() -> None:
    clauses = Story().drop("fault.clear").healing(HEALED, attempts=1, state="trying").judge()
    assert (clauses["heal.counted"].verdict, clauses["heal.by"].verdict) == (
        Verdict.NOT_APPLICABLE,
        Verdict.NOT_APPLICABLE,
    )
