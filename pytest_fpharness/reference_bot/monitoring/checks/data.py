"""Category 1: the flow daemon, and its cache: present, fresh, with symbols."""

from __future__ import annotations

from typing import Any, Final

from pytest_fpharness.reference_bot.files import StateError
from .base import ERROR, FUTURE_SECONDS, OK, WARN, Finding, Pass, number
from .broker import when_it_matters

CACHE: Final = "data/uw_flow_cache.json"
STALE_SECONDS: Final = 600
DEAD_SECONDS: Final = 1800


def daemon_running(current: Pass) -> Finding:
    """FP-1.1: a live process has the daemon's exact arguments."""
    if current.alive("uw_flow_daemon"):
        return Finding(OK, "the daemon runs", {"daemon_alive": True})
    return Finding(ERROR, "no live daemon process", {"daemon_alive": False})


def cache_fresh(current: Pass) -> Finding:
    """FP-1.3: the cache is fresh by its own timestamp; the file's mtime is not reliable."""
    try:
        cache = current.read_dict(CACHE)
    except StateError as error:
        return Finding(ERROR, f"cache unreadable: {error}", {"cache_age": None, "symbols": 0})
    updated = last_update(cache)
    values: dict[str, Any] = {
        "cache_age": None,
        "symbols": sum(not name.startswith("_") for name in cache),
    }
    if updated is None:
        return Finding(ERROR, "the cache has no usable last_update", values)
    age = int(current.now - updated)
    values["cache_age"] = age
    if updated - current.now > FUTURE_SECONDS:
        return Finding(ERROR, f"last_update is {-age} s in the future", values)
    if current.ping().market_open is False:
        return Finding(OK, f"market closed, cache {age} s old", values)
    status = ERROR if age > DEAD_SECONDS else WARN if age > STALE_SECONDS else OK
    return Finding(status, f"cache {age} s old", values)


def last_update(cache: dict[str, Any]) -> float | None:
    """The epoch of the cache's last update, or None without a valid number."""
    metadata = cache.get("_metadata")
    return number(metadata.get("last_update")) if isinstance(metadata, dict) else None


def symbols_of(content: Any) -> list[str]:
    """The symbols of a cache: all keys that do not begin with an underscore."""
    return [name for name in content if not name.startswith("_")] if _is_cache(content) else []


def with_trades(content: Any) -> list[str]:
    """The symbols that have at least one trade."""
    return [
        name
        for name in symbols_of(content)
        if isinstance(content[name], dict) and content[name].get("flow_trades")
    ]


def cache_present(current: Pass) -> Finding:
    """FP-1.2: the cache can be read and is not empty."""
    try:
        content = current.read(CACHE)
    except StateError as error:
        values = {"cache_present": False, "symbols": 0}
        return Finding(when_it_matters(current.now), f"no cache: {error}", values)
    values = {"cache_present": True, "symbols": len(symbols_of(content))}
    if not content or not _is_cache(content):
        return Finding(when_it_matters(current.now), "the cache is empty", values)
    return Finding(OK, "the cache is present", values)


def symbols_present(current: Pass) -> Finding:
    """FP-1.4: at least one symbol with a trade."""
    try:
        content = current.read(CACHE)
    except StateError as error:
        values = {"symbols": 0, "symbols_with_trades": 0}
        return Finding(when_it_matters(current.now), f"symbols unknown: {error}", values)
    symbols, trading = symbols_of(content), with_trades(content)
    values = {"symbols": len(symbols), "symbols_with_trades": len(trading)}
    if not symbols:
        return Finding(when_it_matters(current.now), "no symbols in the cache", values)
    if not trading:
        text = f"none of {len(symbols)} symbols has a trade"
        return Finding(when_it_matters(current.now), text, values)
    return Finding(OK, f"{len(symbols)} symbols", values)


def _is_cache(content: Any) -> bool:
    return isinstance(content, dict)
