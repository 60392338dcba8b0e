"""The clause ``holds``: what must be true at every check while the fault holds."""

from __future__ import annotations

import pytest

from pytest_fpharness.model.duration import MINUTE
from pytest_fpharness.model.plan import HealRule, Predicate
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import INJECTED, OVER, Story

MOST = Predicate("positions.count", "<=", 16, text="positions.count <= 16")


def counted(count: int, begin: float, end: float) -> Story:
    story = Story()
    truth = {"process.alive(feeder)": True, "positions.count": 16}
    story.change("check", truth=truth)
    return story.change("check", begin, end, truth={**truth, "positions.count": count})


@pytest.mark.parametrize(
    ("begin", "end", "reason"),
    [
        (0, INJECTED - 1, ""),
        (150, 170, "not positions.count <= 16: it was 17, 25s after the fault"),
        (OVER + 1, 400, ""),
    ],
)
def test_a_limit_holds_while_the_fault_does(begin: int, end: int, reason: str) -> None:
    found = counted(17, begin, end).judge(invariants=(MOST,))["holds.positions.count"]
    assert (found.verdict, found.reason) == (Verdict.FAIL if reason else Verdict.PASS, reason)


def test_a_length_of_time_is_told_as_one() -> None:
    line = Predicate("uw_cache.age", "<=", 2 * MINUTE, text="uw_cache.age <= 2m", type="duration")
    story = Story().change(
        "check", truth={"process.alive(feeder)": True, "uw_cache.age": 3 * MINUTE}
    )
    said = "not uw_cache.age <= 2m: it was 3m, 25s after the fault"
    assert story.judge(invariants=(line,))["holds.uw_cache.age"].reason == said


def test_what_was_never_checked_does_not_hold() -> None:
    found = counted(16, 0, 400).drop("check", INJECTED).judge(invariants=(MOST,))
    assert found["holds.positions.count"].verdict is Verdict.FAIL


def test_an_unknown_count_does_not_hold() -> None:
    found = Story().judge(invariants=(MOST,))
    assert found["holds.positions.count"].verdict is Verdict.FAIL


def test_a_crossed_limit_proves_it() -> None:
    clauses = counted(16, 0, 400).proven(invariants=(MOST,))
    assert "crossed" in next(c for c in clauses if c.name == "holds.positions.count").killed_by


def test_a_fallback_without_retries_asks_only_for_the_others() -> None:
    rule = HealRule("fallback", others_trade=True)
    assert "heal.resends" not in Story().judge(heal=rule)
    assert "heal.others" in Story().judge(heal=rule)
