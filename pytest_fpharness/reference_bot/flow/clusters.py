"""Find clusters: several large sweeps in one symbol within ten minutes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_fpharness.reference_bot.instants import epoch
from .rows import row_problem

WINDOW: Final = 600.0
SWEEPS: Final = 3
SWEEP_PREMIUM: Final = 100_000.0
#: A signal is acted on only while its newest sweep is younger than this, in seconds.
SIGNAL_AGE: Final = 90.0
#: Minimum share of the premium in one direction.
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
    """A numeric field, which the vendor sends as text; NaN if it is missing or not a number."""
    value = row.get(name)
    try:
        return math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
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


def age(row: Row, now: float) -> float:
    """Seconds since a trade; infinite when its time cannot be read."""
    try:
        # A vendor's clock may run a moment ahead of ours.
        return max(0.0, now - epoch(row["created_at"]))
    except (KeyError, TypeError, ValueError):
        return math.inf


@dataclass
class Flow:
    """Clusters of a cache, and counts that explain why rows or symbols were not clustered.

    ``symbols`` counts symbols with rows, ``failed`` those without a usable row, ``flowing`` those
    whose recent premium is large enough for a signal, and ``clustered`` those that got a cluster.
    """

    clusters: list[Cluster] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    symbols: int = 0
    failed: int = 0
    flowing: int = 0
    clustered: int = 0
    unflagged: int = 0

    def record(self) -> dict[str, Any]:
        """The fields of a cycle's record that describe the flow."""
        return {
            "clusters": len(self.clusters),
            "symbols": self.symbols,
            "symbols_failed": self.failed,
            "flow": self.flowing,
            "flow_clustered": self.clustered,
            "flow_unflagged": self.unflagged,
            "row_errors": len(self.problems),
            "last_row_error": self.problems[-1] if self.problems else "",
        }


def examine(cache: Mapping[str, Any], now: float) -> Flow:
    """The clusters of a cache, by symbol; a broken row or symbol is counted and left out."""
    flow = Flow()
    for symbol in sorted(name for name in cache if not name.startswith("_")):
        try:
            _add(flow, symbol, cache[symbol], now)
        except Exception as error:  # one symbol's data must not end the clustering of the others
            flow.symbols += 1
            flow.failed += 1
            flow.problems.append(f"{symbol}: {type(error).__name__}: {error}")
    return flow


def _add(flow: Flow, symbol: str, entry: Any, now: float) -> None:
    """Add one symbol's entry; raises before anything is added."""
    rows = list(entry.get("flow_trades", ()))
    problems = [problem for row in rows if (problem := row_problem(row, symbol))]
    good = [row for row in rows if not row_problem(row, symbol)]
    cluster = _cluster(symbol, tuple(row for row in good if age(row, now) <= WINDOW), now)
    large = [row for row in rows if _may_qualify(row) and age(row, now) < SIGNAL_AGE]
    flow.problems += problems
    flow.symbols += bool(rows)
    flow.failed += bool(rows) and not good
    flow.clusters += [cluster] if cluster else []
    if len(large) >= SWEEPS:
        flow.flowing += 1
        flow.clustered += cluster is not None
        flow.unflagged += not all(isinstance(row.get("has_sweep"), bool) for row in large)


def _may_qualify(row: Any) -> bool:
    """Whether a row is large enough and not flagged as something other than a sweep."""
    is_row = isinstance(row, Mapping) and row.get("has_sweep") is not False
    return is_row and number(row, "total_premium") >= SWEEP_PREMIUM


def _cluster(symbol: str, trades: tuple[Row, ...], now: float) -> Cluster | None:
    sweeps = tuple(row for row in trades if qualifies(row))
    if len(sweeps) < SWEEPS:
        return None
    newest = now - min(age(row, now) for row in sweeps)
    net = net_share(trades)
    return Cluster(symbol, trades, sweeps, newest, abs(net), net > 0)


def is_signal(cluster: Cluster, now: float) -> bool:
    """Whether a cluster is young and clear enough to be acted on."""
    return now - cluster.newest < SIGNAL_AGE and cluster.conviction >= SIGNAL_FLOOR
