"""Signals of the broker account: keys, money, limits on entries."""

from __future__ import annotations

from pytest_fpharness.signals.base import signal
from pytest_fpharness.world.world import World


@signal("broker.authorized", "The broker accepts the bot's keys.", "flag")
def authorized(world: World, argument: str) -> bool:
    """By its last answer to a look: neither 401 nor 403."""
    for event in reversed(world.timeline.events):
        facts = event.facts
        if event.kind == "http" and facts.get("role") == "broker" and "status" in facts:
            if facts["method"] == "GET":
                return facts["status"] not in (401, 403)
    return True
