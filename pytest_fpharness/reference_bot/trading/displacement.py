"""Displacement: at the position limit, a much better candidate replaces the weakest position.

The candidate is entered only once the broker shows that the position was sold, so the limit is
never exceeded.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Set
from typing import Any, Final

from pytest_fpharness.reference_bot.state_shapes import is_number
from .books import Books
from .broker import Broker, BrokerError, Refused
from .gates import Candidate
from .journal import log
from .orders import OrderDesk

#: Positions younger than this, in seconds, are kept.
YOUNGEST: Final = 120.0
#: Positions with at least this gain, as a fraction of their cost, are kept.
WINNER: Final = 0.01
#: How often to check, once a second, whether the position was sold.
LOOKS: Final = 3

Row = Mapping[str, Any]


class Displacement:
    """Sell the weakest position for a candidate whose score is at least ``advantage`` higher.

    ``advantage`` 0 disables displacement. Positions without a known score are kept.
    """

    def __init__(self, broker: Broker, books: Books, desk: OrderDesk, advantage: float) -> None:
        self._broker, self._books, self._desk = broker, books, desk
        self._advantage = advantage

    def weakest(self, candidate: Candidate, busy: Set[str] = frozenset()) -> str:
        """The symbol of the position that the candidate may displace, or an empty string.

        Positions with an open order are kept; ``busy`` are symbols with one whose intent was lost.
        """
        working = busy | self._books.in_flight("exit") | self._books.in_flight("entry")
        scores = {
            symbol: float(row["score"])
            for symbol, row in self._books.positions.items()
            if is_number(row.get("score"))
            and symbol not in working
            and candidate.now - row["entry_fill_ts"] >= YOUNGEST
        }
        if not self._advantage or not scores:
            return ""
        symbol = min(scores, key=lambda name: (scores[name], name))
        return symbol if candidate.score >= scores[symbol] + self._advantage else ""

    def make_room(self, candidate: Candidate, symbol: str, now: float) -> bool:
        """Sell the position and wait; whether the broker no longer holds it."""
        try:
            if _gain(self._broker.positions(), symbol) >= WINNER:
                return False
            row = self._books.positions[symbol]
            outcome = self._desk.leave(symbol, row["qty"], row["side"], now)
            line = {"ts": now, "event": "displaced", "symbol": symbol, "by": candidate.symbol}
            line |= {"score": row["score"], "better": candidate.score, "outcome": outcome}
            log("logs/bot.jsonl", line)
            return outcome == "accepted" and self._is_gone(symbol)
        except (BrokerError, Refused):
            return False

    def _is_gone(self, symbol: str) -> bool:
        for _ in range(LOOKS):
            time.sleep(1)
            if all(row["symbol"] != symbol for row in self._broker.positions()):
                return True
        return False


def _gain(held: list[dict[str, Any]], symbol: str) -> float:
    """The gain as a fraction of the cost; infinite if unknown, so that the position is kept."""
    row = next((row for row in held if row["symbol"] == symbol), {})
    try:
        gain = float(row["unrealized_plpc"])
    except (KeyError, TypeError, ValueError):
        return math.inf
    return gain if math.isfinite(gain) else math.inf
