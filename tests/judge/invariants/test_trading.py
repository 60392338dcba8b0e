"""The invariants of orders, fills, books and files."""

from __future__ import annotations

import pytest

from pytest_fpharness.judge.invariants import INVARIANTS
from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.plan import Rules
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import PLAN, Edit, Story, lacking


def line(story: Story, name: str) -> Clause:
    return story.judge()[f"always.{name}"]


def begun(story: Story, at: float) -> Story:
    return story.add(at, "task.begin", "bot", task="cycle")


def busy(at: float, symbol: str = "ZZZ") -> Story:
    """A cycle that begins at ``at`` and enters."""
    return begun(Story(), at).order(at + 1, symbol)


WRONG: list[tuple[str, Edit, str]] = [
    (
        "no_entry_while_red",
        lambda s: begun(s, 195).order(196, "ZZZ"),
        "entry ZZZ while readiness was RED",
    ),
    (
        "no_entry_while_blocked",
        lambda s: s.add(
            80, "decision", "bot", symbol="S80", side="sell", action="skip", gate="direction"
        ),
        "entry S80 although direction blocked it",
    ),
    (
        "decided_entries",
        lambda s: s.drop("decision", 80, 80),
        "entry S80 without a decision to enter",
    ),
    (
        "decided_entries",
        lambda s: s.order(82, "S80").drop("decision", 82, 82),
        "S80 was ordered 2 times for one decision",
    ),
    (
        "no_entry_while_blocked",
        lambda s: s.add(
            80, "decision", "bot", symbol="S80", side="buy", action="block", gate="spread"
        ),
        "entry S80 although spread blocked it",
    ),
    (
        "no_entry_on_old_data",
        lambda s: s.change("file.read", 80, 80, age=10 * MINUTE + SECOND),
        "entry S80 on data older than 10m",
    ),
    (
        "no_entry_on_old_data",
        lambda s: s.change("file.read", 80, 80, age=None),
        "entry S80 on data older than 10m",
    ),
    (
        "one_order_per_intent",
        lambda s: s.order(82, "ZZZ", client_order_id="c-S80-80"),
        "client order id c-S80-80 was used twice",
    ),
    (
        "one_order_per_intent",
        lambda s: s.change("order.submitted", 80, 80, sent_client_id=False),
        "S80 was sent without a client order id",
    ),
    (
        "one_order_per_intent",
        lambda s: s.order(80.5, "S80"),
        "S80 was ordered again while the first order was open",
    ),
    (
        "fills_within_orders",
        lambda s: s.change("order.filled", 81, 81, filled_qty="2.01"),
        "S80: filled more than was ordered",
    ),
    (
        "fills_in_books",
        lambda s: s.change("books", booked=[]),
        "the fill of S20 is not in the bot's books",
    ),
    (
        "side_of_signal",
        lambda s: s.change("order.submitted", 80, 80, side="sell"),
        "entry S80: its decision was to buy",
    ),
    (
        "no_entry_without_score",
        lambda s: s.change("decision", 80, 80, score=float("nan")),
        "entry S80 on the score nan",
    ),
    (
        "no_entry_without_score",
        lambda s: s.change("decision", 80, 80, score=None),
        "entry S80 on the score None",
    ),
    (
        "one_cycle_one_record",
        lambda s: s.drop("cycle", 82, 82),
        "0 records for one cycle",
    ),
    (
        "one_cycle_one_record",
        lambda s: s.add(82, "cycle", "bot", ok=True),
        "2 records for one cycle",
    ),
    (
        "state_files_whole",
        lambda s: s.add(90, "file.torn", role="state.positions"),
        "state.positions was left torn",
    ),
]


@pytest.mark.parametrize(("name", "edit", "reason"), WRONG)
def test_a_violated_invariant_fails(name: str, edit: Edit, reason: str) -> None:
    assert line(Story(), name).verdict is Verdict.PASS
    story = Story()
    edit(story)
    result = line(story, name)
    assert (result.verdict, result.reason, result.question) == (Verdict.FAIL, reason, "safe")


