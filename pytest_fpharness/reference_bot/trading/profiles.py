"""The expectancy of past trades by symbol, overall and in each market mood.

`state/profiles.json` is {SYMBOL: {trades, expectancy, regimes: {mood: {trades, expectancy}}}};
an expectancy is the mean result of a trade in units of its risk.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pytest_fpharness.reference_bot.files import MissingError, StateError, read_json
from pytest_fpharness.reference_bot.state_shapes import is_number

PATH: Final = "state/profiles.json"
#: Number of trades and minimum expectancy from there on; with fewer trades all is allowed.
STAGES: Final = ((50, 0.0), (10, -0.1))

Profiles = Mapping[str, Mapping[str, Any]]


def read_profiles() -> Profiles | None:
    """Read the profiles; empty if the file is missing, None if it cannot be read."""
    try:
        profiles: Profiles = read_json(PATH, _valid)
    except MissingError:
        return {}
    except StateError:
        return None
    return profiles


def _valid(content: Any) -> bool:
    return isinstance(content, dict) and all(isinstance(row, dict) for row in content.values())


def too_low(row: Mapping[str, Any] | None) -> str:
    """Why an expectancy is too low for its number of trades, or an empty string."""
    if not row:
        return ""
    trades, expectancy = row.get("trades"), row.get("expectancy")
    if not is_number(trades) or not is_number(expectancy):
        return "the expectancy is not a number"
    least = next((least for count, least in STAGES if trades >= count), None)
    if least is None or expectancy >= least:
        return ""
    return f"expectancy {expectancy} is below {least} after {trades} trades"


def in_mood(row: Mapping[str, Any] | None, mood: str) -> Mapping[str, Any] | None:
    """The part of a profile for one market mood."""
    moods = row.get("regimes") if row else None
    part = moods.get(mood) if isinstance(moods, dict) else None
    return part if isinstance(part, dict) else None
