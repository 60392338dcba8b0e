"""Lines that compare with the control: files of others, and the trading after the recovery."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.events import Kind
from pytest_fpharness.model.plan import HealRule, Injection
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import PLAN, Story

OTHERS = "always.others_files_kept"


# -- files of others ------------------------------------------------------------------------------


def files(story: Story) -> Story:
    """The bot reads freezes and writes positions; the monitor writes health, which the bot reads."""
    story.add(30, "file.read", "bot", role="freezes").add(31, "file.write", "bot", role="positions")
    story.add(32, "file.write", "monitor", role="health").add(33, "file.read", "bot", role="health")
    return story.add(34, "file.read", "monitor", role="memory")


def compared(story: Story) -> Story:
    story.control = files(Story())
    return files(story)


def test_what_happens_later_than_the_control_run_is_not_compared() -> None:
    story = compared(Story()).add(500, "file.write", "monitor", role="freezes")
    assert story.judge()[OTHERS].verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("at", "kind", "actor", "role", "reason"),
    [
        (140, "file.write", "monitor", "freezes", "wrote freezes, which bot uses"),
        (140, "file.delete", "monitor", "positions", "deleted positions, which bot uses"),
        (140, "file.write", "bot", "positions", ""),
        (140, "file.write", "monitor", "health", ""),  # as without the fault
        (140, "file.write", "monitor", "memory", ""),  # nobody else's
        (140, "file.write", "monitor", "log.bot", ""),
        (130, "file.write", "monitor", "freezes", ""),  # before the fault
    ],
)
def test_a_monitor_writes_no_file_of_others(
    at: float, kind: Kind, actor: str, role: str, reason: str
) -> None:
    story = compared(Story()).add(at, kind, actor, role=role)
    said = f"monitor {reason} and which was not broken" if reason else ""
    assert story.judge()[OTHERS].reason == said


@pytest.mark.parametrize(
    "changes",
    [
        {"heal": HealRule("auto", rewrite="freezes")},
        {"inject": (Injection("file.corrupt", {"file": "freezes"}),)},
    ],
)
def test_what_is_broken_may_be_mended(changes: Any) -> None:
    story = compared(Story()).add(140, "file.write", "monitor", role="freezes")
    assert story.judge(**changes)[OTHERS].verdict is Verdict.PASS


def test_without_files_of_others_there_is_nothing_to_keep() -> None:
    story = Story()
    assert story.judge()[OTHERS].verdict is Verdict.NOT_APPLICABLE
    story.control = Story().drop("file.read")
    assert story.judge()[OTHERS].verdict is Verdict.NOT_APPLICABLE


# -- the trading after the recovery ---------------------------------------------------------------


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
    found = story.judge(watch=3 * MINUTE)
    return {name: clause for name, clause in found.items() if name.startswith("recover.share")}


def test_three_quarters_of_the_symbols_are_enough() -> None:
    clauses = shares(trading(6), due=8)
    assert {clause.verdict for clause in clauses.values()} == {Verdict.PASS}


def test_fewer_symbols_than_without_the_fault_are_named() -> None:
    clauses = shares(trading(5), due=8)
    said = "3 of 8 symbols were not {} in 40s: W5, W6, W7"
    assert clauses["recover.share"].reason == said.format("entered")
    assert clauses["recover.share.considered"].reason == said.format("decided about")


def test_what_is_blocked_with_a_reason_is_still_considered() -> None:
    clauses = shares(trading(5, decided=3), due=8)
    assert clauses["recover.share"].verdict is Verdict.FAIL
    assert clauses["recover.share.considered"].verdict is Verdict.PASS


def test_three_symbols_say_nothing() -> None:
    assert {c.verdict for c in shares(trading(0), due=3).values()} == {Verdict.NOT_APPLICABLE}


def test_only_who_is_watched_is_compared() -> None:
    story = trading(0)
    story.control = trading(8)
    assert "recover.share" not in story.judge()
    story.control = None
    assert story.judge(watch=MINUTE)["recover.share"].verdict is Verdict.NOT_APPLICABLE


def test_a_watched_run_goes_on() -> None:
    from pytest_fpharness.judge.deadlines import is_over
    from pytest_fpharness.model.layout import Layout

    story = Story().case(PLAN, watch=8 * MINUTE)
    end = story.marks["recovered"] + 8 * MINUTE
    assert not is_over(story.plan, story.marks, end - SECOND, Layout())
    assert is_over(story.plan, story.marks, end, Layout())
