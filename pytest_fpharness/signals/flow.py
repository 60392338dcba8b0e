"""Signals of the option flow: the vendor's answers, broken rows and clusters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pytest_fpharness.model.duration import MINUTE
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.world.alpaca.timestamps import parse
from pytest_fpharness.world.world import World
from .base import signal
from .files import content

#: A cluster: at least this many sweeps of at least this premium in dollars within this time, ns. The
#: values are those of the bot's configuration (CLUSTER_MIN_SWEEPS, MIN_PREMIUM_USD,
#: CLUSTER_WINDOW_SEC).
SWEEPS: Final = 3
SWEEP_PREMIUM: Final = 100_000
WINDOW: Final = 10 * MINUTE


def _answers(world: World) -> Iterator[Event]:
    """Calls of simulated processes to the vendor, the newest first."""
    for event in reversed(world.timeline.events):
        if event.kind == "http" and event.facts["role"] == "uw_api":
            yield event


@signal("uw_cache.symbols_with_trades", "Symbols in the cache with at least one trade.", "count")
def symbols_with_trades(world: World, argument: str) -> int:
    cache = content(world, "uw_cache")
    entries = cache.items() if isinstance(cache, dict) else ()
    return sum(
        isinstance(entry, dict) and bool(entry.get("flow_trades"))
        for name, entry in entries
        if not name.startswith("_")
    )


@signal(
    "uw_cache.clusters",
    "Symbols with a cluster, in the cache as the process last read it.",
    "count",
    "process",
)
def cache_clusters(world: World, argument: str) -> int | None:
    """Count clusters in the rows that the process got, damage included."""
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
    """Whether a row is valid and shows a recent, large sweep."""
    if not isinstance(row, dict) or row.get("type") not in ("call", "put"):
        return False
    try:
        at = parse(row["created_at"])
        large = float(row["total_premium"]) >= SWEEP_PREMIUM
    except (KeyError, TypeError, ValueError):
        return False
    return large and row.get("has_sweep") is True and now - at <= WINDOW


@signal(
    "uw_api.status",
    "HTTP status of the vendor's last answer; unknown if the last call failed.",
    "number",
)
def api_status(world: World, argument: str) -> int | None:
    last = next(_answers(world), None)
    return None if last is None else last.facts.get("status")


@signal("uw_api.errors", "Calls to the vendor that failed or were refused.", "count")
def api_errors(world: World, argument: str) -> int:
    return sum(event.facts.get("status") != 200 for event in _answers(world))


@signal(
    "uw_api.requests_today", "Today's requests, as counted in the vendor's last answer.", "count"
)
def requests_today(world: World, argument: str) -> int:
    return world.uw_api.reported_today


@signal("rows.malformed", "Malformed rows that the bot got so far.", "count")
def rows_malformed(world: World, argument: str) -> int:
    events = world.timeline.events
    return sum(int(e.facts["count"]) for e in events if e.kind == "rows.malformed")


@signal("bot.clusters", "Clusters in the bot's last finished cycle.", "count")
def clusters(world: World, argument: str) -> int | None:
    last = next((e for e in reversed(world.timeline.events) if e.kind == "cycle"), None)
    return None if last is None else last.facts.get("clusters")
