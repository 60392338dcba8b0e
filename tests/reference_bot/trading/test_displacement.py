"""At the position limit, a much better candidate replaces the weakest position."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_fpharness.reference_bot.files import read_lines
from pytest_fpharness.reference_bot.trading.books import Books
from pytest_fpharness.reference_bot.trading.broker import BrokerError
from pytest_fpharness.reference_bot.trading.displacement import Displacement
from pytest_fpharness.reference_bot.trading.gates import Candidate

NOW = 1_767_712_450.0
BETTER = Candidate("UBER", 4.5, NOW)


class FakeBroker:
    """A broker with fixed positions, one of which is gone after some requests."""

    def __init__(self, *answers: tuple[str, ...], gain: str = "-0.02") -> None:
        self.answers, self.gain = list(answers), gain

    def positions(self) -> list[dict[str, str]]:
        if not self.answers:
            raise BrokerError("no answer")
        symbols = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [{"symbol": symbol, "unrealized_plpc": self.gain} for symbol in symbols]


class FakeDesk:
    outcome = "accepted"

    def __init__(self) -> None:
        self.left: list[str] = []

    def leave(self, symbol: str, qty: float, side: str, now: float) -> str:
        self.left.append(symbol)
        return self.outcome


def row(score: Any, age: float = 120.0) -> dict[str, Any]:
    return {"qty": 2.0, "side": "long", "entry_fill_ts": NOW - age, "score": score}


def displacement(
    advantage: float = 1.0, broker: Any = None, desk: Any = None, **positions: Any
) -> Displacement:
    books = Books(positions=positions, _booked={})
    return Displacement(broker, books, desk, advantage)


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ({"A": row(3.5), "B": row(3.4)}, "B"),
        ({"A": row(3.5)}, "A"),  # exactly the advantage
        ({"A": row(3.51)}, ""),
        ({"A": row(1.0, age=119)}, ""),
        ({"A": row(None), "B": row(True), "C": row(float("nan"))}, ""),
        ({}, ""),
    ],
)
def test_the_weakest_that_is_old_and_known_enough_may_go(positions: Any, expected: str) -> None:
    assert displacement(**positions).weakest(BETTER) == expected


def test_without_an_advantage_it_is_switched_off() -> None:
    assert displacement(0.0, A=row(1.0)).weakest(BETTER) == ""


def test_what_is_on_its_way_out_makes_room_by_itself() -> None:
    books = Books(positions={"A": row(1.0)}, _booked={})
    books.intents = {"rb-A-sell-1": {"symbol": "A", "intent": "exit", "state": "sent"}}
    assert Displacement(None, books, None, 1.0).weakest(BETTER) == ""  # type: ignore[arg-type]


def test_what_has_an_order_at_work_is_not_sold_beside_it() -> None:
    held = displacement(A=row(1.0), B=row(2.0))
    assert held.weakest(BETTER, busy={"A"}) == "B"
    assert held.weakest(BETTER, busy={"A", "B"}) == ""


def test_what_is_still_bought_is_not_sold_beside_it() -> None:
    books = Books(positions={"A": row(1.0)}, _booked={})
    books.intents = {"rb-A-buy-1": {"symbol": "A", "intent": "entry", "state": "unknown"}}
    assert Displacement(None, books, None, 1.0).weakest(BETTER) == ""  # type: ignore[arg-type]


@pytest.mark.usefixtures("home")
def test_the_room_is_there_once_the_broker_shows_it() -> None:
    broker, desk = FakeBroker(("A", "B"), ("A", "B"), ("B",)), FakeDesk()
    assert displacement(broker=broker, desk=desk, A=row(3.0)).make_room(BETTER, "A", NOW)
    assert desk.left == ["A"]
    (line,) = [line for line in read_lines("logs/bot.jsonl") if line.get("event") == "displaced"]
    assert (line["symbol"], line["by"], line["score"], line["better"]) == ("A", "UBER", 3.0, 4.5)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("answers", [(("A",),), (("A",), ("A",), ("A",), ("A",), ())])
def test_a_sale_that_is_not_done_in_time_makes_no_room(answers: Any) -> None:
    broker = FakeBroker(*answers)
    assert not displacement(broker=broker, desk=FakeDesk(), A=row(3.0)).make_room(BETTER, "A", NOW)


@pytest.mark.usefixtures("home")
def test_a_sale_that_is_refused_makes_no_room() -> None:
    desk = FakeDesk()
    desk.outcome = "rejected"
    broker = FakeBroker(("A",), ())
    assert not displacement(broker=broker, desk=desk, A=row(3.0)).make_room(BETTER, "A", NOW)


@pytest.mark.parametrize("gain", ["0.01", "n/a", "nan"])
def test_a_winner_or_an_unknown_gain_is_kept(gain: str) -> None:
    broker, desk = FakeBroker(("A",), gain=gain), FakeDesk()
    assert not displacement(broker=broker, desk=desk, A=row(3.0)).make_room(BETTER, "A", NOW)
    assert desk.left == []


def test_a_broker_that_does_not_answer_makes_no_room() -> None:
    broker = FakeBroker()
    assert not displacement(broker=broker, desk=FakeDesk(), A=row(3.0)).make_room(BETTER, "A", NOW)