def exits(*times: float) -> Story:
    """The bot exits what it bought at 80, at these times."""
    story = Story()
    for at in times:
        story.add(
            at, "order.submitted", "bot", id=f"x{at}", client_order_id=f"x{at}", symbol="S80",
            side="sell", qty="2", intent="exit",
        )  # fmt: skip
    return story


@pytest.mark.parametrize(
    ("made", "verdict"),
    [((), Verdict.FAIL), ((321,), Verdict.FAIL), ((320,), Verdict.PASS), ((190,), Verdict.PASS)],
)
def test_an_exit_of_the_control_run_is_made_under_the_fault(
    made: tuple[float, ...], verdict: Verdict
) -> None:
    story = exits(*made)
    story.control = exits(200)  # two cycles of slack
    result = line(story, "exits_not_blocked")
    assert result.verdict is verdict
    assert result.reason == ("" if verdict is Verdict.PASS else "the exit of S80 was not made")


def test_an_exit_that_the_broker_rejects_was_made() -> None:
    story = Story()
    story.add(200, "order.rejected", "bot", symbol="S80", side="sell", intent="exit")
    story.control = exits(200)
    assert line(story, "exits_not_blocked").verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("made", "reason"), [((), "the exit of S80 was not made"), ((400,), ""), ((330,), "")]
)
def test_an_exit_that_fell_due_meanwhile_is_made_after_the_recovery(
    made: tuple[float, ...], reason: str
) -> None:
    story = exits(*made)
    story.control = exits(200)
    assert story.judge(rules=Rules())["always.exits_not_blocked"].reason == reason


@pytest.mark.parametrize("due", [True, False])
def test_exits_go_on_where_only_entries_stop(due: bool) -> None:
    story = Story().drop("fault.clear")  # it never recovered
    story.control = exits(200)
    result = story.judge(rules=Rules(exits_continue=due))["always.exits_not_blocked"]
    assert result.verdict is (Verdict.FAIL if due else Verdict.NOT_APPLICABLE)


def test_exits_are_not_judged_without_an_exit_in_the_control_run() -> None:
    story = Story()
    story.control = Story()
    assert line(story, "exits_not_blocked").verdict is Verdict.NOT_APPLICABLE


def test_every_invariant_is_tested_here() -> None:
    others = {"exits_not_blocked", "entries_sized_as_before", "entries_priced_as_before"}
    assert {name for name, _, _ in WRONG} | others | {"others_files_kept"} == set(INVARIANTS)


# -- what is allowed ------------------------------------------------------------------------------


def test_an_entry_whose_task_began_before_red_is_allowed() -> None:
    story = begun(Story(), 149).order(151, "ZZZ")
    assert line(story, "no_entry_while_red").verdict is Verdict.PASS


def test_data_of_exactly_the_limit_are_not_too_old() -> None:
    story = Story().change("file.read", 80, 80, age=10 * MINUTE)
    assert line(story, "no_entry_on_old_data").verdict is Verdict.PASS


def test_a_block_of_an_earlier_task_does_not_bind() -> None:
    blocked = {"symbol": "S80", "side": "buy", "action": "block", "gate": "spread"}
    story = Story().add(20, "decision", "bot", **blocked)
    assert line(story, "no_entry_while_blocked").verdict is Verdict.PASS


def test_a_second_order_after_the_first_is_done_is_allowed() -> None:
    story = Story().order(82, "S80")
    assert line(story, "one_order_per_intent").verdict is Verdict.PASS


def test_a_fill_that_the_bot_could_not_know_of_need_not_be_booked() -> None:
    story = Story().change("books", booked=[]).drop("http")
    assert line(story, "fills_in_books").verdict is Verdict.PASS


def test_the_books_may_be_two_cycles_late() -> None:
    story = Story()
    facts = ["o-S20-20"]
    story.change("books", 20, 130, booked=[]).change("books", 140, 150, booked=facts)
    assert "S20" not in line(story, "fills_in_books").reason


def test_a_target_without_books_is_not_judged_by_them() -> None:
    story = Story().change("books", booked=[])
    result = story.judge(PLAN, lacking("books"))["always.fills_in_books"]
    assert result.verdict is Verdict.NOT_APPLICABLE
