"""The market's mood, from the premiums in the cache."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

#: The share of net premium from which the mood has a direction.
CLEAR: Final = 0.2
#: Results of `regime`, and the fallback if it fails.
MOODS: Final = ("bull", "bear", "mixed")
NEUTRAL: Final = "NEUTRAL"


def net_share(cache: Mapping[str, Any]) -> float:
    """Net over total premium of all symbols, from -1 to 1; 0 without any."""
    net = total = 0.0
    for symbol, entry in cache.items():
        if symbol.startswith("_") or not isinstance(entry, dict):
            continue
        values = entry.get("net_premium"), entry.get("total_premium")
        if all(isinstance(value, (int, float)) and math.isfinite(value) for value in values):
            net, total = net + float(values[0] or 0), total + float(values[1] or 0)
    return max(-1.0, min(1.0, net / total)) if total > 0 else 0.0


def regime(cache: Mapping[str, Any]) -> str:
    """`bull`, `bear` or `mixed`."""
    share = net_share(cache)
    return "bull" if share > CLEAR else "bear" if share < -CLEAR else "mixed"


def fit(mood: str, bullish: bool) -> float:
    """How well a direction fits the mood: 1 with it, 0 against it, 0.5 when mixed or not known."""
    if mood in ("mixed", NEUTRAL):
        return 0.5
    return 1.0 if (mood == "bull") == bullish else 0.0
