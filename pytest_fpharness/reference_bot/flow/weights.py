"""The 21 adaptive weights of the score: names, neutral values and validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pytest_fpharness.reference_bot.state_shapes import is_number

PATH: Final = "state/signal_weights.json"

#: Neutral weight by name. With every feature at 1 the score would be about 4.9.
NEUTRAL: Final[Mapping[str, float]] = {
    "net_premium": 0.60,
    "premium_size": 0.50,
    "sweep_count": 0.35,
    "sweep_share": 0.25,
    "ask_side": 0.40,
    "repeated_hits": 0.25,
    "volume_to_open_interest": 0.25,
    "opening_trades": 0.15,
    "trade_count": 0.20,
    "single_leg": 0.15,
    "floor_trades": 0.10,
    "expiry_distance": 0.15,
    "expiry_agreement": 0.10,
    "moneyness": 0.20,
    "strike_focus": 0.10,
    "block_size": 0.15,
    "direction_agreement": 0.30,
    "persistence": 0.15,
    "recency": 0.25,
    "regime_fit": 0.20,
    "price_context": 0.10,
}
WEIGHT_NAMES: Final = tuple(NEUTRAL)

#: Bounds of a learned weight, as multiples of its neutral value.
LOWEST: Final = 0.25
HIGHEST: Final = 2.5


def _valid_band(name: str, band: object) -> bool:
    if not isinstance(band, dict):
        return False
    keys = ("min", "current", "max", "neutral")
    if not all(is_number(band.get(key)) for key in keys):
        return False
    low, current, high = band["min"], band["current"], band["max"]
    neutral = NEUTRAL[name]
    return bool(low <= current <= high and LOWEST * neutral <= current <= HIGHEST * neutral)


def valid_weights(content: Any) -> bool:
    """Whether there are exactly the 21 bands, each with a usable current weight."""
    if not isinstance(content, dict):
        return False
    bands = content.get("weight_bands")
    if not isinstance(bands, dict) or set(bands) != set(WEIGHT_NAMES):
        return False
    return all(_valid_band(name, band) for name, band in bands.items())


def neutral_weights() -> dict[str, Any]:
    """Content of a weights file without learned weights."""
    bands = {name: _band(neutral, neutral) for name, neutral in NEUTRAL.items()}
    return {"weight_bands": bands, "learned": False, "updated_at": 0}


def learned_weights(now: float) -> dict[str, Any]:
    """Content of a weights file after some weeks of learning: slightly off neutral."""
    bands = {
        name: _band(round(neutral * (1.06 if i % 2 else 0.97), 4), neutral)
        for i, (name, neutral) in enumerate(NEUTRAL.items())
    }
    return {"weight_bands": bands, "learned": True, "updated_at": now}


def _band(current: float, neutral: float) -> dict[str, float]:
    low, high = round(LOWEST * neutral, 4), round(HIGHEST * neutral, 4)
    return {"current": current, "min": low, "max": high, "neutral": neutral}


def current_weights(content: Mapping[str, Any]) -> dict[str, float]:
    """The weights in use, by name, of a valid content."""
    return {name: float(band["current"]) for name, band in content["weight_bands"].items()}
