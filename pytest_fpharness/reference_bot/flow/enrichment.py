"""Compute 19 features of a cluster, from 0 to 1; a feature without data is neutral, 0.5."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from .clusters import Cluster, Row, number

NEUTRAL_FEATURE: Final = 0.5
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


def _clip(value: float) -> float:
    """Clip to 0..1; NaN stays, it means "unknown"."""
    return value if math.isnan(value) else max(0.0, min(1.0, value))


def _mean(values: list[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan


def _share(rows: tuple[Row, ...], name: str) -> float:
    known = [row[name] for row in rows if isinstance(row.get(name), bool)]
    return sum(known) / len(known) if known else math.nan


def _premium(cluster: Cluster) -> float:
    return sum(number(row, "total_premium") for row in cluster.sweeps)


def _ask_side(cluster: Cluster) -> float:
    shares = [
        number(row, "total_ask_side_prem") / (number(row, "total_premium") or math.nan)
        for row in cluster.sweeps
    ]
    return _mean(shares)


def _repeated(cluster: Cluster) -> float:
    rules = [row["alert_rule"] for row in cluster.sweeps if isinstance(row.get("alert_rule"), str)]
    return sum(r.startswith("RepeatedHits") for r in rules) / len(rules) if rules else math.nan


def _days(row: Row, newest: float) -> float:
    try:
        days = date.fromisoformat(row["expiry"]).toordinal() - _EPOCH_DAY
    except (KeyError, TypeError, ValueError):
        return math.nan
    return days - newest // 86_400


def _moneyness(row: Row) -> float:
    spot, strike = number(row, "underlying_price"), number(row, "strike")
    return abs(strike / spot - 1) if spot > 0 else math.nan


def _most_common(cluster: Cluster, name: str) -> float:
    values: list[str] = [r[name] for r in cluster.sweeps if isinstance(r.get(name), str)]
    if not values:
        return math.nan
    most = max(values.count(value) for value in values)
    return most / len(values)


def _agreement(cluster: Cluster) -> float:
    calls = [row.get("type") for row in cluster.sweeps].count("call") / len(cluster.sweeps)
    return calls if cluster.bullish else 1 - calls


def _move(cluster: Cluster) -> float:
    """The underlying's move over the cluster, 0.5 for none, 1 for +0.5 % in its direction."""
    first = number(cluster.sweeps[0], "underlying_price")
    last = number(cluster.sweeps[-1], "underlying_price")
    if not (first > 0 and last > 0):
        return math.nan
    return 0.5 + (last / first - 1) * (100 if cluster.bullish else -100)


#: The features by the name of their weight; each takes the cluster only.
FEATURES: Final[Mapping[str, Callable[[Cluster], float]]] = {
    "net_premium": lambda c: c.conviction,
    "premium_size": lambda c: _premium(c) / 2_000_000,
    "sweep_count": lambda c: len(c.sweeps) / 4,
    "sweep_share": lambda c: len(c.sweeps) / len(c.trades),
    "ask_side": _ask_side,
    "repeated_hits": _repeated,
    "volume_to_open_interest": lambda c: _mean([number(r, "volume_oi_ratio") for r in c.sweeps]),
    "opening_trades": lambda c: _share(c.sweeps, "all_opening_trades"),
    "trade_count": lambda c: _mean([number(r, "trade_count") for r in c.sweeps]) / 12,
    "single_leg": lambda c: _share(c.sweeps, "has_singleleg"),
    "floor_trades": lambda c: _share(c.sweeps, "has_floor"),
    "expiry_distance": lambda c: 1 - _mean([_days(r, c.newest) for r in c.sweeps]) / 60,
    "expiry_agreement": lambda c: _most_common(c, "expiry"),
    "moneyness": lambda c: 1 - _mean([_moneyness(r) for r in c.sweeps]) * 5,
    "strike_focus": lambda c: _most_common(c, "strike"),
    "block_size": lambda c: _mean([number(r, "total_size") for r in c.sweeps]) / 500,
    "direction_agreement": _agreement,
    "persistence": lambda c: len({str(r.get("created_at"))[:16] for r in c.sweeps}) / 3,
    "price_context": _move,
}


def enrich(cluster: Cluster) -> tuple[dict[str, float], list[str]]:
    """The features of a cluster, and the names of those whose data was missing."""
    features = {name: _clip(feature(cluster)) for name, feature in FEATURES.items()}
    missing = [name for name, feature in features.items() if math.isnan(feature)]
    return {**features, **dict.fromkeys(missing, NEUTRAL_FEATURE)}, missing
