"""``fp_uw_api``, ``fp_alpaca`` and ``fp_network``: the hosts that the code under test calls."""

from __future__ import annotations

import json as jsons
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from pytest_fpharness.desk.inline import Inline, held
from pytest_fpharness.desk.words import Held, Length, choose, length
from pytest_fpharness.faults.network import Down
from pytest_fpharness.world.alpaca import DATA_HOST, PAPER_HOST
from pytest_fpharness.world.alpaca.account import Account
from pytest_fpharness.world.alpaca.errors import ERRORS
from pytest_fpharness.world.alpaca.model import Fill, Order, Position
from pytest_fpharness.world.alpaca.prices import UNIVERSE
from pytest_fpharness.world.messages import HttpRequest, HttpResponse, json_response

HOWS: Final = next(p for p in Down.spec.params if p.name == "how").choices


class UwApiDesk:
    """The data vendor, at ``https://api.unusualwhales.com``."""

    url: Final = "https://api.unusualwhales.com"

    def __init__(self, inline: Inline) -> None:
        self.fake = inline.world.uw_api  # everything the fake can do
        self.key = inline.world.secrets["uw_key"]  # what a client must send

    @property
    def headers(self) -> dict[str, str]:
        """The headers that a client must send."""
        return {"Authorization": f"Bearer {self.key}"}

    def fail(self, status: int, body: object = None, times: int | None = None) -> Held:
        """Answer with an error status, every time or so many times."""
        return held(self.fake.fail(status, body, times=times))

    def rate_limit(self, times: int | None = None) -> Held:
        """Too many requests in this minute (429)."""
        return held(self.fake.minute_limit(times))

    def daily_quota(self, times: int | None = None) -> Held:
        """The day's requests are used up (429); trying again does not help before 20:00 Eastern."""
        return held(self.fake.daily_quota(times))

    def reject_key(self) -> Held:
        """The key is not accepted (401)."""
        return held(self.fake.fail(401))

    def repeat(self, *symbols: str) -> Held:
        """These symbols have strong flow in every minute."""
        return held(self.fake.repeat(_known(symbols)))

    def only(self, *symbols: str) -> Held:
        """Only these symbols take turns in having strong flow."""
        return held(self.fake.only(_known(symbols)))

    def quiet_market(self) -> Held:
        """No symbol has strong flow."""
        return held(self.fake.quiet_market())


@dataclass(frozen=True)
class Keys:
    """What a client of the broker must send."""

    key_id: str
    secret: str

    @property
    def headers(self) -> dict[str, str]:
        """As HTTP headers."""
        return {"APCA-API-KEY-ID": self.key_id, "APCA-API-SECRET-KEY": self.secret}


class AlpacaDesk:
    """The broker: paper trading at ``url``, market data at ``data_url``."""

    url: Final = f"https://{PAPER_HOST}"
    data_url: Final = f"https://{DATA_HOST}"

    def __init__(self, inline: Inline) -> None:
        self._inline = inline
        self.fake = inline.world.alpaca  # everything the fake can do
        secrets = inline.world.secrets
        self.keys = Keys(secrets["broker_key"], secrets["broker_secret"])

    # what arrived

    @property
    def orders(self) -> Sequence[Order]:
        """Every order ever accepted, oldest first."""
        return self.fake.orders

    @property
    def positions(self) -> Mapping[str, Position]:
        """The positions that are not flat, by symbol."""
        return self.fake.positions

    @property
    def fills(self) -> Sequence[Fill]:
        """Every execution, oldest first."""
        return self.fake.fills

    @property
    def account(self) -> Mapping[str, Any]:
        """The account, as a client sees it."""
        return self.fake.account

    # what happens to orders

    def reject_orders(
        self, reason: str, times: int | None = None, symbols: Sequence[str] | None = None
    ) -> Held:
        """Refuse new orders for a reason of the broker's error table, such as ``sub_penny``."""
        reason = choose(reason, ERRORS, "a reason of the broker's")
        if symbols is not None:
            symbols = _known(symbols)
        return held(self.fake.reject_orders(reason, times=times, symbols=symbols))

    def fill_after(self, delay: Length, symbol: str | None = None) -> Held:
        """Fill new orders so long after they became active."""
        return held(self.fake.fill_after(length(delay), _one(symbol)))

    def never_fill(self, symbol: str | None = None) -> Held:
        """Fill nothing; lifting it fills what has waited."""
        return held(self.fake.never_fill(_one(symbol)))

    def fill_partially(self, fraction: float, symbol: str | None = None) -> Held:
        """Fill only a part of each order, from 0 to 1; lifting it fills the rest."""
        return held(self.fake.fill_partially(fraction, _one(symbol)))

    def cancel_orders(self, symbol: str | None = None) -> None:
        """Cancel open orders from the broker's side."""
        self.fake.cancel_orders(_one(symbol))

    def lose_answers(self, times: int | None = 1) -> Held:
        """Take the next orders, and lose the answers: the client sees a timeout."""
        return held(self.fake.lose_answers(times))

    # account and market

    def set_account(self, **flags: object) -> Held:
        """Account flags or numbers: ``trading_blocked=True``, ``buying_power=0``."""
        known = Account.names()
        for name in flags:
            choose(name, known, "a name of the account's")
        return held(self.fake.set_account(**flags))

    def open_position(self, symbol: str, qty: float, price: float | None = None) -> Held:
        """A position by no order of the code under test; negative is short."""
        _known([symbol])
        return held(self.fake.open_position(symbol, qty, price))

    def close_market(self) -> Held:
        """Close the market now, unscheduled."""
        return held(self.fake.close_market())

    def unreachable(self, how: str = "refused") -> Held:
        """No connection to the trading host: refused, dns, timeout, reset, tls or silent."""
        return _down(self._inline, "broker", how)


