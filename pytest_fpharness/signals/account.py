"""Signals of the broker account: keys, money, positions and entries."""

from __future__ import annotations

from pytest_fpharness.world.books import books_agree
from pytest_fpharness.world.world import World
from .base import signal
from .files import content


@signal("broker.authorized", "The broker accepts the bot's keys.", "flag")
def authorized(world: World, argument: str) -> bool:
    """Whether its last answer to a GET was neither 401 nor 403."""
    looks = (e.facts for e in reversed(world.timeline.events) if e.kind == "http")
    for facts in looks:
        if facts.get("role") == "broker" and facts["method"] == "GET" and "status" in facts:
            return bool(facts["status"] not in (401, 403))
    return True


@signal("account.buying_power", "Buying power of the account, in dollars.", "number")
def buying_power(world: World, argument: str) -> float:
    return float(str(world.alpaca.account["buying_power"]))


@signal(
    "positions.differing",
    "Symbols whose position changed without an order and differs from the bot's books.",
    "count",
)
def differing(world: World, argument: str) -> int:
    """Compare the broker's ledger with the file role state.positions."""
    return sum(not books_agree(world, symbol) for symbol in world.alpaca.ledger.adopted)


@signal("orders.most_in_cycle", "Largest number of entry orders in one cycle of the bot.", "count")
def most_in_cycle(world: World, argument: str) -> int:
    most = count = 0
    for event in world.timeline.events:
        if event.kind == "task.begin" and event.facts.get("task") == "cycle":
            count = 0
        elif event.kind == "order.submitted" and event.facts.get("intent") == "entry":
            count += 1
            most = max(most, count)
    return most


@signal("orders.in_last_cycle", "Entry orders in the bot's last cycle.", "count")
def in_last_cycle(world: World, argument: str) -> int:
    count = 0
    for event in reversed(world.timeline.events):
        if event.kind == "task.begin" and event.facts.get("task") == "cycle":
            break
        entry = event.kind == "order.submitted" and event.facts.get("intent") == "entry"
        count += entry
    return count


@signal("decisions.blocked", "Candidates that this gate blocked.", "count", "text")
def blocked(world: World, argument: str) -> int:
    return sum(
        event.facts["action"] == "block" and event.facts["gate"] == argument
        for event in world.timeline.events
        if event.kind == "decision"
    )


@signal(
    "position.qty", "Shares of the symbol in the account, negative when short.", "number", "symbol"
)
def position_qty(world: World, argument: str) -> float:
    held = world.alpaca.positions.get(argument)
    return float(held.qty) if held else 0.0


@signal(
    "positions.cost",
    "Cost of the positions in these symbols (AAPL+MSFT), in dollars.",
    "number",
    "text",
)
def positions_cost(world: World, argument: str) -> float:
    held = world.alpaca.positions
    rows = [held[symbol] for symbol in argument.split("+") if symbol in held]
    return float(sum(abs(row.cost) for row in rows))


@signal("threshold.raised", "Amount by which the score threshold is raised.", "number")
def raised(world: World, argument: str) -> float:
    threshold = content(world, "state.threshold")
    return float(threshold.get("raised_by") or 0) if isinstance(threshold, dict) else 0.0
