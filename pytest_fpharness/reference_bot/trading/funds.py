"""What a cycle may still spend: entries are made smaller, or skipped, before the broker says no."""

from __future__ import annotations

import math
from typing import Any

from pytest_fpharness.reference_bot.trading.broker import Broker, BrokerError, Refused
from pytest_fpharness.reference_bot.trading.status import BrokerStatus

REASON = "insufficient buying power"


class Funds:
    """The buying power (dollars) of one cycle; unknown buys nothing."""

    def __init__(self, status: BrokerStatus, available: float | None) -> None:
        self._status = status
        self._short = self._asked = False
        self.renew(available)

    def renew(self, available: float | None) -> None:
        """The account was asked again, before anything of this cycle was ordered."""
        self.available = available
        self._status.data["buying_power"] = available

    def affordable(self, wanted: int, price: float) -> int:
        """How many of the wanted shares the buying power covers; what is taken is kept aside."""
        self._asked = True
        if self.available is None:
            return 0
        count = max(0, min(wanted, math.floor(self.available / price + 1e-9)))
        self._short = self._short or count < wanted
        self.available -= count * price
        self._status.data["position_size"] = round(count * price, 2)
        return count

    def refused(self) -> None:
        """The broker's own sum is another than ours: it refused for want of buying power."""
        last = self._status.data["rejections"][-1:]
        self._short = self._short or any(REASON in str(row.get("reason")) for row in last)

    def end(self) -> None:
        """A cycle that asked counts as short or ends the row of short ones."""
        if self._asked:
            before = int(self._status.data["short_cycles"])
            self._status.data["short_cycles"] = before + 1 if self._short else 0


def buying_power(broker: Broker) -> float | None:
    """What the account may spend, or None when it cannot be told."""
    try:
        account: dict[str, Any] = broker.account()
        amount = float(account["buying_power"])
    except (BrokerError, Refused, TypeError, ValueError):
        return None
    return amount if math.isfinite(amount) else None
