"""Clauses ``recover.share``: the trading after the recovery, compared with the control run."""

from __future__ import annotations

from pytest_fpharness.model.duration import MINUTE
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import Story


def trading(count: int, *, decided: int = 0) -> Story:
    """So many symbols are entered from two cycles after the recovery on, and some only decided."""
    story = Story()
    for number in range(count):
        story.order(440 + number, f"W{number}")
    for number in range(count, count + decided):
        facts = {"side": "buy", "action": "block", "gate": "cooldown", "score": 3.0}
        story.add(440 + number, "decision", "bot", symbol=f"W{number}", **facts)
    return story.add(470, "check", truth={})


def shares(story: Story, due: int) -> dict[str, Clause]:
    story.control = trading(due)
    clauses = story.judge(watch=3 * MINUTE)
    return {name: clause for name, clause in clauses.items() if name.startswith("recover.share")}


def test_three_quarters_of_the_symbols_are_enough() -> None:
    clauses = shares(trading(6), due=8)
    assert {clause.verdict for clause in clauses.values()} == {Verdict.PASS}


def test_fewer_symbols_than_without_the_fault_are_named() -> None:
    clauses = shares(trading(5), due=8)
    message = "3 of 8 symbols were not {} in 40s: W5, W6, W7"
    assert clauses["recover.share"].reason == message.format("entered")
    assert clauses["recover.share.considered"].reason == message.format("decided about")


def test_a_blocked_symbol_counts_as_considered() -> None:
    clauses = shares(trading(5, decided=3), due=8)
    assert clauses["recover.share"].verdict is Verdict.FAIL
    assert clauses["recover.share.considered"].verdict is Verdict.PASS


def test_three_symbols_are_too_few_to_compare() -> None:
    assert {c.verdict for c in shares(trading(0), due=3).values()} == {Verdict.NOT_APPLICABLE}


def test_only_plans_with_watch_are_compared() -> None:
    story = trading(0)
    story.control = trading(8)
    assert "recover.share" not in story.judge()
    story.control = None
    assert story.judge(watch=MINUTE)["recover.share"].verdict is Verdict.NOT_APPLICABLE
