"""A bench for the tests of the Alpaca fake: a clock in one's hand, a log of facts, a client."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.alpaca import DATA_HOST, AlpacaFake
from pytest_fpharness.world.alpaca.timestamps import parse
from pytest_fpharness.world.http.messages import AnswerLost, HttpRequest, HttpResponse

OPEN = "2026-01-06T10:00:00-05:00"
PRICES = {"AAPL": 100.0, "MSFT": 200.0, "PENNY": 0.5}


class Bench:
    def __init__(self, start: str = OPEN, **options: Any) -> None:
        self.time = parse(start)
        self.facts: list[tuple[str, Mapping[str, object]]] = []
        prices = options.pop("prices", lambda symbol, ns: PRICES.get(symbol, 50.0))
        self.fake = AlpacaFake(
            lambda: self.time,
            lambda kind, facts: self.facts.append((kind, facts)),
            seed=7,
            key_id="K",
            secret="S",
            prices=prices,
            **options,
        )
        self.headers = {"apca-api-key-id": "K", "APCA-API-SECRET-KEY": "S"}

    def wait(self, seconds: float) -> None:
        self.time += round(seconds * SECOND)

    def send(self, method: str, path: str, body: object = None) -> HttpResponse | AnswerLost:
        data = b"" if body is None else json.dumps(body).encode()
        is_data = path.startswith("stocks")
        host = DATA_HOST if is_data else self.fake.host
        request = HttpRequest(method, f"https://{host}/v2/{path}", self.headers, data)
        return self.fake.data(request) if is_data else self.fake.trading(request)

    def call(self, method: str, path: str, body: object = None) -> HttpResponse:
        answer = self.send(method, path, body)
        assert isinstance(answer, HttpResponse)
        return answer

    def get(self, path: str) -> Any:
        answer = self.call("GET", path)
        assert answer.status == 200, answer
        return answer.json()

    def post(self, symbol: str = "AAPL", side: str = "buy", qty: object = 2, **more: Any) -> Any:
        return self.order(symbol, side, qty, **more).json()

    def order(self, symbol: str, side: str, qty: object, **more: Any) -> HttpResponse:
        body = {"symbol": symbol, "side": side, "type": "market", "time_in_force": "day"}
        if qty is not None:
            body["qty"] = str(qty)
        return self.call("POST", "orders", {**body, **more})

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.facts]

    def last(self, kind: str) -> Mapping[str, object]:
        return [facts for k, facts in self.facts if k == kind][-1]
