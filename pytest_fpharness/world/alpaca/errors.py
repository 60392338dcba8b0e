"""The broker's error table, by name.

Codes and texts are those collected in the notes on the broker (section 1.4): Alpaca's OpenAPI
files, guides and public issues. Rows marked "unverified" have a plausible text only.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pytest_fpharness.world.http.messages import JSON_TYPE, HttpResponse, text_response


@dataclass(frozen=True)
class ErrorRow:
    """One refusal: HTTP status, eight digit code, message template, names of further keys."""

    status: int
    code: int | None
    message: str
    extra: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawRow:
    """An answer of something in front of the broker: no JSON, no code."""

    status: int
    body: str
    content_type: str = "text/html"


_QTY = ("available", "existing_qty", "held_for_orders", "related_orders", "symbol")
_SHORT_QTY = "insufficient qty available for order (requested: {qty}, available: {available})"
_WASH = "potential wash trade detected. use complex orders"
_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"

ERRORS: Final[Mapping[str, ErrorRow | RawRow]] = {
    # authentication: no code
    "unauthorized": ErrorRow(401, None, "unauthorized."),
    "unauthorized_with_code": ErrorRow(401, 40110000, "request is not authorized"),  # unverified
    "forbidden": ErrorRow(403, None, "forbidden."),
    # the broker rejects this order
    "insufficient_buying_power": ErrorRow(
        403, 40310000, "insufficient buying power", ("buying_power", "cost_basis")
    ),
    "insufficient_qty": ErrorRow(403, 40310000, _SHORT_QTY, _QTY),
    "held_for_orders": ErrorRow(403, 40310000, _SHORT_QTY, _QTY),
    "wash_trade": ErrorRow(403, 40310000, _WASH, ("reject_reason",)),
    "wash_trade_legacy": ErrorRow(422, 42210000, _WASH),
    "suspended_by_user": ErrorRow(403, 40310000, "new orders are rejected by user request"),
    "trading_blocked": ErrorRow(403, 40310000, "account is restricted from trading"),  # unverified
    "account_blocked": ErrorRow(403, 40310000, "account is blocked"),  # unverified
    "not_allowed_to_short": ErrorRow(403, 40310000, "account is not allowed to short"),
    "opposite_short_open": ErrorRow(
        403, 40310000, "cannot open a long buy while a short sell order is open"
    ),
    "opposite_long_open": ErrorRow(  # unverified: the mirror of the row above
        403, 40310000, "cannot open a short sell while a long buy order is open"
    ),
    "cost_basis_too_small": ErrorRow(
        403, 40310000, "cost basis must be >= minimal amount of order {minimum}"
    ),
    "uncovered_option": ErrorRow(
        403, 40310000, "account not eligible to trade uncovered option contracts"
    ),
    "pattern_day_trader": ErrorRow(
        403, 40310100, "trade denied due to pattern day trading protection"
    ),
    # not found
    "position_not_found": ErrorRow(404, 40410000, "position does not exist"),
    "order_not_found": ErrorRow(404, 40410000, "order not found for {id}"),
    "asset_missing": ErrorRow(404, 40410000, "asset not found for {symbol}"),
    "not_found": ErrorRow(404, 40410000, "Not found"),
    "unknown_route": ErrorRow(404, None, "Not found"),
    # validation
    "sub_penny": ErrorRow(
        422,
        42210000,
        "invalid {field} {price}. sub-penny increment does not fulfill minimum pricing criteria",
    ),
    "asset_not_found": ErrorRow(422, 42210000, 'asset "{symbol}" not found'),
    "asset_not_tradable": ErrorRow(422, 42210000, 'asset "{symbol}" is not tradable'),
    "asset_not_shortable": ErrorRow(422, 42210000, 'asset "{symbol}" cannot be sold short'),
    "asset_not_fractionable": ErrorRow(422, 42210000, 'asset "{symbol}" is not fractionable'),
    "asset_not_active": ErrorRow(422, 40010001, "asset {symbol} is not active"),
    "stop_price": ErrorRow(
        422, 42210000, "stop price must be {side_word} than current price", ("stop_price",)
    ),
    "not_replaceable": ErrorRow(422, 42210000, "unable to replace order in current state"),
    "not_cancelable": ErrorRow(422, 42210000, "order is not cancelable"),  # unverified text
    "client_order_id_too_long": ErrorRow(
        422, 40010001, "client_order_id must be no more than 128 characters"
    ),
    "client_order_id_not_unique": ErrorRow(422, 42210000, "client_order_id must be unique"),
    "orders_not_allowed": ErrorRow(422, 40010001, "us_equity orders not allowed for account"),
    "invalid_order": ErrorRow(422, 40010001, "{detail}"),
    "invalid_body": ErrorRow(400, 40010000, "request body format is invalid"),
    "data_not_permitted": ErrorRow(
        403, 42210000, "subscription does not permit querying recent SIP data"
    ),
    # could not ask
    "rate_limited": ErrorRow(429, 42910000, "rate limit exceeded"),
    "rate_limited_short": ErrorRow(429, 429, "too many requests"),
    "internal_error": ErrorRow(500, 50010000, "internal server error occurred"),
    "internal_error_no_code": ErrorRow(500, None, "Internal Server Error"),
    "gateway_timeout": ErrorRow(504, 50410000, "request timed out"),
    "html_502": RawRow(502, _PAGE.format("502 Bad Gateway")),
    "html_503": RawRow(503, _PAGE.format("503 Service Temporarily Unavailable")),
    "html_504": RawRow(504, _PAGE.format("504 Gateway Time-out")),
    "empty_503": RawRow(503, ""),
    "html_200": RawRow(200, _PAGE.format("Just a moment...")),
}

_DEFAULTS: Final[Mapping[str, object]] = {
    "reject_reason": "opposite side market/stop order exists",
    "related_orders": [],
    "field": "limit_price",
    "side_word": "less",
    "minimum": "1",
    "symbol": "",
}


class Refused(Exception):
    """A request the broker refuses, by the name of its row and the values of its template."""

    def __init__(self, name: str, /, **values: object) -> None:
        super().__init__(name)
        self.name = name
        self.values = values


class _Values(dict[str, object]):
    def __missing__(self, key: str) -> object:
        return _DEFAULTS.get(key, "0")


def row(name: str) -> ErrorRow | RawRow:
    """The row of that name; raises ValueError that names the nearest ones."""
    entry = ERRORS.get(name)
    if entry is None:
        suggestions = difflib.get_close_matches(name, ERRORS, 3) or sorted(ERRORS)
        raise ValueError(f"no broker error is called {name!r}; try {', '.join(suggestions)}")
    return entry


def answer(
    name: str, values: Mapping[str, object] | None = None, code: int | None = None
) -> HttpResponse:
    """The broker's answer for a row; `code` replaces the row's own code."""
    entry = row(name)
    if isinstance(entry, RawRow):
        return text_response(entry.status, entry.body, entry.content_type)
    filled = _Values(values or {})
    body: dict[str, object] = {"message": entry.message.format_map(filled)}
    used = code if code is not None else entry.code
    if used is not None:
        body = {"code": used, **body}
    for key in entry.extra:
        value = filled[key]
        body[key] = value if isinstance(value, list) else str(value)
    # Probed: the broker ends its error bodies with a newline.
    text = json.dumps(body, separators=(",", ":")) + "\n"
    return HttpResponse(entry.status, text.encode(), {"Content-Type": JSON_TYPE})
