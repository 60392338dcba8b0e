"""Signals of the option flow: the vendor's answers, broken rows, clusters."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_fpharness.model.timeline import Event
from pytest_fpharness.signals.base import signal
from pytest_fpharness.signals.files import content
from pytest_fpharness.world.world import World


def _answers(world: World) -> Iterator[Event]:
    """Calls of simulated processes to the vendor, the newest first."""
    for event in reversed(world.timeline.events):
        if event.kind == "http" and event.facts["role"] == "uw_api":
            yield event


@signal("uw_cache.symbols_with_trades", "Symbols in the cache that have a trade.", "count")
def symbols_with_trades(world: World, argument: str) -> int:
    """Entries with a list of trades that is not empty."""
    found = content(world, "uw_cache")
    entries = found.items() if isinstance(found, dict) else ()
    return sum(
        isinstance(entry, dict) and bool(entry.get("flow_trades"))
        for name, entry in entries
        if not name.startswith("_")
    )


@signal("uw_api.status", "Status of the vendor's last answer; none if it did not answer.", "number")
def api_status(world: World, argument: str) -> int | None:
    """Of the newest call."""
    last = next(_answers(world), None)
    return None if last is None else last.facts.get("status")


@signal("uw_api.errors", "Calls to the vendor that failed or were refused.", "count")
def api_errors(world: World, argument: str) -> int:
    """Every call without a 200."""
    return sum(event.facts.get("status") != 200 for event in _answers(world))


@signal("uw_api.requests_today", "Today's requests, as the vendor last told.", "count")
def requests_today(world: World, argument: str) -> int:
    """By the header of its last answer."""
    return world.uw_api.told_today


@signal("rows.malformed", "Broken rows that were handed to the bot so far.", "count")
def rows_malformed(world: World, argument: str) -> int:
    """From the faults that broke them."""
    events = world.timeline.events
    return sum(int(e.facts["count"]) for e in events if e.kind == "rows.malformed")


@signal("bot.clusters", "Clusters in the last cycle that the bot finished.", "count")
def clusters(world: World, argument: str) -> int | None:
    """By its own record of cycles."""
    last = next((e for e in reversed(world.timeline.events) if e.kind == "cycle"), None)
    return None if last is None else last.facts.get("clusters")
