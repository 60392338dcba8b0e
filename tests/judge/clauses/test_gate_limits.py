"""Clauses about gates that work, and the lines of ``holds``."""

from __future__ import annotations

import pytest

from pytest_fpharness.model.duration import MINUTE
from pytest_fpharness.model.plan import Detect, LimitRule, Predicate
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import FP, INJECTED, OVER, Story

LIMIT = LimitRule("cooldown", "AAA", 2 * MINUTE, frees="BBB")


GATE = Detect(within=MINUTE, by="gate", gate="cooldown")


def decided(story: Story, at: float, action: str = "block", gate: str = "cooldown") -> Story:
    return story.add(at, "decision", "bot", symbol="AAA", side="buy", action=action, gate=gate)


def limited() -> Story:
    """A limit of two minutes from 160 on."""
    story = Story().add(160, "limit.begins", symbol="AAA")
    decided(decided(story, 161), 279.999)
    decided(story, 280, "enter", "")
    return story.order(200, "BBB")


def limit(story: Story, clause: str) -> tuple[Verdict, str]:
    result = story.judge(limit=LIMIT, detect=GATE)[clause]
    return result.verdict, result.reason


def test_a_gate_that_works_blocks_to_the_second() -> None:
    for clause in ("limit.blocks", "limit.ends", "limit.frees"):
        assert limit(limited(), clause) == (Verdict.PASS, "")


def test_a_gate_that_opens_a_second_early_fails() -> None:
    story = decided(limited(), 279, "enter", "")
    reason = "AAA 1m59s into the limit: enter, not blocked by cooldown"
    assert limit(story, "limit.blocks") == (Verdict.FAIL, reason)


def test_a_gate_that_opens_late_fails() -> None:
    story = decided(limited(), 280)
    story.events.sort(key=lambda e: (e.at, e.facts.get("action") == "enter"))
    reason = "still blocked 0s after its end"
    assert limit(story, "limit.ends") == (Verdict.FAIL, reason)


def test_a_block_by_another_gate_does_not_count() -> None:
    reason = "AAA 10s into the limit: spread, not blocked by cooldown"
    story = decided(limited(), 170, gate="spread")
    assert limit(story, "limit.blocks") == (Verdict.FAIL, reason)


def test_an_entry_that_crosses_the_limit_fails() -> None:
    story = limited().add(
        200, "order.submitted", "bot", id="x", client_order_id="x", symbol="AAA", side="buy",
        qty="1", intent="entry",
    )  # fmt: skip
    assert limit(story, "limit.blocks") == (Verdict.FAIL, "an entry crossed the limit")


def test_an_untraded_other_symbol_fails() -> None:
    story = limited().drop("order.submitted", symbol="BBB")
    assert limit(story, "limit.frees") == (Verdict.FAIL, "BBB was not traded meanwhile")


@pytest.mark.parametrize(
    ("begin", "end", "clause", "reason"),
    [
        (0, 279.9999, "limit.blocks", "AAA was never tried"),
        (280, 400, "limit.ends", "AAA was not tried after the limit"),
    ],
)
def test_a_limit_that_was_never_tried_is_vacuous(
    begin: float, end: float, clause: str, reason: str
) -> None:
    story = limited().drop("decision", begin, end, symbol="AAA")
    assert limit(story, clause) == (Verdict.VACUOUS, reason)


def test_a_limit_that_never_began_is_vacuous() -> None:
    story = Story().status(FP, "ERROR", 150)
    clauses = story.judge(limit=LIMIT)
    assert clauses["limit"].reason == "the limit never began"


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
def test_a_line_of_holds_must_hold_during_the_fault_only(begin: int, end: int, reason: str) -> None:
    result = counted(17, begin, end).judge(invariants=(MOST,))["holds.positions.count"]
    assert (result.verdict, result.reason) == (Verdict.FAIL if reason else Verdict.PASS, reason)


def test_durations_are_formatted_in_the_reason() -> None:
    line = Predicate("uw_cache.age", "<=", 2 * MINUTE, text="uw_cache.age <= 2m", type="duration")
    story = Story().change(
        "check", truth={"process.alive(feeder)": True, "uw_cache.age": 3 * MINUTE}
    )
    message = "not uw_cache.age <= 2m: it was 3m, 25s after the fault"
    assert story.judge(invariants=(line,))["holds.uw_cache.age"].reason == message


def test_a_line_that_was_never_checked_does_not_hold() -> None:
    clauses = counted(16, 0, 400).drop("check", INJECTED).judge(invariants=(MOST,))
    assert clauses["holds.positions.count"].verdict is Verdict.FAIL


def test_an_unknown_count_does_not_hold() -> None:
    clauses = Story().judge(invariants=(MOST,))
    assert clauses["holds.positions.count"].verdict is Verdict.FAIL


def test_a_count_above_the_limit_proves_the_clause() -> None:
    clauses = counted(16, 0, 400).proven(invariants=(MOST,))
    assert "crossed" in next(c for c in clauses if c.name == "holds.positions.count").killed_by
