"""Guards: reasons to enter nothing in a cycle. Whatever cannot be read blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pytest_fpharness.reference_bot.files import (
    MissingError,
    StateError,
    present,
    read_json,
    writable,
)
from pytest_fpharness.reference_bot.flow.weights import PATH as WEIGHTS
from pytest_fpharness.reference_bot.flow.weights import valid_weights
from pytest_fpharness.reference_bot.health import GREEN, YELLOW, read_health
from pytest_fpharness.reference_bot.state_shapes import is_number

FREEZES: Final = "state/governor_freezes.json"
FLAG: Final = "state/pre_market_freeze.flag"
#: Maximum age of the data, in whole seconds.
DATA_AGE: Final = 600
#: Timestamps further in the future than this, in seconds, are invalid.
AHEAD: Final = 5


@dataclass(frozen=True)
class Facts:
    """Input of the guards: the cycle's start (epoch), the cache or None, and the bot's state."""

    now: float
    mode: str
    market: str
    cache: Mapping[str, Any] | None
    state_problem: str
    mismatch: str = ""


def broker(facts: Facts) -> str:
    """The broker is fully reconciled; otherwise only exits are allowed."""
    return "mode is reduce_only" if facts.mode != "normal" else ""


def market_closed(facts: Facts) -> str:
    """The market is open, by the broker's clock."""
    return facts.market


def freeze(facts: Facts) -> str:
    """No freeze is active and the flag is absent; an unreadable freeze file counts as a freeze."""
    if present(FLAG):
        return f"{FLAG} is present"
    try:
        freezes = read_json(FREEZES, lambda content: isinstance(content, dict))
    except MissingError:
        return ""
    except StateError as error:
        return str(error)
    active = sorted(name for name, value in freezes.items() if _is_active(value))
    return f"frozen: {', '.join(active)}" if active else ""


def _is_active(value: object) -> bool:
    if isinstance(value, dict):
        value = value.get("active")
    return value is not False


def data_fresh(facts: Facts) -> str:
    """The cache's last update is at most ten minutes old."""
    metadata = facts.cache.get("_metadata") if facts.cache is not None else None
    stamp: Any = metadata.get("last_update") if isinstance(metadata, dict) else None
    if not is_number(stamp):
        return "the cache has no time of its last update"
    age = int(facts.now) - int(stamp)
    if age > DATA_AGE:
        return f"the cache is {age} s old"
    return f"the cache is {-age} s in the future" if age < -AHEAD else ""


def state(facts: Facts) -> str:
    """The bot's own books could be read."""
    return facts.state_problem


def disk(facts: Facts) -> str:
    problem = writable("state")
    return f"the disk cannot be written: {problem}" if problem else ""


def reconciled(facts: Facts) -> str:
    """The bot's positions match the broker's."""
    return facts.mismatch


def weights(facts: Facts) -> str:
    try:
        read_json(WEIGHTS, valid_weights)
    except StateError as error:
        return str(error)
    return ""


def readiness(facts: Facts) -> str:
    """The readiness is not RED, and the monitor's snapshot is recent."""
    health = read_health()
    if health["stale"]:
        return "the monitor's last check is missing or too old"
    colour = health["readiness"]
    return "" if colour in (GREEN, YELLOW) else f"readiness is {colour}"


#: In order of evaluation; the first guard that blocks is reported.
GUARDS: Final[dict[str, Callable[[Facts], str]]] = {
    "broker": broker,
    "market_closed": market_closed,
    "freeze": freeze,
    "data_fresh": data_fresh,
    "state": state,
    "disk": disk,
    "reconciled": reconciled,
    "weights": weights,
    "readiness": readiness,
}


def first_block(facts: Facts) -> tuple[str, str]:
    """The first guard that blocks, and its reason; or two empty strings."""
    for name, guard in GUARDS.items():
        reason = guard(facts)
        if reason:
            return name, reason
    return "", ""
