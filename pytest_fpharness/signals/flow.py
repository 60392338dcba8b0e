"""Signals of the option flow: the vendor's answers, broken rows, clusters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pytest_fpharness.model.duration import MINUTE
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.signals.base import signal
from pytest_fpharness.signals.files import content
from pytest_fpharness.world.alpaca.timestamps import parse
from pytest_fpharness.world.world import World

#: A cluster, as the bot of the owner's document is configured: so many sweeps of so many dollars
#: within this time (CLUSTER_MIN_SWEEPS, MIN_PREMIUM_USD, CLUSTER_WINDOW_SEC).
SWEEPS: Final = 3
SWEEP_PREMIUM: Final = 100_000
WINDOW: Final = 10 * MINUTE


def _answers(world: World) -> Iterator[Event]:
    """Calls of simulated processes to the vendor, the newest first."""
    for event in reversed(world.timeline.events):
        if event.kind == "http" and event.facts["role"] == "uw_api":
            yield event


@signal("uw_cache.symbols_with_trades", "Symbols in the cache that have a trade.", "count")
def symbols_with_trades(world: World, argument: str) -> int:
    """Entries with a list of trades that is not empty."""
    cache = content(world, "uw_cache")
    entries = cache.items() if isinstance(cache, dict) else ()
    return sum(
        isinstance(entry, dict) and bool(entry.get("flow_trades"))
        for name, entry in entries
        if not name.startswith("_")
    )


@signal(
    "uw_cache.clusters",
    "Symbols whose flow makes a cluster, in the cache as the process last read it.",
    "count",
    "process",
)
def cache_clusters(world: World, argument: str) -> int | None:
    """Three sweeps of 100 000 USD in ten minutes, counted in the rows that it was given."""
    now, cache = world.files.last_read.get(("uw_cache", argument), (0, None))
    if not isinstance(cache, dict):
        return None
    entries = [entry for name, entry in cache.items() if not name.startswith("_")]
    lists = [entry.get("flow_trades") for entry in entries if isinstance(entry, dict)]
    return sum(
        sum(_is_sweep(row, now) for row in rows) >= SWEEPS
        for rows in lists
        if isinstance(rows, list)
    )


def _is_sweep(row: Any, now: int) -> bool:
    """Whether it is a whole row of a young and large sweep."""
    if not isinstance(row, dict) or row.get("type") not in ("call", "put"):
        return False
    try:
        at = parse(row["created_at"])
        large = float(row["total_premium"]) >= SWEEP_PREMIUM
    except (KeyError, TypeError, ValueError):
        return False
    return large and row.get("has_sweep") is True and now - at <= WINDOW


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
