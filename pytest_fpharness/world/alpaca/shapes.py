"""The broker's JSON shapes: money and quantities as strings, timestamps with nanoseconds.

Fields as in Alpaca's OpenAPI files (notes on the broker, section 1.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.alpaca import session
from .model import ZERO, Order, Position
from .prices import Asset, Quote

Shape = dict[str, object]
_EPOCH_DAY = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=512)
def _day_text(day: int) -> str:
    return date.fromordinal(_EPOCH_DAY + day).isoformat()


def clock_text(seconds: int) -> str:
    """Seconds since the epoch as `2026-01-06T15:00:00`, without a zone."""
    day, rest = divmod(seconds, 86_400)
    hour, rest = divmod(rest, 3_600)
    return f"{_day_text(day)}T{hour:02}:{rest // 60:02}:{rest % 60:02}"


def utc(ns: int | None) -> str | None:
    """An instant as the broker writes it: `2026-01-06T15:00:00.000000001Z`."""
    if ns is None:
        return None
    seconds, rest = divmod(ns, SECOND)
    fraction = f".{rest:09}".rstrip("0") if rest else ""
    return f"{clock_text(seconds)}{fraction}Z"


def eastern(ns: int) -> str:
    """An instant with New York's offset, in which daylight saving time shows."""
    seconds, rest = divmod(ns, SECOND)
    shift = session.offset(ns)
    fraction = f".{rest:09}" if rest else ""
    return f"{clock_text(seconds + shift)}{fraction}-{-shift // 3600:02}:00"


def text(value: Decimal | None) -> str | None:
    """A number as the broker writes it: plain, without trailing zeros."""
    if value is None:
        return None
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def money(value: Decimal) -> str:
    """Dollars, rounded to cents."""
    return text(round(value, 2)) or "0"


def order(o: Order) -> Shape:
    average = round(o.filled_cost / o.filled_qty, 6) if o.filled_qty else None
    side_word = "open" if o.intent == "entry" else "close"
    return {
        "id": o.id,
        "client_order_id": o.client_order_id,
        "created_at": utc(o.created_at),
        "updated_at": utc(o.updated_at or o.created_at),
        "submitted_at": utc(o.created_at),
        "filled_at": utc(o.filled_at),
        "expired_at": utc(o.expired_at),
        "expires_at": utc(o.expires_at),
        "canceled_at": utc(o.canceled_at),
        "failed_at": utc(o.failed_at),
        "replaced_at": utc(o.replaced_at),
        "replaced_by": o.replaced_by,
        "replaces": o.replaces,
        "asset_id": o.asset_id,
        "symbol": o.symbol,
        "asset_class": "us_equity",
        "notional": text(o.notional),
        "qty": text(o.qty),
        "filled_qty": text(o.filled_qty),
        "filled_avg_price": text(average),
        "order_class": "",
        "order_type": o.type,
        "type": o.type,
        "side": o.side,
        "position_intent": f"{o.side}_to_{side_word}",
        "time_in_force": o.time_in_force,
        "limit_price": text(o.limit_price),
        "stop_price": text(o.stop_price),
        "status": o.status,
        "extended_hours": o.extended_hours,
        "legs": None,
        "trail_percent": None,
        "trail_price": None,
        "hwm": None,
        "source": None,
        "subtag": None,
    }


def position(
    p: Position, asset: Asset | None, price: Decimal, before: Decimal, free: Decimal
) -> Shape:
    """A position object; `before` is the last day's price, `free` the unsigned free quantity."""
    value, sign = p.qty * price, 1 if p.qty >= 0 else -1
    gain = value - p.cost
    share = round(gain / abs(p.cost), 6) if p.cost else ZERO
    return {
        "asset_id": asset.id if asset else "",
        "symbol": p.symbol,
        "exchange": asset.exchange if asset else "",
        "asset_class": "us_equity",
        "asset_marginable": True,
        "qty": text(p.qty),
        "avg_entry_price": text(round(p.average, 6)),
        "side": "long" if sign > 0 else "short",
        "market_value": money(value),
        "cost_basis": money(p.cost),
        "unrealized_pl": money(gain),
        "unrealized_plpc": text(share),
        "unrealized_intraday_pl": money(gain),
        "unrealized_intraday_plpc": text(share),
        "current_price": text(price),
        "lastday_price": text(before),
        "change_today": text(round(price / before - 1, 6) if before else ZERO),
        "qty_available": text(sign * free),
    }


def asset(a: Asset) -> Shape:
    return {
        "id": a.id,
        "class": "us_equity",
        "exchange": a.exchange,
        "symbol": a.symbol,
        "name": f"{a.symbol} Common Stock",
        "status": a.status,
        "tradable": a.tradable,
        "marginable": True,
        "maintenance_margin_requirement": 30,
        "margin_requirement_long": "30",
        "margin_requirement_short": "30",
        "shortable": a.shortable,
        "easy_to_borrow": a.shortable,
        "borrow_status": "easy_to_borrow" if a.shortable else "not_shortable",
        "fractionable": a.fractionable,
        "attributes": [],
    }


def clock(now: int, is_open: bool, next_open: int, next_close: int) -> Shape:
    return {
        "timestamp": eastern(now),
        "is_open": is_open,
        "next_open": eastern(next_open),
        "next_close": eastern(next_close),
    }


def calendar_day(s: session.Session) -> Shape:
    """One row of the calendar; times are Eastern and carry no zone."""
    settles = session.next_session(s.day).day
    return {
        "date": date.fromordinal(s.day).isoformat(),
        "open": "09:30",
        "close": "13:00" if s.early else "16:00",
        "session_open": "0400",
        "session_close": "1700" if s.early else "2000",
        "settlement_date": date.fromordinal(settles).isoformat(),
    }


def quote(q: Quote) -> Shape:
    """A quote; prices and sizes are JSON numbers, 0 for no active side."""
    return {
        "t": utc(q.at),
        "ax": "V" if q.ask else " ",
        "ap": float(q.ask),
        "as": 300 if q.ask else 0,
        "bx": "V" if q.bid else " ",
        "bp": float(q.bid),
        "bs": 400 if q.bid else 0,
        "c": ["R"],
        "z": "C",
    }


def trade(price: Decimal, at: int) -> Shape:
    return {
        "t": utc(at),
        "x": "V",
        "p": float(price),
        "s": 100,
        "c": ["@"],
        "i": at // SECOND,
        "z": "C",
    }


def error_values(values: Mapping[str, object]) -> dict[str, object]:
    """Template values with decimals written as the broker writes numbers."""
    return {k: text(v) if isinstance(v, Decimal) else v for k, v in values.items()}
