"""Checks of a new order by the broker (Alpaca orders docs; error table of 1.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from pytest_fpharness.world.http.messages import HttpRequest
from .account import Account
from .errors import Refused
from .ledger import Ledger
from .model import Order

_SIDES: Final = ("buy", "sell")
_TYPES: Final = ("market", "limit", "stop", "stop_limit")
_FORCES: Final = ("day", "gtc", "ioc", "fok")
_MARKET_LIKE: Final = ("market", "stop")


@dataclass(frozen=True)
class Draft:
    """An order as asked for, before it is an order."""

    symbol: str
    side: str
    type: str
    time_in_force: str
    qty: Decimal | None
    notional: Decimal | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    client_order_id: str
    extended_hours: bool

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell."""
        return 1 if self.side == "buy" else -1


def invalid(detail: str) -> Refused:
    """The refusal of a malformed order, with the broker's words for it."""
    return Refused("invalid_order", detail=detail)


def number(body: Mapping[str, object], name: str) -> Decimal | None:
    """A positive number of the body, sent as a string or as a JSON number; raises Refused."""
    raw = body.get(name)
    if raw is None or raw == "":
        return None
    try:
        value = Decimal(str(raw))
    except InvalidOperation:
        raise invalid(f"invalid {name}: {raw}") from None
    if not value.is_finite() or value <= 0:
        raise invalid(f"{name} must be > 0")
    return value


def whole(request: HttpRequest, name: str, default: int) -> int:
    """A whole number of the query, at least zero; raises Refused."""
    value = request.arg(name)
    if not value:
        return default
    if not value.isdecimal():
        raise invalid(f"invalid {name}")
    return int(value)


def _choice(body: Mapping[str, object], name: str, allowed: tuple[str, ...]) -> str:
    value = body.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise invalid(f"invalid {name}")
    return value


def read_draft(body: object) -> Draft:
    """Parse the order in a request's body; raises Refused for anything else."""
    if not isinstance(body, Mapping):
        raise Refused("invalid_body")
    symbol = body.get("symbol")
    if not isinstance(symbol, str) or not symbol:
        raise invalid("symbol is required")
    if body.get("order_class") not in (None, "", "simple"):
        raise invalid("only simple orders are simulated")
    draft = Draft(
        symbol=symbol,
        side=_choice(body, "side", _SIDES),
        type=_choice(body, "type", _TYPES),
        time_in_force=_choice(body, "time_in_force", _FORCES),
        qty=number(body, "qty"),
        notional=number(body, "notional"),
        limit_price=number(body, "limit_price"),
        stop_price=number(body, "stop_price"),
        client_order_id=str(body.get("client_order_id") or ""),
        extended_hours=body.get("extended_hours") is True,
    )
    _check_form(draft)
    return draft


def _check_form(d: Draft) -> None:
    if d.qty is None and d.notional is None:
        raise invalid("qty or notional is required")
    if d.qty is not None and d.notional is not None:
        raise invalid("only one of qty or notional is accepted")
    if d.type in ("limit", "stop_limit") and d.limit_price is None:
        raise invalid("limit orders require a limit price")
    if d.type in ("stop", "stop_limit") and d.stop_price is None:
        raise invalid("stop orders require a stop price")
    if d.type == "market" and (d.limit_price is not None or d.stop_price is not None):
        raise invalid("market orders require no stop or limit price")
    if d.extended_hours and (d.type, d.time_in_force) != ("limit", "day"):
        raise invalid("extended hours order must be DAY limit orders")
    if len(d.client_order_id) > 128:
        raise Refused("client_order_id_too_long")
    for name in ("limit_price", "stop_price"):
        check_tick(name, getattr(d, name))


def check_tick(name: str, price: Decimal | None) -> None:
    """Two decimals from one dollar, four below (Alpaca orders docs, sub-penny increments)."""
    if price is None:
        return
    places = 2 if price >= 1 else 4
    if price != round(price, places):
        raise Refused("sub_penny", field=name, price=price)


