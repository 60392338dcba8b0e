"""Orders, positions and fills, and the rules that change how orders fill."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from pytest_fpharness.world.http.messages import ResponseOverride
from .prices import Quote

ZERO: Final = Decimal(0)
#: Final states of an order (Alpaca orders docs).
TERMINAL: Final = frozenset({"filled", "canceled", "expired", "rejected", "replaced"})
#: Steps of an order that are due at the same instant happen in this order.
STEPS: Final = ("ack", "reject", "cancel", "fill", "expire")


@dataclass
class Order:
    """One order in the broker's books. Instants are nanoseconds, None until they happen."""

    id: str
    client_order_id: str
    symbol: str
    asset_id: str
    side: str
    type: str
    time_in_force: str
    qty: Decimal | None
    notional: Decimal | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    extended_hours: bool
    intent: str
    sent_client_id: bool
    status: str
    created_at: int
    expires_at: int
    updated_at: int = 0
    filled_qty: Decimal = ZERO
    filled_cost: Decimal = ZERO
    filled_at: int | None = None
    canceled_at: int | None = None
    expired_at: int | None = None
    failed_at: int | None = None
    replaced_at: int | None = None
    replaced_by: str | None = None
    replaces: str | None = None
    triggered: bool = False
    #: Automatic steps and when they are due.
    due: dict[str, int] = field(default_factory=dict)
    #: The override that makes this order differ from an unfaulted one, and its time span.
    altered_by: ResponseOverride | None = None
    altered_from: int = 0
    altered_until: int | None = None
    #: The rule that holds this order's fill back until it is lifted.
    held_by: ResponseOverride | None = None
    reject_reason: str = ""

    @property
    def open(self) -> bool:
        """Whether the order can still change."""
        return self.status not in TERMINAL

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell."""
        return 1 if self.side == "buy" else -1

    def rest(self, price: Decimal) -> Decimal:
        """The quantity still to be filled; a notional order's depends on the price."""
        if self.qty is not None:
            return self.qty - self.filled_qty
        left = (self.notional or ZERO) - self.filled_cost
        return (left / price).quantize(Decimal("1e-9")) if price and left > 0 else ZERO

    def next_step(self) -> tuple[int, int] | None:
        """The instant and the rank of the next automatic step."""
        return min(((at, STEPS.index(step)) for step, at in self.due.items()), default=None)


@dataclass
class Position:
    """A holding; the quantity of a short one is negative, `cost` has its sign."""

    symbol: str
    qty: Decimal
    cost: Decimal

    @property
    def average(self) -> Decimal:
        """The average entry price in dollars."""
        return self.cost / self.qty if self.qty else ZERO

    def add(self, change: Decimal, price: Decimal) -> None:
        """Book a signed quantity: a reduction keeps the average, a flip starts a new one."""
        before = self.qty
        self.qty += change
        if before * change >= 0:
            self.cost += change * price
        elif before * self.qty >= 0:
            self.cost = self.cost * self.qty / before
        else:
            self.cost = self.qty * price


@dataclass(frozen=True)
class Fill:
    """One execution of an order; the quantity is unsigned."""

    order_id: str
    client_order_id: str
    symbol: str
    side: str
    qty: Decimal
    price: Decimal
    at: int


class FillRule(ResponseOverride):
    """A control over fills: `after` or `at` say when, `part` how much; `part=0` is never."""

    def __init__(
        self,
        name: str,
        *,
        symbol: str | None = None,
        after: int | None = None,
        at: int | None = None,
        part: Decimal | None = None,
    ) -> None:
        super().__init__(name)
        self.symbol, self.after, self.at, self.part = symbol, after, at, part

    def covers(self, symbol: str) -> bool:
        """Whether the rule is in force for a symbol."""
        return self.active and self.symbol in (None, symbol)


def reached(o: Order, quote: Quote) -> Decimal | None:
    """The price at which an order fills, or None: a limit at the touch counts as reached.

    Triggers a stop order when the quote has come to its stop price.
    """
    near, far = (quote.ask, quote.bid) if o.sign > 0 else (quote.bid, quote.ask)
    if near <= 0:
        return None
    if o.stop_price is not None and not o.triggered:
        o.triggered = near * o.sign >= o.stop_price * o.sign
        if not o.triggered:
            return None
    if o.limit_price is None:
        return near
    touch = far if far > 0 else near
    if o.limit_price * o.sign < touch * o.sign:
        return None
    return min(o.limit_price * o.sign, near * o.sign) * o.sign
