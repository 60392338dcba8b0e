"""The buying power of a cycle: entries are reduced or skipped before the broker refuses them."""

from __future__ import annotations

import math
from typing import Any

from .broker import Broker, BrokerError, Refused
from .status import BrokerStatus

REASON = "insufficient buying power"


class Funds:
    """The buying power (USD) of one cycle; nothing is bought while it is unknown."""

    def __init__(self, status: BrokerStatus, available: float | None) -> None:
        self._status = status
        self._short = self._wanted = False
        self.renew(available)

    def renew(self, available: float | None) -> None:
        """Set the buying power, before the first order of this cycle."""
        self.available = available
        self._status.data["buying_power"] = available

    def affordable(self, wanted: int, price: float) -> int:
        """How many of the wanted shares the buying power covers; their cost is reserved."""
        self._wanted = True
        if self.available is None:
            return 0
        count = max(0, min(wanted, math.floor(self.available / price + 1e-9)))
        self._short = self._short or count < wanted
        self.available -= count * price
        self._status.data["position_size"] = round(count * price, 2)
        return count

    def refused(self) -> None:
        """Note a rejected order; one for lack of buying power means that our own sum was wrong."""
        last = self._status.data["rejections"][-1:]
        self._short = self._short or any(REASON in str(row.get("reason")) for row in last)

    def end(self) -> None:
        """End a cycle: if it wanted to buy, update the count of consecutive short cycles."""
        if self._wanted:
            before = int(self._status.data["short_cycles"])
            self._status.data["short_cycles"] = before + 1 if self._short else 0


def buying_power(broker: Broker) -> float | None:
    """The buying power of the account in USD, or None if unknown."""
    try:
        account: dict[str, Any] = broker.account()
        amount = float(account["buying_power"])
    except (BrokerError, Refused, TypeError, ValueError):
        return None
    return amount if math.isfinite(amount) else None
