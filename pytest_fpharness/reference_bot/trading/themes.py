"""Themes: symbols that move together, and the limit of their total cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: Maximum cost of one theme in USD.
LIMIT: Final = 1600.0
MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "semiconductors": ("NVDA", "AMD", "INTC", "QCOM"),
    "banks": ("JPM", "BAC", "GS"),
    "energy": ("XOM", "CVX"),
    "cars": ("TSLA", "F", "GM"),
}
THEMES: Final[Mapping[str, str]] = {s: theme for theme, symbols in MEMBERS.items() for s in symbols}


def exposure(costs: Mapping[str, float]) -> dict[str, float]:
    """Cost by theme in USD, from the cost by symbol; symbols without a theme are ignored."""
    dollars = dict.fromkeys(MEMBERS, 0.0)
    for symbol, cost in costs.items():
        if symbol in THEMES:
            dollars[THEMES[symbol]] += abs(cost)
    return dollars


def problem(symbol: str, cost: float, costs: Mapping[str, float]) -> str:
    """Why an entry would take its theme above the limit, or an empty string."""
    theme = THEMES.get(symbol)
    if theme is None:
        return ""
    after = exposure(costs)[theme] + cost
    return f"{theme} would hold {after:.2f} of {LIMIT:.2f}" if after > LIMIT else ""
