"""The routes of the trading hosts (api and paper-api, /v2/...), after Alpaca's OpenAPI file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final
from urllib.parse import unquote

from pytest_fpharness.world.alpaca import session, shapes
from pytest_fpharness.world.http.messages import HttpRequest, HttpResponse, json_response, segments
from .account import Account
from .errors import Refused
from .ledger import Ledger
from .model import Order
from .orders import OrderDesk
from .prices import to_tick
from .timestamps import parse, parse_day
from .validation import number, whole

_DAY_NS: Final = 86_400 * 1_000_000_000
Route = Callable[[HttpRequest, str], HttpResponse]


class Trading:
    """Answers requests of the trading API from the ledger; raises Refused for every 4xx."""

    def __init__(self, ledger: Ledger, account: Account, desk: OrderDesk) -> None:
        self.ledger, self.account, self.desk = ledger, account, desk
        self._routes: dict[tuple[str, str, bool], Route] = {
            ("GET", "account", False): self._get_account,
            ("GET", "account", True): self._get_configurations,
            ("PATCH", "account", True): self._patch_configurations,
            ("GET", "positions", False): self._list_positions,
            ("GET", "positions", True): self._get_position,
            ("DELETE", "positions", False): self._close_all,
            ("DELETE", "positions", True): self._close_position,
            ("POST", "orders", False): self._post_order,
            ("GET", "orders", False): self._list_orders,
            ("GET", "orders", True): self._get_order,
            ("PATCH", "orders", True): self._patch_order,
            ("DELETE", "orders", False): self._cancel_all,
            ("DELETE", "orders", True): self._cancel_order,
            ("GET", "orders:by_client_order_id", False): self._by_client_id,
            ("GET", "clock", False): self._clock,
            ("GET", "calendar", False): self._calendar,
            ("GET", "assets", False): self._list_assets,
            ("GET", "assets", True): self._get_asset,
        }

    def handle(self, request: HttpRequest) -> HttpResponse:
        """The answer to an authorised request; raises Refused."""
        parts = segments(request.path)
        if len(parts) in (2, 3) and parts[0] == "v2":
            name = unquote(parts[2]) if len(parts) == 3 else ""
            route = self._routes.get((request.method, unquote(parts[1]), len(parts) == 3))
            if route is not None:
                return route(request, name)
        raise Refused("unknown_route")

    # account, clock, calendar, assets

    def _get_account(self, request: HttpRequest, _: str) -> HttpResponse:
        self.account.witness()
        return json_response(200, self.account.shape())

    def _get_configurations(self, request: HttpRequest, name: str) -> HttpResponse:
        if name != "configurations":
            raise Refused("unknown_route")
        self.account.witness()
        flags = {key: self.account.flag(key) for key in self.account.configurations}
        return json_response(200, flags)

    def _patch_configurations(self, request: HttpRequest, name: str) -> HttpResponse:
        body = _body(request)
        if name != "configurations" or set(body) - set(self.account.configurations):
            raise Refused("invalid_body")
        self.account.configurations.update(body)
        return self._get_configurations(request, name)

    def _clock(self, request: HttpRequest, _: str) -> HttpResponse:
        now, market = self.ledger.now(), self.ledger.market
        if market.closure is not None and market.closure.active:
            market.closure.meet()
        clock = shapes.clock(
            now, market.is_open(now), market.next_open(now), market.next_close(now)
        )
        return json_response(200, clock)

    def _calendar(self, request: HttpRequest, _: str) -> HttpResponse:
        today = session.day_of(self.ledger.now())
        start = _day(request, "start", today)
        # The vendor's calendar ends with 2029; without an end it is sent whole.
        end = min(_day(request, "end", start + 365), date(2030, 12, 31).toordinal())
        days = session.sessions(start, end)
        return json_response(200, [shapes.calendar_day(s) for s in days])

    def _list_assets(self, request: HttpRequest, _: str) -> HttpResponse:
        status = request.arg("status")
        assets = self.ledger.prices.assets.values()
        return json_response(
            200, [shapes.asset(a) for a in assets if status in ("", "all", a.status)]
        )

    def _get_asset(self, request: HttpRequest, name: str) -> HttpResponse:
        asset = self.ledger.prices.asset(name)
        if asset is None:
            raise Refused("asset_missing", symbol=name)
        self.desk.witness_asset(asset.symbol)
        return json_response(200, shapes.asset(asset))

    # positions

    def _position_shape(self, symbol: str) -> shapes.Shape:
        ledger = self.ledger
        held, asset = ledger.positions[symbol], ledger.prices.asset(symbol)
        price = ledger.prices.last(symbol)
        before = to_tick(ledger.prices.mid(symbol, ledger.now() - _DAY_NS)) if asset else price
        free = abs(held.qty) - ledger.reserved(symbol)
        return shapes.position(held, asset, price, before, free)

    def _list_positions(self, request: HttpRequest, _: str) -> HttpResponse:
        self.desk.witness_positions()
        return json_response(200, [self._position_shape(s) for s in self.ledger.positions])

    def _held_symbol(self, name: str) -> str:
        asset = self.ledger.prices.asset(name)
        symbol = asset.symbol if asset else name
        self.desk.witness_positions(symbol)
        if symbol not in self.ledger.positions:
            raise Refused("position_not_found", symbol=symbol)
        return symbol

    def _get_position(self, request: HttpRequest, name: str) -> HttpResponse:
        return json_response(200, self._position_shape(self._held_symbol(name)))

    def _close_position(self, request: HttpRequest, name: str) -> HttpResponse:
        symbol = self._held_symbol(name)
        held = abs(self.ledger.held(symbol))
        amounts = {name: request.arg(name) for name in ("qty", "percentage")}
        share = number(amounts, "percentage") or Decimal(100)
        qty = number(amounts, "qty") or held * share / 100
        return json_response(200, shapes.order(self.desk.close(symbol, qty)))

    def _close_all(self, request: HttpRequest, _: str) -> HttpResponse:
        if request.arg("cancel_orders") == "true":
            for o in list(self.ledger.live.values()):
                self.desk.cancel_for_close(o)
        rows = []
        for symbol, held in list(self.ledger.positions.items()):
            try:
                status, body = 200, shapes.order(self.desk.close(symbol, abs(held.qty)))
            except Refused as refused:
                status, body = 500, {"code": 50010000, "message": refused.name}
            rows.append({"symbol": symbol, "status": status, "body": body})
        return json_response(207, rows)

    # orders

    def _post_order(self, request: HttpRequest, _: str) -> HttpResponse:
        return json_response(200, shapes.order(self.desk.submit(_body(request))))

    def _find(self, order_id: str) -> Order:
        order = self.ledger.orders.get(order_id)
        if order is None:
            raise Refused("order_not_found", id=order_id)
        self.ledger.witness([order])
        return order

    def _get_order(self, request: HttpRequest, name: str) -> HttpResponse:
        return json_response(200, shapes.order(self._find(name)))

    def _by_client_id(self, request: HttpRequest, _: str) -> HttpResponse:
        wanted = request.arg("client_order_id")
        order = self.ledger.by_client_id.get(wanted)
        if order is None:
            raise Refused("order_not_found", id=wanted)
        self.ledger.witness([order])
        return json_response(200, shapes.order(order))

    def _list_orders(self, request: HttpRequest, _: str) -> HttpResponse:
        status = request.arg("status", "open")
        if status not in ("open", "closed", "all"):
            raise Refused("invalid_order", detail=f"invalid status: {status}")
        source = self.ledger.live if status == "open" else self.ledger.orders
        orders = [o for o in source.values() if status != "closed" or not o.open]
        orders = _narrow(orders, request)
        if request.arg("direction", "desc") == "desc":
            orders.reverse()
        orders = orders[: min(whole(request, "limit", 50), 500)]
        self.ledger.witness(orders)
        return json_response(200, [shapes.order(o) for o in orders])

    def _patch_order(self, request: HttpRequest, name: str) -> HttpResponse:
        return json_response(200, shapes.order(self.desk.replace(self._find(name), _body(request))))

    def _cancel_order(self, request: HttpRequest, name: str) -> HttpResponse:
        self.desk.cancel(self._find(name))
        return HttpResponse(204)

    def _cancel_all(self, request: HttpRequest, _: str) -> HttpResponse:
        rows = []
        for o in list(self.ledger.live.values()):
            try:
                self.desk.cancel(o)
                rows.append({"id": o.id, "status": 200})
            except Refused:
                rows.append({"id": o.id, "status": 422})
        return json_response(207, rows)


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused("invalid_body")
    return body


def _day(request: HttpRequest, name: str, default: int) -> int:
    try:
        return parse_day(request.arg(name)) if request.arg(name) else default
    except ValueError:
        raise Refused("invalid_order", detail=f"invalid {name}") from None


def _narrow(orders: list[Order], request: HttpRequest) -> list[Order]:
    """Apply the list filters; `after` and `until` are exclusive."""
    symbols = {s for s in request.arg("symbols").split(",") if s}
    side = request.arg("side")
    try:
        after = parse(request.arg("after")) if request.arg("after") else 0
        until = parse(request.arg("until")) if request.arg("until") else 1 << 63
    except ValueError as error:
        raise Refused("invalid_order", detail=str(error)) from None
    return [
        o
        for o in orders
        if after < o.created_at < until
        and (not symbols or o.symbol in symbols)
        and side in ("", o.side)
    ]
