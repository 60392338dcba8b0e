"""Fakes of the hosts that the bot calls; no request leaves this process."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter

from pytest_fpharness.reference_bot.instants import epoch, iso

VENDOR: Final = "api.unusualwhales.com"
BROKER: Final = ("paper-api.alpaca.markets", "data.alpaca.markets")
WEBHOOK: Final = "hooks.example.com"
#: Base price in USD by symbol.
PRICES: Final[Mapping[str, float]] = {
    "AAPL": 231.0,
    "AMD": 158.0,
    "JPM": 244.0,
    "MSFT": 447.0,
    "NVDA": 139.0,
    "SPY": 588.0,
    "TSLA": 291.0,
    "XOM": 113.0,
}
CASH: Final = 90_000.0
#: The fake exchange is always open; its session always has this many seconds left.
SESSION_LEFT: Final = 3600
MINUTE: Final = 60
#: Seconds covered by the vendor's response, and between two trades of a symbol.
LOOK_BACK: Final = 180
STEP: Final = 20

Row = dict[str, Any]
#: Status and JSON content.
Answer = tuple[int, Any]


class Hosts(BaseAdapter):
    """A transport for every session of this process: data vendor, broker and webhook in memory.

    ``on_alert`` receives each alert. Hosts in ``down`` refuse connections, and a vendor in
    ``refusing`` does not accept the key.
    """

    def __init__(self, on_alert: Callable[[Row], None]) -> None:
        super().__init__()
        self.on_alert = on_alert
        self.down: set[str] = set()
        self.refusing: set[str] = set()
        self.broker = FakeBroker()
        self.request_count = 0

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        """Answer a request; raises ConnectionError for a host that is down or unknown."""
        url = urlsplit(str(request.url))
        host = url.hostname or ""
        if host in self.down or host not in (VENDOR, WEBHOOK, *BROKER):
            raise requests.ConnectionError(f"{host}: refused by the demo")
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        body = json.loads(request.body) if request.body else {}
        answer = _response(request, *self._answer(host, str(request.method), url.path, query, body))
        if host == VENDOR:
            self.request_count += 1
            answer.headers["x-uw-daily-req-count"] = str(self.request_count)
        return answer

    def close(self) -> None:
        """Nothing to close."""

    def _answer(self, host: str, method: str, path: str, query: Row, body: Row) -> Answer:
        if host == WEBHOOK:
            self.on_alert(body)
            return 200, {}
        if host == VENDOR:
            refused = VENDOR in self.refusing
            return (401, {"message": "unauthorized"}) if refused else (200, {"data": flow()})
        return self.broker.answer(method, path, query, body)


class FakeBroker:
    """An account that fills every order at once, at the current price."""

    def __init__(self) -> None:
        self.cash = CASH
        self.orders: list[Row] = []
        self.held: dict[str, Row] = {}

    def answer(self, method: str, path: str, query: Row, body: Row) -> Answer:
        """Answer one request; 404 for anything that the bot does not use."""
        if (method, path) == ("POST", "/v2/orders"):
            return 200, self._fill(body)
        known: dict[str, Callable[[], Answer]] = {
            "/v2/clock": lambda: (200, _clock()),
            "/v2/account": lambda: (200, self._account()),
            "/v2/positions": lambda: (200, list(self.held.values())),
            "/v2/orders": lambda: (200, self._orders(query)),
            "/v2/orders:by_client_order_id": lambda: self._by_name(query),
            "/v2/stocks/quotes/latest": lambda: (200, {"quotes": _quotes(query)}),
        }
        reply = known.get(path) if method == "GET" else None
        return reply() if reply else (404, {"code": 40410000, "message": "not found"})

    def _account(self) -> Row:
        value = sum(float(row["qty"]) * price(symbol) for symbol, row in self.held.items())
        return {
            "status": "ACTIVE",
            "cash": f"{self.cash:.2f}",
            "buying_power": f"{self.cash:.2f}",
            "long_market_value": f"{value:.2f}",
            "short_market_value": "0",
        }

    def _orders(self, query: Row) -> list[Row]:
        after = epoch(query["after"]) if "after" in query else 0.0
        return [row for row in reversed(self.orders) if epoch(row["created_at"]) > after]

    def _by_name(self, query: Row) -> Answer:
        name = query.get("client_order_id")
        matches = [row for row in self.orders if row["client_order_id"] == name]
        return (200, matches[0]) if matches else (404, {"code": 40410000, "message": "not found"})

    def _fill(self, order: Row) -> Row:
        symbol, qty = order["symbol"], float(order["qty"])
        signed = qty if order["side"] == "buy" else -qty
        paid = round(price(symbol), 2)
        before = self.held.pop(symbol, {"qty": "0", "avg_entry_price": "0"})
        have = float(before["qty"])
        if have + signed > 0:
            cost = have * float(before["avg_entry_price"]) + max(0.0, signed) * paid
            average = cost / (have + max(0.0, signed))
            new = {"qty": f"{have + signed:g}", "avg_entry_price": f"{average:.4f}"}
            self.held[symbol] = {"symbol": symbol, "side": "long", **new}
        self.cash -= signed * paid
        now = iso(time.time())
        done = {"status": "filled", "filled_qty": f"{qty:g}", "filled_avg_price": f"{paid:.2f}"}
        done |= {"created_at": now, "updated_at": now, "filled_at": now}
        self.orders.append({**order, **done, "id": f"demo-{len(self.orders) + 1}"})
        return self.orders[-1]


def price(symbol: str, at: float | None = None) -> float:
    """The price of a symbol in USD, which swings slowly by one percent."""
    moment = time.time() if at is None else at
    base = PRICES.get(symbol, 100.0)
    return base * (1 + 0.01 * math.sin(moment / 900 + len(symbol) + base))


def flow(at: float | None = None) -> list[Row]:
    """The vendor's newest option trades; each minute a different symbol has a burst of sweeps."""
    now = int(time.time() if at is None else at)
    symbols = list(PRICES)
    rows = []
    for moment in range(now - LOOK_BACK, now, STEP):
        moment -= moment % STEP
        chosen = symbols[moment // MINUTE % len(symbols)]
        rows += [_trade(symbol, moment, sweep=symbol == chosen) for symbol in symbols]
    return rows


def _trade(symbol: str, at: int, sweep: bool) -> Row:
    premium = 650_000 if sweep else 24_000
    spot = price(symbol, at)
    strike, size = round(spot), 500 if sweep else 40
    expiry = iso(at + 14 * 86_400)[:10]
    return {
        "ticker": symbol,
        "type": "call" if sweep or at // STEP % 3 else "put",
        "created_at": iso(at),
        "option_chain": f"{symbol}{expiry[2:].replace('-', '')}C{strike * 1000:08d}",
        "expiry": expiry,
        "strike": str(strike),
        "alert_rule": "RepeatedHitsAscendingFill" if sweep else "FloorTradeSmallCap",
        "total_premium": str(premium),
        "total_ask_side_prem": str(premium * 9 // 10),
        "total_size": size,
        "trade_count": 12 if sweep else 2,
        "underlying_price": f"{spot:.2f}",
        "volume_oi_ratio": "1.6",
        "has_sweep": sweep,
        "has_floor": False,
        "has_singleleg": True,
        "all_opening_trades": sweep,
    }


def _clock() -> Row:
    now = time.time()
    later = {"next_open": iso(now + 24 * SESSION_LEFT), "next_close": iso(now + SESSION_LEFT)}
    return {"timestamp": iso(now), "is_open": True, **later}


def _quotes(query: Row) -> Row:
    now = iso(time.time())
    symbols = [symbol for symbol in str(query.get("symbols", "")).split(",") if symbol in PRICES]
    prices = {symbol: round(price(symbol), 2) for symbol in symbols}
    return {s: {"t": now, "ap": p, "as": 300, "bp": p - 0.01, "bs": 300} for s, p in prices.items()}


def _response(request: requests.PreparedRequest, status: int, content: Any) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.headers["Content-Type"] = "application/json"
    response._content = json.dumps(content).encode()
    response.url, response.request = str(request.url), request
    return response
