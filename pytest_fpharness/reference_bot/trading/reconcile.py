"""Reconciliation: compare the broker's positions with the bot's own."""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

from pytest_fpharness.reference_bot.files import StateError, append_line, read_json
from .books import Books
from .broker import Broker, BrokerError, Refused
from .status import BrokerStatus

LOG: Final = "logs/bot.jsonl"
#: The monitor requests a takeover of the broker's positions in this file.
REQUEST: Final = "state/reconcile_request.json"
KEPT: Final = 20

Row = dict[str, Any]


class Reconciler:
    """Compare positions, and take over the broker's where they differ.

    A difference is checked twice at once, and taken over only if the monitor has requested it and a
    later cycle still sees it. Until then the books stay unchanged and nothing may be entered.
    """

    def __init__(self, broker: Broker, books: Books, status: BrokerStatus) -> None:
        self._broker, self._books, self._status = broker, books, status

    @property
    def problem(self) -> str:
        """Why nothing may be entered, or an empty string."""
        open_ = self._status.data["mismatch"]
        return f"positions differ from the broker's: {', '.join(sorted(open_))}" if open_ else ""

    def compare(self, held: list[Row], orders: list[Row], now: float) -> list[Row]:
        """Compare, take over confirmed differences, and return the broker's latest positions."""
        if self._books.problem:
            # Without readable books there is nothing to compare.
            self._books.doubt()
            self._books.adopt(held, orders, now)
            return held
        differs = self._books.differences(held)
        if differs:
            held = self._broker.positions()
            differs = self._books.differences(held)
        taken = self._confirmed(differs)
        doubtful = bool(taken) and not held and self._invested()
        if doubtful:
            taken = set()
        self._note(differs, taken, doubtful, now)
        self._books.adopt(held, orders, now, keep=set(differs) - taken)
        return held

    def _confirmed(self, differs: dict[str, Row]) -> set[str]:
        before = self._status.data["mismatch"]
        requested_at = _requested_at()
        return {
            symbol
            for symbol, row in differs.items()
            if symbol in before
            and not before[symbol]["taken"]
            and before[symbol]["broker"] == row["broker"]
            and requested_at >= before[symbol]["since"]
        }

    def _invested(self) -> bool:
        """Whether the account's market values contradict an empty list of positions."""
        try:
            account = self._broker.account()
            sums = [float(account[n]) for n in ("long_market_value", "short_market_value")]
        except (BrokerError, Refused, KeyError, TypeError, ValueError):
            return True
        return any(not math.isfinite(value) or abs(value) > 0.01 for value in sums)

    def _note(self, differs: dict[str, Row], taken: set[str], doubtful: bool, now: float) -> None:
        data = self._status.data
        before = data["mismatch"]
        data["doubtful"] = doubtful
        data["compared_at"] = now
        # A takeover stays a difference until a later comparison agrees.
        data["mismatch"] = {
            symbol: {**row, "since": _since(before.get(symbol), now), "taken": symbol in taken}
            for symbol, row in differs.items()
        }
        rows = [{"ts": now, "symbol": symbol, **differs[symbol]} for symbol in sorted(taken)]
        data["reconciled"] = [*data["reconciled"], *rows][-KEPT:]
        _log(now, "positions differ", set(differs) - set(before), differs)
        _log(now, "position taken over from the broker", taken, differs)


def _since(before: Row | None, now: float) -> float:
    return now if before is None or before["taken"] else float(before["since"])


def _log(now: float, event: str, symbols: Iterable[str], rows: dict[str, Row]) -> None:
    with suppress(OSError):
        for symbol in sorted(symbols):
            append_line(LOG, {"ts": now, "event": event, "symbol": symbol, **rows[symbol]})


def _requested_at() -> float:
    try:
        return float(
            read_json(REQUEST, lambda stored: isinstance(stored.get("ts"), (int, float)))["ts"]
        )
    except (StateError, AttributeError):
        return 0.0
