"""Category 2: the weights of the score."""

from __future__ import annotations

from typing import Any, Final

from pytest_fpharness.reference_bot.files import StateError
from pytest_fpharness.reference_bot.flow.weights import WEIGHT_NAMES, neutral_weights, valid_weights
from .base import ERROR, OK, Finding, Pass

WEIGHTS: Final = "state/signal_weights.json"


def weights_valid(current: Pass) -> Finding:
    """FP-2.1: the bot's own reader accepts the weights file."""
    try:
        content = current.read(WEIGHTS)
    except StateError as error:
        return Finding(ERROR, f"weights unreadable: {error}", {"weights": 0, "learned": False})
    valid = valid_weights(content)
    count = len(WEIGHT_NAMES) if valid else _valid_bands(content)
    learned = isinstance(content, dict) and content.get("learned") is True
    values = {"weights": count, "learned": learned}
    if not valid:
        return Finding(ERROR, f"{count} of {len(WEIGHT_NAMES)} weight bands are valid", values)
    return Finding(OK, f"{count} weight bands", values)


def _valid_bands(content: Any) -> int:
    bands = content.get("weight_bands") if isinstance(content, dict) else None
    if not isinstance(bands, dict):
        return 0
    return sum(_valid_band(name, bands.get(name)) for name in WEIGHT_NAMES)


def _valid_band(name: str, band: Any) -> bool:
    """Whether the bot's own reader accepts this band among otherwise neutral ones."""
    probe = neutral_weights()
    probe["weight_bands"][name] = band
    return valid_weights(probe)
