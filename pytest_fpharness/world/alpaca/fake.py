"""The broker's HTTP side: authorization, rate limit, routes, and lost answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.http.messages import (
    Answer,
    AnswerLost,
    Emit,
    HttpRequest,
    HttpResponse,
    Now,
    segments,
)
from .account import Account
from .controls import Controls, LostAnswers, exact
from .data import MarketData
from .errors import Refused, answer
from .ledger import Ledger
from .limits import RateLimiter
from .model import Fill, Order, Position
from .orders import OrderDesk
from .prices import Prices, PriceSource
from .session import Market
from .shapes import Shape, error_values
from .trading import Trading

_Handler = Callable[[HttpRequest], HttpResponse]
#: Hosts, as in Alpaca's OpenAPI files.
PAPER_HOST: Final = "paper-api.alpaca.markets"
LIVE_HOST: Final = "api.alpaca.markets"
DATA_HOST: Final = "data.alpaca.markets"


class AlpacaFake(Controls):
    """A stateful Alpaca: `trading` and `data` answer requests, the rest is for the harness.

    `now` gives nanoseconds since the epoch, `emit` takes the world's facts, `cash` is in dollars,
    `fill_after` in nanoseconds. `legacy_pdt` keeps the day-trade fields that went in July 2026;
    `duplicate_code` is the code of `client_order_id must be unique`, on which sources disagree.
    """

    def __init__(
        self,
        now: Now,
        emit: Emit,
        *,
        seed: int,
        key_id: str = "PKFAKE000000000001",
        secret: str = "fake-secret",
        paper: bool = True,
        legacy_pdt: bool = False,
        cash: float | Decimal = 50_000,
        fill_after: int = 2 * SECOND,
        prices: PriceSource | None = None,
        duplicate_code: int | None = None,
    ) -> None:
        self._emit = emit
        self._keys = (key_id, secret)
        self._duplicate_code = duplicate_code
        self.host = PAPER_HOST if paper else LIVE_HOST
        self.prices = Prices(now, seed=seed, source=prices)
        self.market = Market(now)
        self.ledger = Ledger(
            now,
            emit,
            prices=self.prices,
            market=self.market,
            seed=seed,
            cash=exact(cash),
            fill_after=fill_after,
        )
        self.account_book = Account(self.ledger, paper=paper, legacy_pdt=legacy_pdt)
        self.desk = OrderDesk(self.ledger, self.account_book)
        self.limiter = RateLimiter(now)
        self.lost: list[LostAnswers] = []
        self._data_limiter = RateLimiter(now)
        self._trading = Trading(self.ledger, self.account_book, self.desk)
        self._data = MarketData(now, self.prices)

    # what clients see

    def trading(self, request: HttpRequest) -> Answer:
        """Answer a request to the trading host."""
        self.ledger.settle()
        response = self._answer(request, self._trading.handle, self.limiter)
        return self._deliver(request, response)

    def data(self, request: HttpRequest) -> Answer:
        """Answer a request to the data host."""
        self.ledger.settle()
        return self._answer(request, self._data.handle, self._data_limiter)

    def rotate_keys(self, key_id: str, secret: str) -> None:
        """Make other keys the valid ones, as a reset of a paper account does."""
        self._keys = (key_id, secret)

    def _authorised(self, request: HttpRequest) -> bool:
        sent = (request.header("APCA-API-KEY-ID"), request.header("APCA-API-SECRET-KEY"))
        return sent == self._keys

    def _answer(self, request: HttpRequest, handle: _Handler, limiter: RateLimiter) -> HttpResponse:
        allowed = limiter.count()
        try:
            if not self._authorised(request):
                raise Refused("unauthorized")
            if not allowed:
                raise Refused("rate_limited")
            response = handle(request)
        except Refused as refused:
            response = self._refusal(request, refused)
        return response.with_headers(limiter.headers())

    def _refusal(self, request: HttpRequest, refused: Refused) -> HttpResponse:
        values = error_values(refused.values)
        code = values.pop("code", None)
        if refused.name == "unknown_route":
            facts = {"method": request.method, "host": request.host, "path": request.path}
            self._emit("http.unknown_route", facts)
        if refused.name == "client_order_id_not_unique" and code is None:
            code = self._duplicate_code
        return answer(refused.name, values, code if isinstance(code, int) else None)

    def _deliver(self, request: HttpRequest, response: HttpResponse) -> Answer:
        endpoint = "/".join(segments(request.path)[1:])
        for control in self.lost:
            if control.covers(request.method, endpoint) and control.act():
                return AnswerLost(response)
        return response

    # what the engine drives and the harness reads

    def settle(self) -> None:
        """Apply everything that is due up to now."""
        self.ledger.settle()

    def next_due(self) -> int | None:
        """The next instant at which something happens automatically, in ns, or None."""
        return self.ledger.next_due()

    @property
    def orders(self) -> Sequence[Order]:
        """Every order ever accepted, oldest first."""
        self.ledger.settle()
        return list(self.ledger.orders.values())

    @property
    def positions(self) -> Mapping[str, Position]:
        """The positions that are not flat, by symbol."""
        self.ledger.settle()
        return dict(self.ledger.positions)

    @property
    def fills(self) -> Sequence[Fill]:
        self.ledger.settle()
        return list(self.ledger.fills)

    @property
    def account(self) -> Shape:
        """The account as a client would see it; reading it here does not count as a witness."""
        self.ledger.settle()
        return self.account_book.shape()
