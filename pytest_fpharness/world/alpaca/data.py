"""The routes of the data host: latest quotes, trades and bars, snapshots, and historic bars."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from pytest_fpharness.model.duration import MINUTE
from pytest_fpharness.world.alpaca import session, shapes
from pytest_fpharness.world.http.messages import (
    HttpRequest,
    HttpResponse,
    Now,
    json_response,
    segments,
)
from .errors import Refused
from .prices import Prices
from .timestamps import parse
from .validation import whole

_DAY: Final = 86_400_000_000_000
_STEPS: Final = {
    "1Min": MINUTE,
    "5Min": 5 * MINUTE,
    "15Min": 15 * MINUTE,
    "30Min": 30 * MINUTE,
    "1Hour": 60 * MINUTE,
    "1Day": _DAY,
}


class MarketData:
    """Answers requests of the data API; a symbol that does not exist is left out, not an error."""

    def __init__(self, now: Now, prices: Prices) -> None:
        self._now = now
        self._prices = prices
        self._latest: dict[str, Callable[[str], shapes.Shape]] = {
            "quotes": self._quote,
            "trades": self._trade,
            "bars": self._latest_bar,
        }

    def handle(self, request: HttpRequest) -> HttpResponse:
        """The answer to an authorised request; raises Refused."""
        parts = segments(request.path)
        if request.method != "GET" or parts[:2] != ["v2", "stocks"]:
            raise Refused("unknown_route")
        rest = parts[2:]
        if rest == ["bars"]:
            return self._bars(request, self._symbols(request), many=True)
        if rest == ["snapshots"]:
            snapshots = {s: self._snapshot(s) for s in self._symbols(request)}
            return json_response(200, snapshots)
        if len(rest) == 2 and rest[1] == "latest" and rest[0] in self._latest:
            shape = self._latest[rest[0]]
            snapshots = {s: shape(s) for s in self._symbols(request)}
            return json_response(200, {rest[0]: snapshots})
        return self._single(request, rest)

    def _single(self, request: HttpRequest, rest: list[str]) -> HttpResponse:
        symbol = rest[0] if rest else ""
        known = [symbol] if symbol in self._prices.assets else []
        if rest[1:] == ["bars"]:
            return self._bars(request, known, many=False, symbol=symbol)
        if rest[1:] == ["snapshot"]:
            return json_response(200, {"symbol": symbol, **self._snapshot(symbol)} if known else {})
        if len(rest) == 3 and rest[2] == "latest" and rest[1] in self._latest:
            body: shapes.Shape = {"symbol": symbol}
            if known:
                body[rest[1][:-1]] = self._latest[rest[1]](symbol)
            return json_response(200, body)
        raise Refused("unknown_route")

    def _symbols(self, request: HttpRequest) -> list[str]:
        return [s for s in request.arg("symbols").split(",") if s in self._prices.assets]

    def _seen(self, symbol: str) -> None:
        control = self._prices.disturbed(symbol)
        if control is not None:
            control.meet()

    def _quote(self, symbol: str) -> shapes.Shape:
        self._seen(symbol)
        return shapes.quote(self._prices.quote(symbol))

    def _trade(self, symbol: str) -> shapes.Shape:
        if self._prices.halt_of(symbol) is not None:
            self._seen(symbol)
        return shapes.trade(*self._prices.trade(symbol))

    def _latest_bar(self, symbol: str) -> shapes.Shape:
        at = self._prices.trade(symbol)[1]
        return self._bar(symbol, at // MINUTE * MINUTE - MINUTE, MINUTE)

    def _snapshot(self, symbol: str) -> shapes.Shape:
        today = self._now() // _DAY * _DAY
        return {
            "latestTrade": self._trade(symbol),
            "latestQuote": self._quote(symbol),
            "minuteBar": self._latest_bar(symbol),
            "dailyBar": self._bar(symbol, today, _DAY),
            "prevDailyBar": self._bar(symbol, today - _DAY, _DAY),
        }

    def _bar(self, symbol: str, start: int, length: int) -> shapes.Shape:
        """A bar from four looks at the price, so that low <= open, close <= high always holds."""
        looks = [self._prices.mid(symbol, start + length * i // 3) for i in range(4)]
        rounded = [round(p, 2 if p >= 1 else 4) for p in looks]
        return {
            "t": shapes.utc(start),
            "o": rounded[0],
            "h": max(rounded),
            "l": min(rounded),
            "c": rounded[-1],
            "v": 1_000 + start // MINUTE % 977 * 10,
            "n": 40 + start // MINUTE % 61,
            "vw": round(sum(looks) / 4, 6),
        }

    def _bars(
        self, request: HttpRequest, symbols: list[str], *, many: bool, symbol: str = ""
    ) -> HttpResponse:
        step = _STEPS.get(request.arg("timeframe", "1Day"))
        if step is None:
            raise Refused("invalid_order", detail="invalid timeframe")
        starts = self._window(request, step)
        skip = whole(request, "page_token", 0)
        limit = min(whole(request, "limit", 1000), 10_000)
        page = starts[skip : skip + limit]
        token = str(skip + limit) if skip + limit < len(starts) else None
        bars = {s: [self._bar(s, at, step) for at in page] for s in symbols}
        if many:
            return json_response(200, {"bars": bars, "next_page_token": token})
        body = {"bars": bars.get(symbol), "symbol": symbol, "next_page_token": token}
        return json_response(200, body)

    def _window(self, request: HttpRequest, step: int) -> list[int]:
        """The starts of the bars asked for; the default window is the current day."""
        now = self._now()
        try:
            start = parse(request.arg("start")) if request.arg("start") else now // _DAY * _DAY
            end = parse(request.arg("end")) if request.arg("end") else now
        except ValueError as error:
            raise Refused("invalid_order", detail=str(error)) from None
        starts = list(_starts(start, min(end, now), step))
        if request.arg("sort") == "desc":
            starts.reverse()
        return starts


def _starts(start: int, end: int, step: int) -> Iterator[int]:
    """The starts of the bars between two instants: only while the exchange is open."""
    first, last = session.day_of(start), session.day_of(end)
    # At most two years, to bound the work of a request.
    for s in session.sessions(max(first, last - 730), last):
        if step == _DAY:
            midnight = s.open - (9 * 60 + 30) * MINUTE
            if start <= midnight <= end:
                yield midnight
            continue
        for at in range(s.open, s.close, step):
            if start <= at <= end:
                yield at
