"""Send and follow orders: the intent is saved first, and no order is sent twice."""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

from pytest_fpharness.reference_bot.files import append_line
from .books import TERMINAL, Books, is_ours
from .broker import Broker, BrokerError, Refused
from .gates import SIZE
from .status import BrokerStatus

LOG: Final = "logs/bot.jsonl"
#: How far above the ask the limit of an entry is, as a fraction.
SLIPPAGE: Final = 0.002
#: Seconds after which an order unknown to the broker counts as never placed.
LOST_AFTER: Final = 60.0
#: States in which the broker has not yet examined an order.
_UNTESTED: Final = frozenset({"accepted", "pending_new"})

#: Refusals of an exit because of an open order in the same symbol (Alpaca orders docs).
_IN_THE_WAY: Final = ("insufficient qty", "wash trade")

Row = dict[str, Any]


def shares(ask: float, size: float = SIZE) -> int:
    """Whole shares for about ``size`` USD, at least one."""
    return max(1, int(size // ask))


def limit_price(ask: float) -> float:
    """A marketable limit in whole cents (sub-penny prices are refused from 1 USD on)."""
    return round(ask * (1 + SLIPPAGE), 2)


def adjusted(order: Row, reason: str) -> Row | None:
    """The order adjusted for one retry after a refusal, or None."""
    if "sub-penny" in reason and "limit_price" in order:
        coarse = math.ceil(round(float(order["limit_price"]) * 20, 6)) / 20
        return {**order, "limit_price": f"{coarse:.2f}"}
    half = int(order["qty"]) // 2
    if "insufficient buying power" in reason and half >= 1:
        return {**order, "qty": str(half)}
    return None


class OrderDesk:
    """Send orders and follow them; updates `broker_status` and the books."""

    def __init__(self, broker: Broker, books: Books, status: BrokerStatus) -> None:
        self._broker, self._books, self._status = broker, books, status

    # sending

    def enter(self, symbol: str, ask: float, qty: int, now: float) -> tuple[str, str]:
        """Buy ``qty`` shares; returns the client order id and the outcome.

        Outcomes: "accepted", "rejected", "unknown" (it may exist), "failed" (it was not placed).
        """
        order = _order(symbol, "buy", str(qty), now)
        order |= {"type": "limit", "limit_price": f"{limit_price(ask):.2f}"}
        outcome, reason = self._place(order, "entry", now, may_adjust=True)
        again = adjusted(order, reason) if outcome == "rejected" else None
        if again is None:
            return order["client_order_id"], outcome
        again["client_order_id"] += "-r1"
        outcome, _ = self._place(again, "entry", now, may_adjust=False)
        return again["client_order_id"], outcome

    def scored(self, name: str, score: float) -> None:
        """Store the score of an entry, for displacement."""
        self._books.intents[name]["score"] = score

    def leave(self, symbol: str, qty: float, side: str, now: float) -> str:
        """Close a position by a market order; returns the outcome as `enter` does."""
        closing = "sell" if side == "long" else "cover"
        order = _order(symbol, closing, f"{qty:g}", now) | {"type": "market"}
        outcome, reason = self._place(order, "exit", now, may_adjust=False)
        if outcome == "rejected" and any(text in reason for text in _IN_THE_WAY):
            self._cancel_open(symbol, now)
        return outcome

    def _place(self, order: Row, intent: str, now: float, may_adjust: bool) -> tuple[str, str]:
        row = self._journal(order, intent, now)
        self._status.sent()
        try:
            answer = self._broker.submit(order)
        except Refused as refused:
            row["state"] = "rejected"
            retried = may_adjust and adjusted(order, refused.reason) is not None
            self._rejected(row, refused.reason, refused.code, retried, now)
            return "rejected", refused.reason
        except BrokerError as error:
            return self._not_answered(order["client_order_id"], row, error, now)
        row["order_id"] = answer["id"]
        return "accepted", ""

    def _rejected(self, row: Row, reason: str, code: int | None, retried: bool, now: float) -> None:
        """Record a rejection at once, because the rest of the cycle may take long."""
        self._status.rejected(now, row, reason, code, retried)
        line = {"ts": now, "event": "order rejected", "symbol": row["symbol"], "reason": reason}
        line |= {"code": code, "intent": row["intent"], "retried": retried}
        # A full disk must not stop the orders that follow.
        with suppress(OSError):
            append_line(LOG, line)
        with suppress(OSError):
            self._status.save()

    def _journal(self, order: Row, intent: str, now: float) -> Row:
        row = {"symbol": order["symbol"], "side": order["side"], "qty": float(order["qty"])}
        row |= {"intent": intent, "sent_at": now, "state": "sent", "order_id": None}
        self._books.intents[order["client_order_id"]] = row
        try:
            self._books.save()
        except OSError:
            # A full disk must stop entries, never an exit.
            if intent == "entry":
                del self._books.intents[order["client_order_id"]]
                raise
        return row

    def _not_answered(self, name: str, row: Row, error: BrokerError, now: float) -> tuple[str, str]:
        self._status.data["last_error"] = str(error)
        if not error.ambiguous:
            row["state"] = "rejected"
            return "failed", str(error)
        row["state"] = "unknown"
        self.look_up(name, row, now)
        return ("accepted" if row["order_id"] else "unknown"), str(error)

    def _cancel_open(self, symbol: str, now: float) -> None:
        """Cancel our own open orders of a symbol, which reserve the shares that an exit needs."""
        for row in self._books.intents.values():
            if row["symbol"] == symbol and row["state"] == "sent" and row["order_id"]:
                try:
                    self._broker.cancel(row["order_id"])
                except (BrokerError, Refused):
                    continue
                row["cancel_sent"] = now

    # following

    def look_up(self, name: str, row: Row, now: float) -> None:
        """Look up an order whose response was lost; it stays unknown until the broker answers."""
        try:
            stored = self._broker.order_by_client_id(name)
        except (BrokerError, Refused):
            return
        if stored is not None:
            row["order_id"], row["state"] = stored["id"], "sent"
        elif now - row["sent_at"] > LOST_AFTER:
            row["state"] = "rejected"

    def follow(self, orders: Iterable[Row], now: float) -> None:
        """Bring the intents up to date with the broker's orders."""
        by_name = {o["client_order_id"]: o for o in orders if is_ours(o["client_order_id"])}
        for name, row in self._books.intents.items():
            if row["state"] not in ("sent", "unknown"):
                continue
            if name in by_name:
                self._apply(row, by_name[name], now)
            elif row["order_id"] is None:
                # No response, or the process ended between saving the intent and the response.
                row["state"] = "unknown"
                self.look_up(name, row, now)

    def _apply(self, row: Row, order: Row, now: float) -> None:
        status = order["status"]
        row["order_id"] = order["id"]
        if status == "rejected":
            row["state"] = "rejected"
            self._rejected(row, "rejected after it was accepted", None, False, now)
            return
        row["state"] = "done" if status in TERMINAL else "sent"
        if status not in _UNTESTED:
            self._status.accepted(now, row)


def _order(symbol: str, name: str, qty: str, now: float) -> Row:
    return {
        "symbol": symbol,
        "side": "sell" if name == "sell" else "buy",
        "qty": qty,
        "time_in_force": "day",
        "client_order_id": f"rb-{symbol}-{name}-{int(now)}",
    }
