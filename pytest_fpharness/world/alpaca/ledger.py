"""The broker's books: orders, positions, fills and cash, and what time does to them."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.events import Kind
from pytest_fpharness.world.http.messages import Emit, Now, ResponseOverride
from .model import STEPS, ZERO, Fill, FillRule, Order, Position, reached
from .prices import Prices
from .session import Market

#: From the request to `new`, and from a cancel request to `canceled`: less than one HTTP call.
ACK: Final = SECOND // 50
CANCEL: Final = SECOND // 50
#: How often an order is checked again whose price the market has not reached.
RECHECK: Final = 15 * SECOND
#: Time from the acceptance of an order to a late rejection.
LATE_REJECT: Final = SECOND // 2


class Ledger:
    """A stateful ledger. It changes only when it is called; `settle()` catches up with time."""

    def __init__(
        self,
        now: Now,
        emit: Emit,
        *,
        prices: Prices,
        market: Market,
        seed: int,
        cash: Decimal,
        fill_after: int,
    ) -> None:
        self.now, self.emit, self.prices, self.market = now, emit, prices, market
        self.cash = cash
        self.fill_delay = fill_after
        self.orders: dict[str, Order] = {}
        self.by_client_id: dict[str, Order] = {}
        self.live: dict[str, Order] = {}
        self.positions: dict[str, Position] = {}
        self.fills: list[Fill] = []
        self.rules: list[FillRule] = []
        #: Signed quantities by symbol that changed without an order of the bot.
        self.adopted: dict[str, Decimal] = {}
        self._random = random.Random(seed)
        self._steps: dict[str, Callable[[Order, int], None]] = {
            "ack": self._ack,
            "reject": self._reject,
            "cancel": self._cancel,
            "fill": self._fill,
            "expire": self._expire,
        }

    # reading

    def new_id(self) -> str:
        """The next order id: a version 4 UUID that depends on the seed only."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def held(self, symbol: str) -> Decimal:
        """The signed quantity of a position, zero when flat."""
        position = self.positions.get(symbol)
        return position.qty if position is not None else ZERO

    def working(self, symbol: str, side: str | None = None) -> list[Order]:
        return [o for o in self.live.values() if o.symbol == symbol and side in (None, o.side)]

    def reserved(self, symbol: str) -> Decimal:
        """The unsigned quantity of a position that open orders would close."""
        held = self.held(symbol)
        closing = self.working(symbol, "sell" if held > 0 else "buy") if held else []
        return sum((o.rest(self.prices.last(symbol)) for o in closing), ZERO)

    def intent(self, symbol: str, sign: int, qty: Decimal) -> str:
        """`exit` if an order reduces the position, open orders included, else `entry`."""
        price = self.prices.last(symbol)
        ahead = sum((o.sign * o.rest(price) for o in self.working(symbol)), self.held(symbol))
        return "exit" if ahead * sign < 0 and qty <= abs(ahead) else "entry"

    def pending_cost(self) -> Decimal:
        """The cost of the open entry orders, in dollars."""
        cost = ZERO
        for o in self.live.values():
            if o.intent == "entry":
                price = o.limit_price or self.prices.last(o.symbol)
                cost += o.rest(price) * price
        return cost

    def next_due(self) -> int | None:
        """The next instant at which something happens automatically, or None."""
        dues = [step for o in self.live.values() if (step := o.next_step()) is not None]
        return min(dues)[0] if dues else None

    # time

    def settle(self) -> None:
        """Apply everything that is due up to now, in order."""
        now = self.now()
        while self.live:
            steps = [(*step, o) for o in self.live.values() if (step := o.next_step()) is not None]
            if not steps:
                return
            at, rank, due = min(steps, key=lambda s: s[:2])
            if at > now:
                return
            del due.due[STEPS[rank]]
            self._steps[STEPS[rank]](due, at)

    def _ack(self, o: Order, at: int) -> None:
        if o.status == "pending_cancel":
            return
        o.status, o.updated_at = "new", at
        self.plan_fill(o, at)

    def plan_fill(self, o: Order, at: int) -> None:
        """Set when an order fills: by the newest rule for it, else after the usual time."""
        natural = due = at + self.fill_delay
        for rule in reversed(self.rules):
            if rule.covers(o.symbol) and rule.part is None:
                due = max(at, rule.at) if rule.at is not None else at + (rule.after or 0)
                o.altered_by = rule
                o.altered_from, o.altered_until = min(natural, due), max(natural, due)
                break
        o.due["fill"] = due

    def _fill(self, o: Order, at: int) -> None:
        if not self.market.is_open(at) and not o.extended_hours:
            o.due["fill"] = max(self.market.next_open(at), at + RECHECK)
            return
        price = reached(o, self.prices.quote(o.symbol, at))
        if price is None:
            self._miss(o, at)
            return
        rest = o.rest(price)
        rule = next(
            (r for r in reversed(self.rules) if r.covers(o.symbol) and r.part is not None), None
        )
        if rule is None:
            self.execute(o, rest, price, at)
            return
        self._alter(o, rule, at)
        part = rest * (rule.part or ZERO)
        if rest == rest.to_integral_value():
            part = part.to_integral_value(rounding="ROUND_FLOOR")
        if part > 0:
            self.execute(o, part, price, at)
        if o.open:
            o.held_by = rule

    def _alter(self, o: Order, rule: ResponseOverride, at: int) -> None:
        o.altered_by, o.altered_from, o.altered_until = rule, at, None

    def _miss(self, o: Order, at: int) -> None:
        """The market is not at the order's price: try later, or end an immediate order."""
        if o.time_in_force in ("ioc", "fok"):
            self._cancel(o, at)
        else:
            o.due["fill"] = at + RECHECK

    def execute(self, o: Order, qty: Decimal, price: Decimal, at: int) -> None:
        o.filled_qty += qty
        o.filled_cost += qty * price
        o.filled_at = o.updated_at = at
        complete = o.rest(price) <= 0
        if complete:
            self._end(o, "filled", at)
        elif o.status != "pending_cancel":
            o.status = "partially_filled"
        self.book(o.symbol, o.sign * qty, price)
        self.fills.append(Fill(o.id, o.client_order_id, o.symbol, o.side, qty, price, at))
        self.emit(
            "order.filled",
            {
                **self._facts(o, at),
                "qty": float(qty),
                "filled_qty": float(o.filled_qty),
                "price": float(price),
                "complete": complete,
            },
        )

    def book(self, symbol: str, change: Decimal, price: Decimal) -> None:
        """Move a signed quantity into a position and its cost out of cash."""
        held = self.positions.setdefault(symbol, Position(symbol, ZERO, ZERO))
        held.add(change, price)
        self.cash -= change * price
        if not held.qty:
            del self.positions[symbol]

    def _end(self, o: Order, status: str, at: int) -> None:
        o.status, o.updated_at = status, at
        o.due.clear()
        o.held_by = None
        self.live.pop(o.id, None)

    def _facts(self, o: Order, at: int) -> dict[str, object]:
        return {
            "id": o.id,
            "client_order_id": o.client_order_id,
            "symbol": o.symbol,
            "side": o.side,
            "intent": o.intent,
            "at_ns": at,
        }

    # endings

    def _cancel(self, o: Order, at: int) -> None:
        o.canceled_at = at
        self._close(o, "canceled", "order.canceled", at)

    def _expire(self, o: Order, at: int) -> None:
        o.expired_at = at
        self._close(o, "expired", "order.expired", at)

    def _close(self, o: Order, status: str, kind: Kind, at: int) -> None:
        self._end(o, status, at)
        self.emit(kind, {**self._facts(o, at), "filled_qty": float(o.filled_qty)})

    def _reject(self, o: Order, at: int) -> None:
        o.failed_at = at
        self._end(o, "rejected", at)
        self.emit(
            "order.rejected",
            {**self._facts(o, at), "reason": o.reject_reason, "status": "rejected", "sync": False},
        )

    # what a client or a control asks for

    def accept(self, o: Order, reject: ResponseOverride | None = None, reason: str = "") -> None:
        """Take a valid order into the books; `reject` turns it into a late rejection."""
        now = self.now()
        self.orders[o.id] = self.by_client_id[o.client_order_id] = self.live[o.id] = o
        trading = self.market.is_open(now) or (
            o.extended_hours and self.market.in_extended_hours(now)
        )
        o.status = "pending_new" if trading else "accepted"
        o.due["ack"] = now + ACK if trading else self.market.next_open(now)
        o.due["expire"] = o.expires_at
        if reject is not None:
            self._alter(o, reject, now + LATE_REJECT)
            o.reject_reason = reason
            o.due["reject"] = now + LATE_REJECT
            o.due.pop("ack")
        price = o.limit_price or self.prices.last(o.symbol)
        quote = self.prices.quote(o.symbol)
        self.emit(
            "order.submitted",
            {
                **self._facts(o, now),
                "qty": float(o.rest(price)),
                "type": o.type,
                "limit_price": float(o.limit_price) if o.limit_price is not None else None,
                "quote": float(quote.ask if o.sign > 0 else quote.bid),  # 0: no quote
                "notional": float(o.rest(price) * price),
                "sent_client_id": o.sent_client_id,
            },
        )

    def request_cancel(self, o: Order, stuck: ResponseOverride | None = None) -> None:
        """Start a cancel; `stuck` leaves it at `pending_cancel` until that rule is lifted."""
        now = self.now()
        o.status, o.updated_at = "pending_cancel", now
        if stuck is None:
            o.due["cancel"] = now + CANCEL
            return
        self._alter(o, stuck, now)
        o.held_by = stuck

    def replace(self, o: Order, new: Order) -> None:
        """End an order in favour of a new one."""
        now = self.now()
        o.replaced_at, o.replaced_by, new.replaces = now, new.id, o.id
        self._end(o, "replaced", now)
        self.emit("order.replaced", {**self._facts(o, now), "replaced_by": new.id})
        self.accept(new)

    def cancel_now(self, orders: Iterable[Order], rule: ResponseOverride | None = None) -> None:
        """Cancel from the broker's side, at once."""
        for o in list(orders):
            if rule is not None:
                self._alter(o, rule, self.now())
            self._cancel(o, self.now())

    def release(self, rule: ResponseOverride) -> None:
        """Let the orders go on that a lifted rule held back."""
        for o in self.live.values():
            if o.held_by is rule:
                o.held_by, o.altered_until = None, self.now()
                step = "cancel" if o.status == "pending_cancel" else "fill"
                o.due.setdefault(step, self.now())

    def altering(self, orders: Iterable[Order]) -> set[ResponseOverride]:
        """The controls without which a client that reads these orders would read otherwise."""
        now = self.now()
        return {
            o.altered_by
            for o in orders
            if o.altered_by is not None
            and o.altered_from <= now
            and (o.altered_until is None or now < o.altered_until)
        }

    def witness(self, orders: Iterable[Order]) -> None:
        """A client reads these orders: count each control once."""
        for control in self.altering(orders):
            control.meet()
