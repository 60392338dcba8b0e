"""What a fault or a fixture can do to the broker. Each call returns a ``ResponseOverride``."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Final

from pytest_fpharness.world.http.messages import ResponseOverride
from .account import Account
from .errors import row
from .ledger import ACK, Ledger
from .limits import RateLimiter
from .model import FillRule
from .orders import CancelRule, OrderDesk, RejectRule
from .prices import Quote

_ASSET_FLAGS: Final = ("status", "tradable", "shortable", "fractionable", "exchange")


def exact(value: float | str | Decimal) -> Decimal:
    """Convert a number by its shortest decimal text, so that 0.1 is one tenth."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


class LostAnswers(ResponseOverride):
    """Loses answers of one endpoint after the request took effect."""

    def __init__(self, times: int | None, endpoint: str, method: str) -> None:
        super().__init__(f"lose_answers({method} {endpoint})", times=times)
        self.endpoint, self.method = endpoint, method

    def covers(self, method: str, endpoint: str) -> bool:
        """Whether the answer to a request is lost."""
        return self.method in ("*", method) and self.endpoint in ("*", endpoint)


class Controls:
    """Overrides of the broker; instants and durations are in ns, money is in dollars."""

    ledger: Ledger
    account_book: Account
    desk: OrderDesk
    limiter: RateLimiter
    lost: list[LostAnswers]

    # orders

    def reject_orders(
        self,
        reason: str,
        *,
        times: int | None = None,
        symbols: Collection[str] | None = None,
        intent: str | None = None,
        asynchronous: bool = False,
        code: int | None = None,
    ) -> ResponseOverride:
        """Refuse new orders with a row of the error table; raises ValueError for an unknown row.

        `asynchronous` accepts them and rejects them half a second later without a reason.
        """
        row(reason)
        rule = RejectRule(
            reason, times=times, symbols=symbols, intent=intent, late=asynchronous, code=code
        )
        self.desk.rejects.append(rule)
        return rule

    def fill_after(self, ns: int, symbol: str | None = None) -> ResponseOverride:
        """Fill new orders this long after they became active."""
        return self._rule(FillRule("fill_after", symbol=symbol, after=ns))

    def fill_at(self, instant: int, symbol: str) -> ResponseOverride:
        """Fill the symbol's orders, including open ones, at an instant."""
        rule = self._rule(FillRule("fill_at", symbol=symbol, at=instant))
        for o in self.ledger.working(symbol):
            if "fill" in o.due:
                self.ledger.plan_fill(o, self.ledger.now())
        return rule

    def fill_partially(self, fraction: float, symbol: str | None = None) -> ResponseOverride:
        """Fill only a part of each order, from 0 to 1; `lift()` fills the rest."""
        if not 0 <= fraction < 1:
            raise ValueError(f"a fraction is at least 0 and below 1, not {fraction}")
        return self._rule(FillRule("fill_partially", symbol=symbol, part=exact(fraction)))

    def never_fill(self, symbol: str | None = None) -> ResponseOverride:
        """Fill nothing; `lift()` fills the waiting orders."""
        return self._rule(FillRule("never_fill", symbol=symbol, part=Decimal(0)))

    def _rule(self, rule: FillRule) -> FillRule:
        rule.on_lift(lambda: self.ledger.release(rule))
        self.ledger.rules.append(rule)
        return rule

    def cancel_orders(self, symbol: str | None = None) -> ResponseOverride:
        """Cancel open orders, as the broker or the user would; this cannot be undone."""
        self.ledger.settle()
        control = ResponseOverride("cancel_orders")
        live = self.ledger.live.values()
        self.ledger.cancel_now([o for o in live if symbol in (None, o.symbol)], control)
        return control

    def refuse_cancel(
        self, symbol: str | None = None, *, stuck: bool = False, times: int | None = None
    ) -> ResponseOverride:
        """Refuse cancels with 422; `stuck` answers 204 and leaves the order at pending_cancel."""
        rule = CancelRule(symbol, stuck, times)
        rule.on_lift(lambda: self.ledger.release(rule))
        self.desk.cancels.append(rule)
        return rule

    def lose_answers(
        self, times: int | None = 1, endpoint: str = "orders", method: str = "POST"
    ) -> ResponseOverride:
        """Handle requests but lose the answers; `endpoint` is the part after /v2/, or `*`."""
        control = LostAnswers(times, endpoint, method)
        self.lost.append(control)
        return control

    # account and positions

    def set_account(self, **flags: object) -> ResponseOverride:
        """Override account flags, configurations or numbers; raises TypeError for unknown names."""
        control = ResponseOverride(f"set_account({', '.join(flags)})")
        self.account_book.override(control, flags)
        return control

    def open_position(
        self, symbol: str, qty: float, price: float | None = None
    ) -> ResponseOverride:
        """Change a position without an order (negative is short); `lift()` reverts it."""
        self.ledger.settle()
        at = exact(price) if price is not None else self.ledger.prices.last(symbol)
        control = ResponseOverride(
            "open_position", on_lift=lambda: self._move(symbol, -exact(qty), at)
        )
        self._move(symbol, exact(qty), at)
        self.desk.moved.append((control, symbol))
        self.ledger.emit("position.opened", {"symbol": symbol, "qty": qty, "price": float(at)})
        return control

    def close_position(self, symbol: str) -> ResponseOverride:
        """Close a position and cancel its open orders, without the bot; cannot be undone."""
        control = self.cancel_orders(symbol)
        held = self.ledger.held(symbol)
        if held:
            price = self.ledger.prices.last(symbol)
            self._move(symbol, -held, price)
            facts = {"symbol": symbol, "qty": float(held), "price": float(price)}
            self.ledger.emit("position.closed", facts)
        self.desk.moved.append((control, symbol))
        return control

    def _move(self, symbol: str, qty: Decimal, price: Decimal) -> None:
        self.ledger.book(symbol, qty, price)
        self.ledger.adopted[symbol] = self.ledger.adopted.get(symbol, Decimal(0)) + qty

    # market

    def set_quote(self, symbol: str, bid: float, ask: float, age_ns: int = 0) -> ResponseOverride:
        """Pin the prices (0 is no quote) and the age of a symbol's quote."""
        control = ResponseOverride(f"set_quote({symbol})")
        quote = Quote(exact(bid), exact(ask), self.ledger.now())
        self.ledger.prices.pinned[symbol] = (control, quote, age_ns)
        return control

    def halt(self, symbol: str) -> ResponseOverride:
        """Halt a symbol: no quote, no new trade, no fill."""
        control = ResponseOverride(f"halt({symbol})")
        self.ledger.prices.halted[symbol] = (control, self.ledger.now())
        return control

    def set_asset(self, symbol: str, **flags: object) -> ResponseOverride:
        """Change status, tradable, shortable, fractionable or exchange of an asset."""
        asset = self.ledger.prices.assets[symbol]
        unknown = sorted(set(flags) - set(_ASSET_FLAGS))
        if unknown:
            raise TypeError(f"an asset has no {unknown[0]!r}; it has {', '.join(_ASSET_FLAGS)}")
        before = {name: getattr(asset, name) for name in flags}
        control = ResponseOverride(
            f"set_asset({symbol})", on_lift=lambda: asset.__dict__.update(before)
        )
        asset.__dict__.update(flags)
        self.desk.assets[symbol] = control
        return control

    def close_market(self) -> ResponseOverride:
        """Close the market now: in the market clock, but not in the calendar."""
        control = ResponseOverride("close_market", on_lift=self._reopen)
        self.ledger.market.closure = control
        return control

    def _reopen(self) -> None:
        now = self.ledger.now()
        if not self.ledger.market.is_open(now):
            return
        for o in self.ledger.live.values():
            for step, wait in (("ack", ACK), ("fill", self.ledger.fill_delay)):
                if step in o.due:
                    o.due[step] = min(o.due[step], now + wait)

    def rate_limit(self, remaining: int, reset_ns: int) -> ResponseOverride:
        """Allow this many requests until an instant; then the usual limit applies again."""
        control = ResponseOverride("rate_limit", on_lift=self.limiter.unpin)
        self.limiter.pin(control, remaining, reset_ns)
        return control