class NetworkDesk:
    """All hosts; a request to one that the world does not have fails as an unknown name does."""

    def __init__(self, inline: Inline) -> None:
        self._inline, self._http = inline, inline.world.http
        self._held: dict[str, list[Held]] = {}

    def _role(self, host: str) -> str:
        if host in self._http.handlers:
            return self._http.handlers[host][0]
        return choose(host, {role for role, _ in self._http.handlers.values()}, "a host")

    def down(self, host: str, how: str = "refused", calls: str = "all") -> Held:
        """No connection to a host (``broker``, ``uw_api`` or a host name); calls: all or orders."""
        role = self._role(host)
        change = _down(self._inline, role, how, calls)
        self._held.setdefault(role, []).append(change)
        return change

    def up(self, host: str) -> None:
        """The host can be reached again."""
        for change in self._held.pop(self._role(host), []):
            change.lift()

    def serve(
        self,
        url: str,
        status: int = 200,
        json: object = None,
        text: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer at a URL of the test's own; other paths of that host are 404."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is not a URL; write https://example.com/path")
        body = jsons.dumps(json) if json is not None else text
        kind = "application/json" if json is not None else "text/plain"
        answer = HttpResponse(status, body.encode(), {"Content-Type": kind, **(headers or {})})
        self._site(parts.hostname)[parts.path or "/"] = answer

    def _site(self, host: str) -> dict[str, HttpResponse]:
        handler = self._http.handlers.get(host, ("", None))[1]
        if isinstance(handler, _Site):
            return handler.pages
        if handler is not None:
            raise ValueError(f"{host} is a host of the world already: use its own fixture")
        site = _Site()
        self._http.serve(host, (host,), site)
        return site.pages

    def requests(self, host: str) -> list[tuple[str, str]]:
        """Method and path of every request to a host so far."""
        role = self._role(host)
        return [
            (str(event.facts["method"]), str(event.facts["path"]))
            for event in self._inline.world.timeline.of("http")
            if event.facts["role"] == role
        ]


class _Site:
    """Pages of a host of the test's own."""

    def __init__(self) -> None:
        self.pages: dict[str, HttpResponse] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        page = self.pages.get(request.path or "/")
        return page or json_response(404, {"error": f"nothing is served at {request.path}"})


def _known(symbols: Sequence[str]) -> Sequence[str]:
    """The symbols, all of which the world's market has; raises ValueError for another one."""
    return [choose(symbol, UNIVERSE, "a symbol of this market") for symbol in symbols]


def _one(symbol: str | None) -> str | None:
    return None if symbol is None else _known([symbol])[0]


def _down(inline: Inline, role: str, how: str, calls: str = "all") -> Held:
    how = choose(how, HOWS, "a way to be unreachable")
    calls = choose(calls, ("all", "orders"), "a kind of calls")
    return inline.hold("network.down", host=role, how=how, calls=calls)
