"""Validators for the bot's books, shared by the bot and the monitor.

Rows that would crash a cycle, or be read as zero shares, are invalid.
"""

from __future__ import annotations

import sys
from typing import Any, Final, TypeGuard

#: Keys that every intent needs to be followed up.
INTENT_KEYS: Final = frozenset({"symbol", "intent", "state", "sent_at", "order_id"})
#: The largest finite float.
_MOST: Final = sys.float_info.max


def is_number(value: object) -> TypeGuard[float]:
    """Whether ``value`` is a finite number; booleans are not."""
    # Not math.isfinite: it raises for integers that are too large for a float.
    return type(value) in (int, float) and -_MOST <= value <= _MOST  # type: ignore[operator]


def valid_positions(content: Any) -> bool:
    """By symbol: shares, side, average price (USD) and the epoch of the entry."""
    return isinstance(content, dict) and all(map(_is_position, content.values()))


def valid_cooldowns(content: Any) -> bool:
    """By symbol: the epoch of the last entry."""
    return isinstance(content, dict) and all(map(is_number, content.values()))


def valid_intents(content: Any) -> bool:
    """By client order id: what was sent when, and what became of it."""
    return isinstance(content, dict) and all(map(_is_intent, content.values()))


def _is_position(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and row.get("side") in ("long", "short")
        and all(is_number(row.get(name)) for name in ("qty", "avg_price", "entry_fill_ts"))
    )


def _is_intent(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and row.keys() >= INTENT_KEYS
        and row["intent"] in ("entry", "exit")
        and all(isinstance(row[name], str) and row[name] for name in ("symbol", "state"))
        and is_number(row["sent_at"])
    )