def check_draft(d: Draft, ledger: Ledger, account: Account) -> None:
    """Refuse what this account may not do now; raises Refused."""
    if d.client_order_id in ledger.by_client_id:
        raise Refused("client_order_id_not_unique")
    _check_account(account)
    _check_asset(d, ledger)
    price = d.limit_price or ledger.prices.last(d.symbol)
    qty = d.qty if d.qty is not None else (d.notional or Decimal(0)) / price
    _check_stop(d, ledger)
    _check_opposite(d, ledger)
    if ledger.held(d.symbol) * d.sign < 0:
        _check_available(d, qty, ledger)
        return
    if d.sign < 0:
        _check_short(d, ledger, account)
    _check_cost(qty * price, account)


def _check_account(account: Account) -> None:
    for flag in ("account_blocked", "trading_blocked"):
        if account.flag(flag):
            account.because_of(flag)
            raise Refused(flag)
    if account.suspended:
        account.because_of("trade_suspended_by_user")
        account.because_of("suspend_trade")
        raise Refused("suspended_by_user")
    if account.flag("status") != "ACTIVE":
        account.because_of("status")
        raise Refused("orders_not_allowed")


def _check_asset(d: Draft, ledger: Ledger) -> None:
    asset = ledger.prices.asset(d.symbol)
    if asset is None:
        raise Refused("asset_not_found", symbol=d.symbol)
    if asset.status != "active":
        raise Refused("asset_not_active", symbol=d.symbol)
    if not asset.tradable:
        raise Refused("asset_not_tradable", symbol=d.symbol)
    whole = d.qty is not None and d.qty == d.qty.to_integral_value()
    if whole:
        return
    if not asset.fractionable:
        raise Refused("asset_not_fractionable", symbol=d.symbol)
    if d.time_in_force != "day":
        raise invalid("fractional orders must be DAY orders")


def _check_stop(d: Draft, ledger: Ledger) -> None:
    if d.stop_price is None:
        return
    if d.stop_price * d.sign <= ledger.prices.last(d.symbol) * d.sign:
        word = "greater" if d.sign > 0 else "less"
        raise Refused("stop_price", side_word=word, stop_price=d.stop_price)


def _crosses(d: Draft, o: Order) -> bool:
    if d.type in _MARKET_LIKE or o.type in _MARKET_LIKE:
        return True
    assert d.limit_price is not None and o.limit_price is not None
    return d.limit_price * d.sign >= o.limit_price * d.sign


def _check_opposite(d: Draft, ledger: Ledger) -> None:
    opposite = ledger.working(d.symbol, "sell" if d.sign > 0 else "buy")
    if not opposite:
        return
    if not ledger.held(d.symbol) and any(o.intent == "entry" for o in opposite):
        raise Refused("opposite_short_open" if d.sign > 0 else "opposite_long_open")
    if any(_crosses(d, o) for o in opposite):
        raise Refused("wash_trade")


def _check_available(d: Draft, qty: Decimal, ledger: Ledger) -> None:
    held, reserved = abs(ledger.held(d.symbol)), ledger.reserved(d.symbol)
    if qty > held - reserved:
        related = [o.id for o in ledger.working(d.symbol, d.side)]
        raise Refused(
            "held_for_orders" if reserved else "insufficient_qty",
            qty=qty,
            available=held - reserved,
            existing_qty=held,
            held_for_orders=reserved,
            related_orders=related,
            symbol=d.symbol,
        )


def _check_short(d: Draft, ledger: Ledger, account: Account) -> None:
    if not account.flag("shorting_enabled") or account.flag("no_shorting"):
        account.because_of("shorting_enabled")
        account.because_of("no_shorting")
        raise Refused("not_allowed_to_short")
    asset = ledger.prices.asset(d.symbol)
    if asset is None or not asset.shortable:
        raise Refused("asset_not_shortable", symbol=d.symbol)
    if d.qty is None or d.qty != d.qty.to_integral_value():
        raise invalid("fractional orders cannot be sold short")


def _check_cost(cost: Decimal, account: Account) -> None:
    if cost < 1:
        raise Refused("cost_basis_too_small", minimum=1)
    free = account.numbers()["buying_power"]
    if cost > free:
        account.because_of("buying_power")
        raise Refused(
            "insufficient_buying_power", buying_power=round(free, 2), cost_basis=round(cost, 2)
        )
