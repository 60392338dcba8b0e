"""The bot's books: positions, cooldowns, intents and the log of fills, reconciled with the broker."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_fpharness.reference_bot.files import StateError, append_line, read_json, write_json
from pytest_fpharness.reference_bot.files import read_lines as read_log
from pytest_fpharness.reference_bot.instants import epoch
from pytest_fpharness.reference_bot.state_shapes import (
    valid_cooldowns,
    valid_intents,
    valid_positions,
)

TRADES: Final = "logs/trades.jsonl"
#: Order states in which nothing more happens (Alpaca orders docs).
TERMINAL: Final = frozenset({"filled", "canceled", "expired", "rejected", "replaced"})
#: Intents that may still become an order or a fill.
IN_FLIGHT: Final = frozenset({"sent", "unknown"})
#: Seconds for which a finished intent is kept.
KEEP: Final = 300.0

Row = dict[str, Any]


#: Path and validator of each file.
FILES: Final[dict[str, tuple[str, Callable[[Any], bool]]]] = {
    "positions": ("state/positions.json", valid_positions),
    "cooldowns": ("state/cooldowns.json", valid_cooldowns),
    "intents": ("state/intents.json", valid_intents),
}


def _text(content: object) -> str:
    return json.dumps(content, sort_keys=True)


def is_ours(client_order_id: object) -> bool:
    """Whether an order's client id is one of this bot's."""
    return isinstance(client_order_id, str) and client_order_id.startswith("rb-")


def is_entry(client_order_id: object) -> bool:
    """Whether an order's client id is that of an entry of this bot."""
    return is_ours(client_order_id) and "-buy-" in str(client_order_id)


def booked_fills() -> dict[str, Row]:
    """Filled quantity and average price of each order in the log of trades."""
    fills: dict[str, Row] = {}
    for line in read_log(TRADES, 5_000):
        before = fills.get(line["order_id"], {"qty": 0.0, "price": 0.0})
        qty = before["qty"] + line["qty"]
        cost = before["price"] * before["qty"] + line["price"] * line["qty"]
        fills[line["order_id"]] = {"qty": qty, "price": cost / qty}
    return fills


