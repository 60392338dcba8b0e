"""Mutants of the fault itself, of gates, orders and books, and of side effects."""

from __future__ import annotations

from typing import Any

from pytest_fpharness.judge.case import Case
from pytest_fpharness.judge.invariants.files import files_of_others
from pytest_fpharness.model.duration import HOUR
from pytest_fpharness.model.timeline import Event
from .registry import Events, changed, injected, mutant


@mutant("met")
def unmet(case: Case, events: Events) -> Events:
    """The bot never meets the fault."""
    return []


@mutant("order.submitted", "order.filled")
def no_orders(case: Case, events: Events) -> Events:
    """The bot does not trade again after the fault."""
    return [e for e in events if e.at < injected(case)]


@mutant("order.submitted", "decision")
def half_back(case: Case, events: Events) -> Events:
    """With ``watch``: most symbols are ignored after the recovery."""
    if not case.plan.watch:
        return events
    since = case.marks.get("recovered", 1 << 62)
    return [e for e in events if e.at <= since or e.facts["symbol"] < "D"]


@mutant("order.filled")
def unfilled(case: Case, events: Events) -> Events:
    """No order is ever filled."""
    return []


@mutant("decision")
def open_gates(case: Case, events: Events) -> Events:
    change = lambda e: {**e.facts, "action": "enter", "gate": ""}  # noqa: E731
    return changed(events, change)


@mutant("decision")
def no_trace(case: Case, events: Events) -> Events:
    """Decisions are logged without score and trace."""
    change = lambda e: {**e.facts, "score": None, "trace": ()}  # noqa: E731
    return changed(events, change)


@mutant("decision")
def stuck_gates(case: Case, events: Events) -> Events:
    """Every gate always blocks everything."""
    gate = case.plan.limit.gate if case.plan.limit else "stuck"
    change = lambda e: {**e.facts, "action": "block", "gate": gate}  # noqa: E731
    return changed(events, change)


def _symbol(case: Case) -> str:
    """The symbol of a forged order: that of the flow, or one that is not traded."""
    return case.plan.flow.symbol if case.plan.flow else "ZZZ"


def _order(case: Case, at: int, **facts: Any) -> Event:
    base = {
        "id": f"mutant-{at}", "client_order_id": "mutant", "symbol": _symbol(case), "side": "buy",
        "qty": "1", "intent": "entry", "notional": 500.0, "sent_client_id": True,
        "type": "market", "limit_price": None,
    }  # fmt: skip
    return Event(at, "order.submitted", case.info.layout.trader, {**base, **facts})


@mutant("sample", "task.begin", "file.read", "decision", "order.submitted")
def reckless(case: Case, events: Events) -> Events:
    """Orders are sent while RED, on old data, twice, and against the bot's own decision."""
    at = case.marks.get("detected", injected(case)) + 3 * case.check
    facts = {"symbol": _symbol(case), "action": "block", "gate": "freeze", "side": "sell"}
    entered = {**facts, "action": "enter"}
    red: dict[str, Any] = {
        "readiness": "RED",
        "status": {},
        "healing": {},
        "dashboard": None,
        "truth": {},
        "began": {},
    }
    trader = case.info.layout.trader
    old = {"role": case.info.layout.data, "age": HOUR}
    return [
        *events,
        Event(at - 2, "sample", "monitor", red),
        Event(at - 1, "task.begin", trader, {"task": "cycle"}),
        Event(at, "file.read", trader, old),
        Event(at, "decision", trader, facts),
        Event(at, "decision", trader, entered),
        _order(case, at),
        _order(case, at + 1),
    ]


@mutant("books", "cycle", "order.submitted", "order.filled", "file.torn")
def cooked_books(case: Case, events: Events) -> Events:
    """A huge undecided order, filled above its size and outside the books; torn state; no record."""
    at = 1  # at the start: a bot that hangs later has no cycle in which it would show
    fill = {"id": f"mutant-{at}", "symbol": "ZZZ", "side": "buy", "qty": "9", "filled_qty": "9"}
    kept = [e._replace(facts={"booked": []}) if e.kind == "books" else e for e in events]
    kept = [e for e in kept if e.kind != "cycle" or e.at < at]
    cycle = Event(at, "cycle", case.info.layout.trader, {"ok": True})
    torn = Event(at, "file.torn", "", {"role": "state.positions"})
    filled = Event(at + 1, "order.filled", "", {**fill, "complete": True, "price": "1"})
    return [*kept, cycle, _order(case, at, qty="2", notional=1e9), filled, torn]


@mutant("order.submitted", "order.rejected")
def trapped(case: Case, events: Events) -> Events:
    """Exits are not made."""
    return [e for e in events if e.facts.get("intent") != "exit"]


@mutant("reading.acts", "escape", "secret.leaked", "file.delete")
def careless(case: Case, events: Events) -> Events:
    """Reading has effects, a key leaks, files of others are deleted, and the bot leaves the world."""
    at = injected(case) + 1
    actor = next(iter(case.monitors), "monitor")
    return [
        *events,
        *(Event(at, "file.delete", actor, {"role": role}) for role in files_of_others(case)),
        Event(at, "reading.acts", "reader", {"what": ["process.restart"]}),
        Event(at, "secret.leaked", case.info.layout.trader, {"where": "log.bot"}),
        Event(at, "escape", case.info.layout.trader, {"what": "network", "detail": "1.2.3.4"}),
    ]
