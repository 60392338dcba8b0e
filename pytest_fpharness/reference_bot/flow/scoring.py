"""Score a cluster: the sum of 21 features from 0 to 1, each times its adaptive weight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .clusters import WINDOW, Cluster
from .enrichment import enrich
from .regime import fit

#: Minimum score of an entry.
THRESHOLD: Final = 2.7


def features(
    cluster: Cluster, mood: str, now: float, enriched: Mapping[str, float] | None = None
) -> dict[str, float]:
    """All 21 features of a cluster at ``now``; ``enriched`` has 19 of them if already computed."""
    values = dict(enrich(cluster)[0] if enriched is None else enriched)
    values["recency"] = max(0.0, min(1.0, 1 - (now - cluster.newest) / WINDOW))
    values["regime_fit"] = fit(mood, cluster.bullish)
    return values


def score(
    cluster: Cluster,
    mood: str,
    weights: Mapping[str, float],
    now: float,
    enriched: Mapping[str, float] | None = None,
) -> float:
    """The weighted sum of the features; raises KeyError when a feature has no weight."""
    return round(
        sum(
            weights[name] * value for name, value in features(cluster, mood, now, enriched).items()
        ),
        4,
    )
