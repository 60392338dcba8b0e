"""Category 1: the flow cache exists and has symbols."""

from __future__ import annotations

from typing import Any

from pytest_fpharness.reference_bot.files import StateError
from .base import OK, Finding, Pass
from .broker import when_it_matters
from .data import CACHE


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
