"""Clusters: several large sweeps in one symbol within ten minutes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pytest_fpharness.reference_bot.instants import epoch

WINDOW: Final = 600.0
SWEEPS: Final = 3
SWEEP_PREMIUM: Final = 100_000.0
#: A signal is acted on only while its newest sweep is younger than this, in seconds.
SIGNAL_AGE: Final = 90.0
#: The least share of the premium that must point one way.
SIGNAL_FLOOR: Final = 0.5

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Cluster:
    """A symbol's recent trades and, among them, its sweeps; `newest` is an epoch in seconds."""

    symbol: str
    trades: tuple[Row, ...]
    sweeps: tuple[Row, ...]
    newest: float
    conviction: float
    bullish: bool


def number(row: Row, name: str) -> float:
    """A numeric field, which the vendor sends as text; NaN when it is missing or no number."""
    try:
        return float(row[name])
    except (KeyError, TypeError, ValueError):
        return math.nan


def qualifies(row: Row) -> bool:
    """Whether a trade is a sweep of at least 100 000 USD of premium."""
    return bool(row.get("has_sweep")) and number(row, "total_premium") >= SWEEP_PREMIUM


def net_share(rows: tuple[Row, ...]) -> float:
    """Call minus put premium over all premium, from -1 to 1; 0 without any."""
    calls = puts = 0.0
    for row in rows:
        premium = number(row, "total_premium")
        if math.isfinite(premium):
            calls, puts = (
                (calls + premium, puts) if row.get("type") == "call" else (calls, puts + premium)
            )
    return (calls - puts) / (calls + puts) if calls + puts > 0 else 0.0


def _recent(entry: object, symbol: str, now: float) -> tuple[Row, ...]:
    rows = entry.get("flow_trades") if isinstance(entry, dict) else None
    return tuple(
        row
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict) and row.get("ticker") == symbol and 0 <= age(row, now) <= WINDOW
    )


def age(row: Row, now: float) -> float:
    """Seconds since a trade; infinite when its time cannot be read."""
    try:
        # A vendor's clock may run a moment ahead of ours.
        return max(0.0, now - epoch(row["created_at"]))
    except (KeyError, TypeError, ValueError):
        return math.inf


def find_clusters(cache: Mapping[str, Any], now: float) -> list[Cluster]:
    """The clusters of a cache, by symbol."""
    found = []
    for symbol in sorted(name for name in cache if not name.startswith("_")):
        trades = _recent(cache[symbol], symbol, now)
        sweeps = tuple(row for row in trades if qualifies(row))
        if len(sweeps) >= SWEEPS:
            newest = now - min(age(row, now) for row in sweeps)
            net = net_share(trades)
            found.append(Cluster(symbol, trades, sweeps, newest, abs(net), net > 0))
    return found


def is_signal(cluster: Cluster, now: float) -> bool:
    """Whether a cluster is young and clear enough to be acted on."""
    return now - cluster.newest < SIGNAL_AGE and cluster.conviction >= SIGNAL_FLOOR
