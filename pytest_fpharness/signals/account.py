"""Signals of the broker account: keys, money, limits on entries."""

from __future__ import annotations

from pytest_fpharness.signals.base import signal
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
