"""Signals of orders, positions, cycles and cooldowns."""

from __future__ import annotations

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.world.world import World
from .base import Reader, signal
from .files import content

COOLDOWN = 15 * MINUTE  # the owner's document, FP-3.7


def _count(kind: str) -> Reader:
    return lambda world, argument: world.seen[kind]


signal("orders.submitted", "Orders that the broker received.", "count")(_count("order.submitted"))
signal("orders.entries", "Entry orders that the broker received.", "count")(
    _count("order.submitted:entry")
)
signal("orders.exits", "Exit orders that the broker received.", "count")(
    _count("order.submitted:exit")
)
signal("orders.filled", "Filled orders.", "count")(_count("order.filled"))
signal("orders.rejected", "Rejected orders.", "count")(_count("order.rejected"))
signal("bot.cycles", "Trading cycles that the bot finished.", "count")(_count("cycle"))


@signal("bot.cycle_age", "Time since the bot last finished a cycle.", "duration")
def cycle_age(world: World, argument: str) -> int | None:
    last = next((e.at for e in reversed(world.timeline.events) if e.kind == "cycle"), None)
    return None if last is None else world.clock.now - last


@signal("positions.count", "Open positions at the broker.", "count")
def positions_count(world: World, argument: str) -> int:
    return len(world.alpaca.positions)


@signal("cooldown.remaining", "Remaining cooldown of the symbol.", "duration", "symbol")
def cooldown_remaining(world: World, argument: str) -> int:
    filled = (content(world, "state.cooldowns") or {}).get(argument)
    if not isinstance(filled, int | float):
        return 0
    return max(0, round(filled * SECOND) + COOLDOWN - world.clock.wall_ns_true())


@signal("cooldown.count", "Symbols in a cooldown.", "count")
def cooldown_count(world: World, argument: str) -> int:
    cooldowns = content(world, "state.cooldowns")
    return (
        sum(cooldown_remaining(world, s) > 0 for s in cooldowns)
        if isinstance(cooldowns, dict)
        else 0
    )


@signal("function.failures", "Calls of the function that failed.", "count", "function")
def function_failures(world: World, argument: str) -> int:
    return world.seen[f"function.fails:{argument}"]


@signal("scores.best", "Best score among the decisions of the bot's last cycle.", "number")
def best_score(world: World, argument: str) -> float | None:
    best: float | None = None
    at = 0
    for event in reversed(world.timeline.events):
        if best is not None and event.at < at - world.layout.cycle // 2:
            break
        score = event.facts.get("score") if event.kind == "decision" else None
        if isinstance(score, int | float):
            at = at or event.at
            best = score if best is None else max(best, score)
    return best
