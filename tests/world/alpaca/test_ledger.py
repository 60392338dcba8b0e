"""The ledger's laws, tried with random orders, controls and waits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fpharness.world.alpaca.model import TERMINAL, Position
from tests.support.alpaca_bench import Bench

SYMBOLS = ("AAPL", "MSFT")
CONTROLS = ("never", "half", "late", "reject", "cancel", "stuck", "close", "shut", "lift")

orders = st.fixed_dictionaries(
    {
        "symbol": st.sampled_from(SYMBOLS),
        "side": st.sampled_from(("buy", "sell")),
        "qty": st.integers(1, 9),
        "limit": st.sampled_from((None, 49, 50, 51)),
        "force": st.sampled_from(("day", "gtc", "ioc")),
    }
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("order"), orders),
        st.tuples(st.just("wait"), st.sampled_from((0.05, 0.05, 1, 3, 20, 20_000))),
        st.tuples(st.just("control"), st.sampled_from(CONTROLS)),
        st.tuples(st.sampled_from(("cancel", "replace")), st.integers(0, 2)),
    ),
    min_size=3,
    max_size=25,
)


#: A position to begin with, so that sells have something to sell.
BEGINNING: list[tuple[str, Any]] = [
    ("order", {"symbol": "AAPL", "side": "buy", "qty": 8, "limit": None, "force": "day"}),
    ("wait", 3),
]


class World:
    """A bench and its held controls; `do` takes one random step."""

    def __init__(self) -> None:
        self.bench = Bench(prices=lambda symbol, ns: 50 + ns // 10**9 % 3)
        self.held: list[Any] = []
        self.terminal: dict[str, tuple[str, Decimal]] = {}
        self.free: list[Decimal] = []

    def do(self, kind: str, what: Any) -> None:
        getattr(self, f"do_{kind}")(what)
        self.look()

    def do_wait(self, seconds: float) -> None:
        self.bench.wait(seconds)

    def do_order(self, o: Any) -> None:
        limit = {"type": "limit", "limit_price": str(o["limit"])} if o["limit"] else {}
        self.bench.post(o["symbol"], o["side"], o["qty"], time_in_force=o["force"], **limit)

    def do_cancel(self, index: int) -> None:
        for o in self.bench.fake.orders[-1 - index :][:1]:
            self.bench.call("DELETE", f"orders/{o.id}")

    def do_replace(self, index: int) -> None:
        for o in self.bench.fake.orders[-1 - index :][:1]:
            self.bench.wait(0.05)
            self.bench.call("PATCH", f"orders/{o.id}", {"qty": str(index + 2)})

    def do_control(self, name: str) -> None:
        fake = self.bench.fake
        if name == "lift":
            for control in self.held:
                control.lift()
            return
        make: dict[str, Any] = {
            "never": lambda: fake.never_fill("AAPL"),
            "half": lambda: fake.fill_partially(0.5),
            "late": lambda: fake.fill_after(90 * 10**9),
            "reject": lambda: fake.reject_orders("wash_trade", times=1, asynchronous=True),
            "cancel": lambda: fake.cancel_orders("MSFT"),
            "stuck": lambda: fake.refuse_cancel(stuck=True),
            "close": lambda: fake.close_position("AAPL"),
            "shut": fake.close_market,
        }
        self.held.append(make[name]())

    def look(self) -> None:
        ledger = self.bench.fake.ledger
        self.free += [abs(ledger.held(s)) - ledger.reserved(s) for s in SYMBOLS]
        for o in self.bench.fake.orders:
            before = self.terminal.get(o.id)
            assert before in (None, (o.status, o.filled_qty))
            if o.status in TERMINAL:
                self.terminal[o.id] = (o.status, o.filled_qty)


def played(plan: list[tuple[str, Any]]) -> World:
    world = World()
    for kind, what in [*BEGINNING, *plan]:
        world.do(kind, what)
    return world


tried = settings(max_examples=100, deadline=None, derandomize=True, database=None)


@tried
@given(steps)
def test_no_order_fills_beyond_its_quantity(plan: Any) -> None:
    for o in played(plan).bench.fake.orders:
        assert o.qty is not None
        assert 0 <= o.filled_qty <= o.qty
        assert (o.filled_qty == o.qty) == (o.status == "filled")


@tried
@given(steps)
def test_a_position_is_the_sum_of_fills_and_of_what_was_moved(plan: Any) -> None:
    fake = played(plan).bench.fake
    for symbol in SYMBOLS:
        signed = [f.qty if f.side == "buy" else -f.qty for f in fake.fills if f.symbol == symbol]
        expected = sum(signed, fake.ledger.adopted.get(symbol, Decimal(0)))
        held = fake.positions.get(symbol)
        assert (held.qty if held else 0) == expected


@tried
@given(steps.filter(lambda plan: ("control", "close") not in plan))
def test_cash_changes_by_fills_only(plan: Any) -> None:
    fake = played(plan).bench.fake
    spent = sum(f.qty * f.price * (1 if f.side == "buy" else -1) for f in fake.fills)
    assert fake.ledger.cash == 50_000 - spent


@tried
@given(steps)
def test_an_order_is_live_until_it_is_terminal(plan: Any) -> None:
    fake = played(plan).bench.fake
    assert set(fake.ledger.live) == {o.id for o in fake.orders if o.status not in TERMINAL}
    assert not any(o.due for o in fake.orders if o.status in TERMINAL)


@tried
@given(steps)
def test_no_more_is_ever_being_closed_than_is_held(plan: Any) -> None:
    assert all(free >= 0 for free in played(plan).free)


@tried
@given(steps)
def test_nothing_stays_due_in_the_past(plan: Any) -> None:
    world = played(plan)
    due = world.bench.fake.next_due()
    assert due is None or due > world.bench.time


@tried
@given(steps)
def test_looking_often_and_looking_once_give_the_same_books(plan: Any) -> None:
    world, rare = played(plan), played(plan)
    for _ in range(40):
        world.bench.wait(100)
        world.bench.fake.settle()
    rare.bench.wait(4000)
    assert list(world.bench.fake.fills) == list(rare.bench.fake.fills)


def test_a_reduction_keeps_the_average_and_a_flip_starts_a_new_one() -> None:
    held = Position("AAPL", Decimal(0), Decimal(0))
    averages = []
    for change, price in ((10, 100), (10, 110), (-5, 200), (-20, 130), (2, 50)):
        held.add(Decimal(change), Decimal(price))
        averages.append((held.qty, held.average))
    expected = [(10, 100), (20, 105), (15, 105), (-5, 130), (-3, 130)]
    assert averages == [(Decimal(qty), Decimal(average)) for qty, average in expected]


def test_the_random_plans_reach_fills_refusals_cancels_and_expiries() -> None:
    seen: set[str] = set()

    @tried
    @given(steps)
    def play(plan: Any) -> None:
        seen.update(played([*plan, ("wait", 20_000)]).bench.kinds())

    play()
    assert seen >= {f"order.{k}" for k in ("filled", "rejected", "canceled", "expired", "replaced")}
