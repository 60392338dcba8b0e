"""Fixtures: a home for the bot, a manual clock, and fakes behind `responses`."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.reference_bot.prepare import prepare_home
from pytest_fpharness.reference_bot.settings import Settings, read_settings
from pytest_fpharness.world.alpaca import DATA_HOST, PAPER_HOST, AlpacaFake
from pytest_fpharness.world.http.messages import AnswerLost, HttpRequest, HttpResponse
from pytest_fpharness.world.unusual_whales.api import UwApiFake

ANY_URL = re.compile(r"https://.*")
#: Tuesday 2026-01-06, 15:14:10 UTC, 10:14:10 in New York: twelve minutes of bullish flow begin.
START = 1_767_712_450.0
ENVIRONMENT = {
    "UW_API_KEY": "uw-fake-key",
    "ALPACA_KEY": "PKFAKE000000000001",
    "ALPACA_SECRET": "fake-secret",
    "ALERT_WEBHOOK_URL": "https://alerts.example/hook",
    "TRADING_MODE": "PAPER",
    "SCORE_THRESHOLD": "2.7",
    "MAX_POSITIONS": "16",
    "POSITION_USD": "500",
    "DISPLACE_BY": "1",
}


class Clock:
    """A manual clock; sleeping advances it."""

    def __init__(self) -> None:
        self.now = START
        self.slept: list[float] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def nanoseconds(self) -> int:
        return round(self.now * SECOND)


class Outside:
    """The fakes, the requests made to them, and answers that override theirs."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.requests: list[tuple[str, str]] = []
        self.broken: dict[tuple[str, str], Exception | HttpResponse] = {}
        now = clock.nanoseconds
        self.alpaca = AlpacaFake(now, lambda kind, facts: None, seed=7)
        self.uw = UwApiFake(now, lambda kind, facts: None, seed=7)

    def made(self, method: str, end: str) -> int:
        """How many requests of a method had a path with this end."""
        return sum(m == method and path.endswith(end) for m, path in self.requests)

    def answer(self, request: Any) -> tuple[int, dict[str, str], bytes]:
        body = request.body or b""
        data = body.encode() if isinstance(body, str) else body
        parsed = HttpRequest(request.method, request.url, dict(request.headers), data)
        self.requests.append((parsed.method, parsed.path))
        for (method, end), fault in self.broken.items():
            if parsed.method == method and parsed.path.endswith(end):
                if isinstance(fault, Exception):
                    raise fault
                return fault.status, dict(fault.headers), fault.body
        return self._fake(parsed)

    def _fake(self, request: HttpRequest) -> tuple[int, dict[str, str], bytes]:
        hosts = {PAPER_HOST: self.alpaca.trading, DATA_HOST: self.alpaca.data}
        answer = hosts.get(request.host, self.uw.handle)(request)
        if isinstance(answer, AnswerLost):
            raise requests.exceptions.ReadTimeout("the answer was lost")
        headers = {k: v for k, v in answer.headers.items() if k.lower() != "content-type"}
        return answer.status, headers, answer.body


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    fake = Clock()
    monkeypatch.setattr(time, "time", fake.time)
    monkeypatch.setattr(time, "monotonic", fake.time)
    monkeypatch.setattr(time, "sleep", fake.sleep)
    return fake


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Path:
    """A prepared home as working directory, and the environment of the fakes."""
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    prepare_home()
    return tmp_path


@pytest.fixture
def settings() -> Settings:
    return read_settings(ENVIRONMENT)


@pytest.fixture
def outside(clock: Clock) -> Iterator[Outside]:
    """Route every HTTP request to a fake."""
    hosts = Outside(clock)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for method in ("GET", "POST", "DELETE"):
            mock.add_callback(method, ANY_URL, callback=hosts.answer)
        yield hosts
