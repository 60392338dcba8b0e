"""The order desk: accepts, changes and cancels orders, subject to overrides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace as changed
from decimal import Decimal
from typing import Final

from pytest_fpharness.world.http.messages import ResponseOverride
from .account import Account
from .errors import Refused
from .ledger import Ledger
from .model import Order
from .validation import Draft, check_draft, check_tick, number, read_draft

_REPLACEABLE: Final = ("new", "partially_filled")
_GTC_DAYS: Final = 90


class RejectRule(ResponseOverride):
    """Orders of some symbols and of one intent are refused with one row of the error table."""

    def __init__(
        self,
        reason: str,
        *,
        times: int | None,
        symbols: Collection[str] | None,
        intent: str | None,
        late: bool,
        code: int | None,
    ) -> None:
        super().__init__(f"reject_orders({reason})", times=times)
        self.reason, self.symbols, self.intent = reason, symbols, intent
        self.late, self.code = late, code

    def covers(self, symbol: str, intent: str) -> bool:
        """Whether an order is one of those to refuse."""
        return (
            self.active
            and (self.symbols is None or symbol in self.symbols)
            and self.intent in (None, intent)
        )


class CancelRule(ResponseOverride):
    """Cancels of some symbols fail: refused at once, or taken and never carried out."""

    def __init__(self, symbol: str | None, stuck: bool, times: int | None) -> None:
        super().__init__("refuse_cancel", times=times)
        self.symbol, self.stuck = symbol, stuck


class OrderDesk:
    """Order requests of a client. Every refusal is emitted and raised as Refused."""

    def __init__(self, ledger: Ledger, account: Account) -> None:
        self.ledger, self.account = ledger, account
        self.rejects: list[RejectRule] = []
        self.cancels: list[CancelRule] = []
        self.moved: list[tuple[ResponseOverride, str]] = []
        self.assets: dict[str, ResponseOverride] = {}

    def submit(self, body: Mapping[str, object]) -> Order:
        """Take an order; raises Refused."""
        ledger = self.ledger
        intent = "entry"
        try:
            draft = read_draft(body)
            price = draft.limit_price or ledger.prices.last(draft.symbol)
            qty = draft.qty or ((draft.notional or Decimal(0)) / price if price else Decimal(0))
            intent = ledger.intent(draft.symbol, draft.sign, qty)
            reject = self._reject(draft, intent, qty)
            check_draft(draft, ledger, self.account)
        except Refused as refused:
            self._tell(body, intent, refused.name)
            if refused.name.startswith("asset_"):
                self.witness_asset(str(body.get("symbol")))
            raise
        order = self._book(draft, intent)
        if reject is not None and reject.take():
            ledger.accept(order, reject, reject.reason)
        else:
            ledger.accept(order)
        return order

    def _tell(self, body: Mapping[str, object], intent: str, reason: str) -> None:
        self.ledger.emit(
            "order.rejected",
            {
                "symbol": body.get("symbol"),
                "side": body.get("side"),
                "client_order_id": body.get("client_order_id"),
                "intent": intent,
                "reason": reason,
                "status": "refused",
                "sync": True,
            },
        )

    def _reject(self, draft: Draft, intent: str, qty: Decimal) -> RejectRule | None:
        """The newest rule for this order: a late one is returned, another one raises."""
        rule = next((r for r in reversed(self.rejects) if r.covers(draft.symbol, intent)), None)
        if rule is None or rule.late:
            return rule
        rule.act()
        held = abs(self.ledger.held(draft.symbol))
        price = draft.limit_price or self.ledger.prices.last(draft.symbol)
        raise Refused(
            rule.reason,
            code=rule.code,
            symbol=draft.symbol,
            qty=qty,
            available=Decimal(0),
            existing_qty=held,
            held_for_orders=held,
            price=price,
            cost_basis=round(qty * price, 2),
            id=draft.client_order_id,
            detail="order is not valid",
        )

    def _book(self, d: Draft, intent: str) -> Order:
        ledger, now = self.ledger, self.ledger.now()
        order_id = ledger.new_id()
        asset = ledger.prices.asset(d.symbol)
        if d.time_in_force == "gtc":
            expires = ledger.market.close_after(now + _GTC_DAYS * 86_400_000_000_000, False)
        else:
            expires = ledger.market.close_after(now, d.extended_hours)
        return Order(
            id=order_id,
            client_order_id=d.client_order_id or ledger.new_id(),
            symbol=d.symbol,
            asset_id=asset.id if asset else "",
            side=d.side,
            type=d.type,
            time_in_force=d.time_in_force,
            qty=d.qty,
            notional=d.notional,
            limit_price=d.limit_price,
            stop_price=d.stop_price,
            extended_hours=d.extended_hours,
            intent=intent,
            sent_client_id=bool(d.client_order_id),
            status="new",
            created_at=now,
            expires_at=expires,
        )

    def close(self, symbol: str, qty: Decimal) -> Order:
        """Close part of a position by a market order; raises Refused."""
        side = "sell" if self.ledger.held(symbol) > 0 else "buy"
        body = {"symbol": symbol, "qty": str(qty), "side": side}
        return self.submit({**body, "type": "market", "time_in_force": "day"})

    def cancel(self, order: Order) -> None:
        """Ask for a cancel; raises Refused if the order is past it or an override rejects it."""
        if not order.open or order.status in ("pending_cancel", "pending_replace"):
            raise Refused("not_cancelable", id=order.id)
        rule = next(
            (r for r in reversed(self.cancels) if r.active and r.symbol in (None, order.symbol)),
            None,
        )
        if rule is None:
            self.ledger.request_cancel(order)
            return
        rule.act()
        if not rule.stuck:
            raise Refused("not_cancelable", id=order.id)
        self.ledger.request_cancel(order, rule)

    def cancel_for_close(self, order: Order) -> None:
        """Cancel at once, as the broker does before it closes all positions."""
        if order.open:
            self.ledger.cancel_now([order])

    def replace(self, old: Order, body: Mapping[str, object]) -> Order:
        """Replace an order by a new one with a new id; raises Refused.

        A new quantity counts what is filled already, so the new order has the difference.
        """
        if old.status not in _REPLACEABLE:
            raise Refused("not_replaceable", id=old.id)
        wanted = number(body, "qty") or old.qty
        limit = number(body, "limit_price") or old.limit_price
        stop = number(body, "stop_price") or old.stop_price
        check_tick("limit_price", limit)
        check_tick("stop_price", stop)
        client_id = str(body.get("client_order_id") or "")
        if client_id in self.ledger.by_client_id:
            raise Refused("client_order_id_not_unique")
        if wanted is None or wanted <= old.filled_qty:
            raise Refused("not_replaceable", id=old.id)
        self._check_more(old, wanted - old.filled_qty, limit)
        new = changed(
            old,
            id=self.ledger.new_id(),
            client_order_id=client_id or self.ledger.new_id(),
            sent_client_id=bool(client_id),
            qty=wanted - old.filled_qty,
            filled_qty=Decimal(0),
            filled_cost=Decimal(0),
            filled_at=None,
            limit_price=limit,
            stop_price=stop,
            time_in_force=str(body.get("time_in_force") or old.time_in_force),
            created_at=self.ledger.now(),
            updated_at=0,
            due={},
            altered_by=None,
            held_by=None,
        )
        self.ledger.replace(old, new)
        return new

    def _check_more(self, old: Order, qty: Decimal, limit: Decimal | None) -> None:
        """A larger order needs the shares or the money for the difference."""
        price = limit or self.ledger.prices.last(old.symbol)
        was = old.rest(price)
        if old.intent == "exit":
            free = abs(self.ledger.held(old.symbol)) - self.ledger.reserved(old.symbol)
            if qty - was > free:
                raise Refused("insufficient_qty", qty=qty, available=free + was, symbol=old.symbol)
            return
        more = qty * price - was * (old.limit_price or price)
        if more > self.account.numbers()["buying_power"]:
            raise Refused("insufficient_buying_power", cost_basis=round(qty * price, 2))

    # witnesses

    def witness_positions(self, symbol: str | None = None) -> None:
        """A client reads positions: count the controls that moved them."""
        orders = self.ledger.orders.values()
        met = self.ledger.altering(o for o in orders if symbol in (None, o.symbol))
        met.update(c for c, moved in self.moved if not c.lifted and symbol in (None, moved))
        for control in met:
            control.meet()

    def witness_asset(self, symbol: str) -> None:
        """A client meets an asset that a control changed."""
        control = self.assets.get(symbol)
        if control is not None and control.active:
            control.meet()
