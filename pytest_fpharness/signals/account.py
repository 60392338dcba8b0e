"""Signals of the broker account: keys, money, limits on entries."""

from __future__ import annotations

from pytest_fpharness.signals.base import signal
from pytest_fpharness.signals.files import content
from pytest_fpharness.world.books import books_agree
from pytest_fpharness.world.world import World


@signal("broker.authorized", "The broker accepts the bot's keys.", "flag")
def authorized(world: World, argument: str) -> bool:
    """By its last answer to a look: neither 401 nor 403."""
    looks = (e.facts for e in reversed(world.timeline.events) if e.kind == "http")
    for facts in looks:
        if facts.get("role") == "broker" and facts["method"] == "GET" and "status" in facts:
            return bool(facts["status"] not in (401, 403))
    return True


@signal("account.buying_power", "What the account may spend, in dollars.", "number")
def buying_power(world: World, argument: str) -> float:
    """As the broker would answer."""
    return float(str(world.alpaca.account["buying_power"]))


@signal("positions.differing", "Symbols moved by no order, and not so in the books.", "count")
def differing(world: World, argument: str) -> int:
    """The broker's ledger against the role state.positions."""
    return sum(not books_agree(world, symbol) for symbol in world.alpaca.ledger.adopted)


@signal("orders.most_in_cycle", "The most entries that one bot cycle sent so far.", "count")
def most_in_cycle(world: World, argument: str) -> int:
    """By the tasks of the process that sends them."""
    most = count = 0
    for event in world.timeline.events:
        if event.kind == "task.begin" and event.facts.get("task") == "cycle":
            count = 0
        elif event.kind == "order.submitted" and event.facts.get("intent") == "entry":
            count += 1
            most = max(most, count)
    return most


@signal("orders.in_last_cycle", "Entries that the last bot cycle sent.", "count")
def in_last_cycle(world: World, argument: str) -> int:
    """By the tasks of the process that sends them."""
    count = 0
    for event in reversed(world.timeline.events):
        if event.kind == "task.begin" and event.facts.get("task") == "cycle":
            break
        entry = event.kind == "order.submitted" and event.facts.get("intent") == "entry"
        count += entry
    return count


@signal("decisions.blocked", "Candidates that a gate blocked.", "count", "text")
def blocked(world: World, argument: str) -> int:
    """By the bot's own log of decisions."""
    return sum(
        event.facts["action"] == "block" and event.facts["gate"] == argument
        for event in world.timeline.events
        if event.kind == "decision"
    )


@signal("position.qty", "Shares of a symbol that the account holds.", "number", "symbol")
def position_qty(world: World, argument: str) -> float:
    """From the broker's ledger."""
    held = world.alpaca.positions.get(argument)
    return float(held.qty) if held else 0.0


@signal("positions.cost", "What the positions in these symbols cost, in dollars.", "number", "text")
def positions_cost(world: World, argument: str) -> float:
    """From the broker's ledger; symbols with a plus between them."""
    held = world.alpaca.positions
    rows = [held[symbol] for symbol in argument.split("+") if symbol in held]
    return float(sum(abs(row.cost) for row in rows))


@signal("threshold.raised", "By how much the threshold of the score is raised.", "number")
def raised(world: World, argument: str) -> float:
    """Of the role state.threshold."""
    threshold = content(world, "state.threshold")
    return float(threshold.get("raised_by") or 0) if isinstance(threshold, dict) else 0.0
