"""Gates: reasons not to enter a single candidate; an empty string lets it pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_fpharness.reference_bot.flow.scoring import THRESHOLD
from pytest_fpharness.reference_bot.instants import epoch
from pytest_fpharness.reference_bot.trading import themes
from .profiles import Profiles, in_mood, too_low

COOLDOWN: Final = 900.0
#: Size of one entry in USD.
SIZE: Final = 500.0
MAX_POSITIONS: Final = 16
MAX_NEW: Final = 6
#: Maximum age of a quote in seconds.
QUOTE_AGE: Final = 300.0


@dataclass(frozen=True)
class Candidate:
    """A symbol with its score and the cycle's start (epoch); only bullish candidates are entered."""

    symbol: str
    score: float
    now: float
    bullish: bool = True


@dataclass(frozen=True)
class Exposure:
    """Current exposure and limits: symbols held or in flight, last fills, entries of this cycle."""

    held: Set[str]
    in_flight: Set[str]
    cooldowns: Mapping[str, float]
    new: int = 0
    threshold: float = THRESHOLD
    max_positions: int = MAX_POSITIONS
    profiles: Profiles | None = field(default_factory=dict)
    mood: str = "mixed"
    raised: float = 0.0
    costs: Mapping[str, float] = field(default_factory=dict)


def score(candidate: Candidate, exposure: Exposure) -> str:
    """The score reaches the threshold; NaN does not."""
    least = exposure.threshold + exposure.raised
    passed = math.isfinite(candidate.score) and candidate.score >= least
    return "" if passed else f"score {candidate.score} is below {least:g}"


def cooldown(candidate: Candidate, exposure: Exposure) -> str:
    """The last entry fill in this symbol is at least 15 minutes ago."""
    filled = exposure.cooldowns.get(candidate.symbol)
    if filled is None or candidate.now - filled >= COOLDOWN:
        return ""
    return f"last entry fill {candidate.now - filled:.0f} s ago"


def position(candidate: Candidate, exposure: Exposure) -> str:
    """The symbol is neither held nor in flight."""
    if candidate.symbol in exposure.held:
        return "already positioned"
    return "an order is in flight" if candidate.symbol in exposure.in_flight else ""


def max_positions(candidate: Candidate, exposure: Exposure) -> str:
    count = len(exposure.held | exposure.in_flight)
    return f"{count} positions" if count >= exposure.max_positions else ""


def max_new(candidate: Candidate, exposure: Exposure) -> str:
    """The limit allows one more entry in this cycle."""
    return f"{exposure.new} entries in this cycle" if exposure.new >= MAX_NEW else ""


def expectancy(candidate: Candidate, exposure: Exposure) -> str:
    """The symbol's expectancy is high enough; unreadable profiles block."""
    if exposure.profiles is None:
        return "the profiles cannot be read"
    return too_low(exposure.profiles.get(candidate.symbol))


def regime(candidate: Candidate, exposure: Exposure) -> str:
    """The symbol's expectancy in the current market mood is high enough."""
    profile = (exposure.profiles or {}).get(candidate.symbol)
    problem = too_low(in_mood(profile, exposure.mood))
    return f"{problem} in a {exposure.mood} market" if problem else ""


def theme(candidate: Candidate, exposure: Exposure) -> str:
    """With one more entry the symbol's theme stays within its limit."""
    return themes.problem(candidate.symbol, SIZE, exposure.costs)


#: In order of evaluation; the first gate that blocks is reported.
GATES: Final[dict[str, Callable[[Candidate, Exposure], str]]] = {
    "score": score,
    "expectancy": expectancy,
    "regime": regime,
    "cooldown": cooldown,
    "position": position,
    "theme": theme,
    "max_positions": max_positions,
    "max_new": max_new,
}


def first_block(candidate: Candidate, exposure: Exposure) -> tuple[str, str]:
    """The first gate that blocks, and its reason; or two empty strings."""
    for name, gate in GATES.items():
        reason = gate(candidate, exposure)
        if reason:
            return name, reason
    return "", ""


def path_to(gate: str, guards: Iterable[str]) -> list[str]:
    """The steps that a candidate went through up to ``gate``, or all without a gate."""
    path = [*guards, "direction", *GATES, "quote", "buying_power", "order"]
    return path[: path.index(gate) + 1] if gate in path else path


def quote_problem(quote: Mapping[str, Any] | None, now: float) -> str:
    """Why a quote (Alpaca's shape) cannot be traded on, or an empty string."""
    if not isinstance(quote, Mapping):
        return "no quote"
    bid, ask = quote.get("bp"), quote.get("ap")
    for side in (bid, ask):
        if not isinstance(side, (int, float)) or not math.isfinite(side) or side <= 0:
            return "one-sided quote"
    if bid > ask:  # type: ignore[operator]
        return "crossed quote"
    try:
        age = now - epoch(str(quote.get("t")))
    except ValueError:
        return "quote without a time"
    return f"quote is {age:.0f} s old" if age > QUOTE_AGE else ""