@dataclass
class Books:
    """The three files as dictionaries; a file that cannot be read stays as it is on disk.

    `problem` names the first unreadable file; nothing may be entered then. Fills count as booked
    only once they are in the log of trades.
    """

    positions: dict[str, Row] = field(default_factory=dict)
    cooldowns: dict[str, float] = field(default_factory=dict)
    intents: dict[str, Row] = field(default_factory=dict)
    problem: str = ""
    _booked: dict[str, Row] = field(default_factory=booked_fills)
    _saved: dict[str, str] = field(default_factory=dict)
    #: Shares by symbol bought (sold: negative) by the fills booked in this cycle.
    new_fills: dict[str, float] = field(default_factory=dict)
    #: Dollars won or lost by the exits booked in this cycle.
    results: list[float] = field(default_factory=list)
    _adopted: str = ""
    _unsure: bool = True

    def load(self) -> None:
        """Read the files; unreadable ones keep their last known content in memory."""
        self.problem, self._saved = "", {}
        for name, (path, valid) in FILES.items():
            try:
                content = read_json(path, valid)
            except StateError as error:
                self.problem = self.problem or str(error)
                continue
            setattr(self, name, content)
            self._saved[name] = _text(content)
        if self._saved.get("positions") != self._adopted:
            self.doubt()

    def save(self) -> None:
        """Write changed files; raises OSError if one cannot be written."""
        for name, (path, _) in FILES.items():
            content = getattr(self, name)
            text = _text(content)
            # An unreadable file is left to the monitor to heal.
            if name in self._saved and self._saved[name] != text:
                write_json(path, content)
                self._saved[name] = text

    def in_flight(self, intent: str) -> set[str]:
        """The symbols with an unfinished intent, "entry" or "exit"."""
        rows = self.intents.values()
        return {r["symbol"] for r in rows if r["intent"] == intent and r["state"] in IN_FLIGHT}

    def oldest_in_flight(self, now: float) -> float:
        """When the oldest unfinished intent was sent, or now."""
        rows = self.intents.values()
        return min((r["sent_at"] for r in rows if r["state"] in IN_FLIGHT), default=now)

    # what the broker says

    def book_fills(self, orders: Iterable[Row], now: float) -> None:
        """Log each new fill once, and remember when each symbol was last entered."""
        for order in reversed(list(orders)):
            qty = _number(order.get("filled_qty"))
            if qty <= 0:
                continue
            at = _time_of_fill(order, now)
            if is_entry(order["client_order_id"]):
                symbol = order["symbol"]
                self.cooldowns[symbol] = max(self.cooldowns.get(symbol, 0.0), at)
            try:
                self._book(order, qty, at)
            except OSError as error:
                # It stays unbooked until it can be logged; exits must continue meanwhile.
                self.problem = self.problem or f"a fill cannot be logged: {error}"

    def _book(self, order: Row, qty: float, at: float) -> None:
        before = self._booked.get(order["id"], {"qty": 0.0, "price": 0.0})
        new = qty - before["qty"]
        if new <= 1e-9:
            return
        average = _number(order.get("filled_avg_price"))
        price = (average * qty - before["price"] * before["qty"]) / new
        line = {"ts": at, "symbol": order["symbol"], "side": order.get("side"), "qty": new}
        line |= {"price": round(price, 4), "order_id": order["id"]}
        append_line(TRADES, {**line, "client_order_id": order["client_order_id"]})
        self._booked[order["id"]] = {"qty": qty, "price": average}
        held = self.positions.get(order["symbol"])
        if held is not None and not is_entry(order["client_order_id"]):
            gain = price - _number(held.get("avg_price"))
            self.results.append(gain * new * (-1 if held.get("side") == "short" else 1))
        signed = new if order.get("side") == "buy" else -new
        self.new_fills[order["symbol"]] = self.new_fills.get(order["symbol"], 0.0) + signed

    def doubt(self) -> None:
        """Note that the positions in memory may lag behind the log of trades."""
        self._unsure = True

    def differences(self, held: Iterable[Row]) -> dict[str, Row]:
        """Quantities by symbol where the broker's positions differ from ours plus new fills.

        Symbols with an open order are skipped: their fills may show in one list before the other.
        """
        broker = {row["symbol"]: _number(row["qty"]) for row in held}
        busy = self.in_flight("entry") | self.in_flight("exit")
        rows: dict[str, Row] = {}
        for symbol in sorted(({*broker, *self.positions, *self.new_fills}) - busy):
            expected, have = self._expected(symbol), broker.get(symbol, 0.0)
            if abs(expected - have) > 1e-6 and not self._explained(symbol, have):
                rows[symbol] = {"local": expected, "broker": have}
        return rows

    def _as_expected(self, symbol: str, now: float) -> Row:
        """Our own row of a symbol plus new fills, regardless of the broker's list."""
        new = {"avg_price": 0.0, "entry_fill_ts": now, "client_order_id": None}
        expected = self._expected(symbol)
        side = "short" if expected < 0 else "long"
        return {**new, **self.positions.get(symbol, {}), "qty": abs(expected), "side": side}

    def _expected(self, symbol: str) -> float:
        return _signed(self.positions.get(symbol)) + self.new_fills.get(symbol, 0.0)

    def _explained(self, symbol: str, have: float) -> bool:
        """Whether fills in the log explain the difference from older positions to the broker's."""
        if not self._unsure:
            return False
        missing = have - _signed(self.positions.get(symbol))
        for line in reversed([row for row in read_log(TRADES, 500) if row["symbol"] == symbol]):
            missing -= _number(line["qty"]) * (1 if line["side"] == "buy" else -1)
            if abs(missing) < 1e-6:
                return True
        return False

    def adopt(
        self, held: Iterable[Row], orders: Iterable[Row], now: float, keep: Set[str] = frozenset()
    ) -> None:
        """Take over the broker's positions, except for the symbols in ``keep``."""
        orders = list(orders)
        busy = self.in_flight("entry") | self.in_flight("exit")
        adopted = {
            row["symbol"]: self._position(row, orders, now)
            for row in held
            if row["symbol"] not in keep
        }
        for symbol in busy & set(adopted):
            # Fills that are in the broker's positions but not yet in its orders follow in the next cycle.
            expected = self._expected(symbol)
            adopted[symbol].update(qty=abs(expected), side="short" if expected < 0 else "long")
        kept = {symbol: self._as_expected(symbol, now) for symbol in keep}
        self.positions = {s: row for s, row in {**adopted, **kept}.items() if row["qty"]}
        self.new_fills = {}
        self._unsure = bool(self.problem)
        self._adopted = _text(self.positions)

    def _position(self, row: Row, orders: Iterable[Row], now: float) -> Row:
        known = self.positions.get(row["symbol"], {})
        qty = _number(row["qty"])
        entry = next((o for o in orders if _is_entry_of(o, row["symbol"])), None)
        return {
            "qty": abs(qty),
            "side": "short" if qty < 0 else "long",
            "avg_price": _number(row.get("avg_entry_price")),
            "entry_fill_ts": _time_of_fill(entry, now) if entry else _first_seen(known, now),
            "client_order_id": entry["client_order_id"] if entry else known.get("client_order_id"),
            "score": self._score(entry, known),
        }

    def _score(self, entry: Row | None, known: Row) -> Any:
        """The score of the entry, if its intent or row is still known."""
        intent = self.intents.get(entry["client_order_id"], {}) if entry else {}
        return intent.get("score", known.get("score"))

    def forget_finished(self, now: float) -> None:
        self.intents = {
            name: row
            for name, row in self.intents.items()
            if row["state"] in IN_FLIGHT or now - row["sent_at"] < KEEP
        }


def _number(value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return 0.0
    return number if math.isfinite(number) else 0.0


def _first_seen(known: Mapping[str, Any], now: float) -> float:
    seen = known.get("entry_fill_ts")
    return float(seen) if isinstance(seen, (int, float)) and math.isfinite(seen) else now


def _time_of_fill(order: Mapping[str, Any], now: float) -> float:
    for name in ("filled_at", "updated_at"):
        if isinstance(order.get(name), str):
            with suppress(ValueError):
                return epoch(order[name])
    return now


def _is_entry_of(order: Row, symbol: str) -> bool:
    filled = _number(order.get("filled_qty")) > 0
    return filled and order["symbol"] == symbol and is_entry(order["client_order_id"])


def _signed(position: Row | None) -> float:
    if position is None:
        return 0.0
    qty = _number(position.get("qty"))
    return -qty if position.get("side") == "short" else qty
