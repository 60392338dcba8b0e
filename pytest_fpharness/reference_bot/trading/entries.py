"""Order the candidates that passed every gate, and find symbols with open orders."""

from __future__ import annotations

from typing import Any

from pytest_fpharness.reference_bot.settings import Settings
from pytest_fpharness.reference_bot.trading import gates
from .books import TERMINAL, is_ours
from .broker import Broker, BrokerError, Refused
from .funds import Funds
from .gates import Candidate
from .journal import Journal
from .orders import OrderDesk, limit_price, shares

Row = dict[str, Any]


class Entries:
    """Send the entries of a cycle one by one, until the outcome of one is unknown."""

    def __init__(
        self, broker: Broker, desk: OrderDesk, settings: Settings, journal: Journal
    ) -> None:
        self._broker, self._desk = broker, desk
        self._settings, self._journal = settings, journal

    def order(self, candidates: list[Candidate], funds: Funds, now: float) -> None:
        """Order the candidates with a good quote and enough funds; log a decision for each."""
        if not candidates:
            return
        decide = self._journal.decide
        try:
            quotes = self._broker.quotes([c.symbol for c in candidates])
        except (BrokerError, Refused) as error:
            for candidate in candidates:
                decide(candidate, "block", "quote", str(error))
            return
        unclear = False
        for candidate in candidates:
            quote = quotes.get(candidate.symbol)
            problem = gates.quote_problem(quote, now)
            if problem:
                decide(candidate, "block", "quote", problem)
            elif unclear:
                # Add no exposure while another is unknown.
                decide(candidate, "block", "order", "the outcome of an earlier order is unknown")
            else:
                unclear = self._send(candidate, funds, (quote or {})["ap"], now) == "unknown"

    def _send(self, candidate: Candidate, funds: Funds, ask: float, now: float) -> str:
        decide = self._journal.decide
        qty = funds.affordable(shares(ask, self._settings.position_usd), limit_price(ask))
        if qty < 1:
            decide(candidate, "block", "buying_power", "no buying power for one share")
            return "skipped"
        name, outcome = self._desk.enter(candidate.symbol, ask, qty, now)
        if outcome == "rejected":
            funds.refused()
        if outcome in ("accepted", "unknown"):
            self._desk.scored(name, candidate.score)
            decide(candidate, "enter", "", outcome, name)
        else:
            decide(candidate, "block", "order", f"the order was {outcome}", name)
        return outcome


def open_entries(orders: list[Row]) -> set[str]:
    """The symbols with an open buy order, from this bot or others."""
    return {o["symbol"] for o in orders if o["status"] not in TERMINAL and o.get("side") == "buy"}


def open_exits(orders: list[Row]) -> set[str]:
    """The symbols with an open exit of this bot, even if its intent was lost."""
    return {
        o["symbol"]
        for o in orders
        if o["status"] not in TERMINAL
        and is_ours(o["client_order_id"])
        and "-buy-" not in o["client_order_id"]
    }
