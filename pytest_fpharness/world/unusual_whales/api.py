"""A fake of the Unusual Whales API: option flow, dark pool, market tide and per-stock figures.

Shapes, headers and errors are those of the vendor's OpenAPI file and of live bodies in public
clients (notes on the data vendor, section 2): numbers as strings, times with a space.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.world.alpaca import session
from pytest_fpharness.world.alpaca.prices import UNIVERSE, Prices
from pytest_fpharness.world.alpaca.timestamps import parse
from pytest_fpharness.world.http.messages import (
    Emit,
    HttpRequest,
    HttpResponse,
    Now,
    ResponseOverride,
    json_response,
    segments,
    text_response,
)
from .market import ROTATION, Load, Row, UwMarket

#: Requests a minute and a day of the vendor's basic tier.
PER_MINUTE: Final = 120
PER_DAY: Final = 15_000
_TICKER: Final = re.compile(r"[A-Z][A-Z.]{0,5}")
_LIMIT_TEXT: Final = "Too Many Requests"


_T = TypeVar("_T")


class InvalidQuery(Exception):
    """A query parameter that the vendor cannot read."""


class UwFailure(ResponseOverride):
    """Replaces every answer, or the next ``times`` answers."""

    def __init__(self, name: str, response: HttpResponse, times: int | None) -> None:
        super().__init__(name, times=times)
        self.response = response


class UwApiFake:
    """The data vendor. By default each minute one symbol of 24 has strong, mostly bullish flow.

    Four further symbols have weak flow, so a client that takes every row knows five. Everything
    depends on the seed and the minute only. `history` is how many minutes an answer reaches back.
    """

    def __init__(
        self,
        now: Now,
        emit: Emit,
        *,
        seed: int,
        key: str = "uw-fake-key",
        symbols: Sequence[str] = ROTATION,
        price: Callable[[str, int], float] | None = None,
        history: int = 1,
    ) -> None:
        self._now, self._emit = now, emit
        self._key, self._history = key, history
        price = price or Prices(now, seed=seed).mid
        self.market = UwMarket(now, seed=seed, symbols=symbols, price=price)
        self.per_minute = PER_MINUTE
        self._failures: list[UwFailure] = []
        self._minute = self._day = -1
        self._in_minute = self._in_day = 0
        self.reported_today = 0  # the day's count in the headers of the last answer

    # the network's side

    def handle(self, request: HttpRequest) -> HttpResponse:
        now = self._now()
        self._count(now)
        response = self._answer(request)
        if response.status < 300:
            self._in_day += 1
        self.reported_today = self._in_day
        return response.with_headers(
            {
                "x-uw-daily-req-count": str(self._in_day),
                "x-uw-token-req-limit": str(PER_DAY),
                "x-uw-minute-req-counter": str(self._in_minute),
                "x-uw-req-per-minute-remaining": str(max(0, self.per_minute - self._in_minute)),
                "x-uw-req-per-minute-reset": str((MINUTE - now % MINUTE) // 1_000_000),
            }
        )

    def _count(self, now: int) -> None:
        """Count the request; the daily quota starts again at 20:00 Eastern."""
        day = self._vendor_day(now)
        if now // MINUTE != self._minute:
            self._minute, self._in_minute = now // MINUTE, 0
        if day != self._day:
            self._day, self._in_day = day, 0
        self._in_minute += 1

    @staticmethod
    def _vendor_day(now: int) -> int:
        return session.day_of(now + 4 * 60 * MINUTE)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        for failure in reversed(self._failures):
            if failure.act():
                return failure.response
        if request.header("Authorization") != f"Bearer {self._key}":
            return json_response(401, {"error": "Unauthorized"})
        if self._in_day >= PER_DAY:
            return _quota()
        if self._in_minute > self.per_minute:
            return text_response(429, _LIMIT_TEXT)
        try:
            return self._route(request)
        except InvalidQuery as error:
            body = {"path": request.path, "msg": f"Invalid query input: {error}", "query": ""}
            return json_response(422, body)

    def _route(self, request: HttpRequest) -> HttpResponse:
        parts = segments(request.path)
        head, rest = parts[:1], parts[1:]
        if request.method == "GET" and head == ["api"]:
            if rest == ["option-trades", "flow-alerts"]:
                return self._flow_alerts(request)
            if rest == ["market", "market-tide"]:
                return _data(self.market.market_tide())
            if rest == ["market", "top-net-impact"]:
                return _data(self.market.top_net_impact(_limit(request, 20)))
            if len(rest) == 2 and rest[0] == "darkpool":
                return self._per_ticker(rest[1], request, self.market.darkpool)
            if len(rest) == 3 and rest[0] == "stock" and rest[2] in _STOCK:
                shape = _STOCK[rest[2]]
                return self._per_ticker(rest[1], request, lambda t: shape(self.market, t))
        facts = {"method": request.method, "host": request.host, "path": request.path}
        self._emit("http.unknown_route", facts)
        return json_response(404, {"error": "Route not found"})

    def _per_ticker(
        self, ticker: str, request: HttpRequest, shape: Callable[[str], object]
    ) -> HttpResponse:
        if not _TICKER.fullmatch(ticker) and ticker != "recent":
            text = f"Invalid path input: {ticker} is not a ticker"
            return json_response(422, {"path": request.path, "msg": text, "query": ""})
        if ticker not in UNIVERSE and ticker not in self.market.symbols and ticker != "recent":
            return json_response(404, {})
        return _data(shape(ticker))

    def _flow_alerts(self, request: HttpRequest) -> HttpResponse:
        minute = self._now() // MINUTE
        for load in self.market.loads:
            if load.active:
                load.meet()
        rows = [r for m in range(minute, minute - self._history, -1) for r in self.market.rows(m)]
        return _data(_narrow(rows, request)[: _limit(request, 100)])

    # controls

    def fail(
        self,
        status: int,
        body: object = None,
        content_type: str | None = None,
        times: int | None = None,
    ) -> ResponseOverride:
        """Answer with a status and a body (text as it is, else as JSON), or the vendor's own."""
        if body is None:
            body = _BODIES.get(status, "Something went wrong")
        kind = content_type or ("text/plain" if isinstance(body, str) else "application/json")
        text = body if isinstance(body, str) else json.dumps(body)
        return self._failure(f"uw.fail({status})", text_response(status, text, kind), times)

    def daily_quota(self, times: int | None = None) -> ResponseOverride:
        """Answer that the daily quota is used up; retrying is useless until 20:00 Eastern."""
        return self._failure("uw.daily_quota", _quota(), times)

    def minute_limit(self, times: int | None = None) -> ResponseOverride:
        """Answer that there were too many requests in this minute."""
        return self._failure("uw.minute_limit", text_response(429, _LIMIT_TEXT), times)

    def _failure(self, name: str, response: HttpResponse, times: int | None) -> ResponseOverride:
        failure = UwFailure(name, response, times)
        self._failures.append(failure)
        return failure

    @property
    def day(self) -> int:
        """The vendor's day now; it begins at 20:00 Eastern."""
        return self._vendor_day(self._now())

    @property
    def requests_today(self) -> int:
        """Answered requests of the vendor's day, as its header counts them."""
        return self._in_day

    @requests_today.setter
    def requests_today(self, count: int) -> None:
        self._day, self._in_day = self.day, count

    def repeat(self, symbols: Sequence[str]) -> ResponseOverride:
        """These symbols have strong flow in every minute, the rotating one as well."""
        return self._load(Load("uw.repeat", always=symbols))

    def only(self, symbols: Sequence[str]) -> ResponseOverride:
        """Only these symbols take turns in having strong flow."""
        return self._load(Load("uw.only", only=symbols))

    def quiet_market(self) -> ResponseOverride:
        """No symbol has strong flow; the background stays."""
        return self._load(Load("uw.quiet_market", only=()))

    def _load(self, load: Load) -> ResponseOverride:
        self.market.loads.append(load)
        return load


