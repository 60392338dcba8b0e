"""Validate rows of the vendor's option flow, for the daemon and the bot."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pytest_fpharness.reference_bot.instants import epoch


def row_problem(row: object, symbol: str = "") -> str:
    """Why a row cannot be used, or an empty string; with ``symbol`` it must be of that symbol.

    Numbers come as text (the vendor's OpenAPI file); a strike may be missing, but must be a number.
    """
    if not isinstance(row, Mapping):
        return f"a row is {type(row).__name__}"
    ticker = row.get("ticker")
    if not isinstance(ticker, str) or not ticker:
        return "ticker is missing"
    if symbol and ticker != symbol:
        return f"{symbol}: a row of {ticker}"
    for problem in (_kind(row), _time(row), _number(row, "total_premium")):
        if problem:
            return f"{ticker}: {problem}"
    strike = _number(row, "strike") if row.get("strike") is not None else ""
    return f"{ticker}: {strike}" if strike else ""


def _kind(row: Mapping[str, object]) -> str:
    kind = row.get("type")
    return "" if kind in ("call", "put") else f"type is {kind!r}"


def _time(row: Mapping[str, object]) -> str:
    at = row.get("created_at")
    try:
        epoch(at if isinstance(at, str) else "")
    except ValueError:
        return f"created_at is {at!r}"
    return ""


def _number(row: Mapping[str, object], name: str) -> str:
    raw = row.get(name)
    try:
        value = math.nan if isinstance(raw, bool) else float(raw)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return f"{name} is {raw!r}"
    return "" if math.isfinite(value) else f"{name} is {raw!r}"