_BODIES: Final[dict[int, object]] = {
    401: {"error": "Unauthorized"},
    403: {"code": "historic_data_access_missing", "message": "Your plan does not include this."},
    404: {},
    429: _LIMIT_TEXT,
}
_STOCK: Final[dict[str, Callable[[UwMarket, str], object]]] = {
    "greek-exposure": UwMarket.greek_exposure,
    "iv-rank": UwMarket.iv_rank,
    "oi-change": UwMarket.oi_change,
    "stock-state": UwMarket.stock_state,
}


def _data(rows: object) -> HttpResponse:
    return json_response(200, {"data": rows})


def _quota() -> HttpResponse:
    text = "You have reached your daily request limit."
    return json_response(429, {"code": "daily_request_limit_hit", "message": text})


def _read(request: HttpRequest, name: str, read: Callable[[str], _T], default: _T) -> _T:
    value = request.arg(name)
    try:
        return read(value) if value else default
    except ValueError:
        raise InvalidQuery(f"{name}={value}") from None


def _limit(request: HttpRequest, default: int) -> int:
    return max(1, min(_read(request, "limit", int, default), 500))


def _instant(text: str) -> int:
    return int(text) * SECOND if text.isdigit() else parse(text)


def _narrow(rows: Iterable[Row], request: HttpRequest) -> list[Row]:
    """Apply the vendor's filters; a parameter it does not know, such as `symbol`, does nothing."""
    ticker = request.arg("ticker_symbol")
    floor = _read(request, "min_premium", float, 0.0)
    after = _read(request, "newer_than", _instant, 0)
    before = _read(request, "older_than", _instant, 1 << 63)
    return [
        r
        for r in rows
        if ticker in ("", r["ticker"])
        and float(r["total_premium"]) >= floor
        and after < parse(r["created_at"]) < before
    ]
