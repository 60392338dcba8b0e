"""The market: assets, and prices that depend only on seed and time."""

from __future__ import annotations

import math
import uuid
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.http.messages import Now, ResponseOverride

#: Symbols of the default world with their base price in dollars; SPY is the market itself.
UNIVERSE: Final[Mapping[str, float]] = {
    "AAPL": 230.0,
    "MSFT": 430.0,
    "GOOGL": 170.0,
    "AMZN": 190.0,
    "META": 520.0,
    "NVDA": 125.0,
    "TSLA": 240.0,
    "AMD": 150.0,
    "NFLX": 680.0,
    "INTC": 30.0,
    "COIN": 210.0,
    "PLTR": 40.0,
    "SOFI": 9.5,
    "F": 11.0,
    "GM": 47.0,
    "BA": 155.0,
    "CAT": 370.0,
    "XOM": 117.0,
    "CVX": 150.0,
    "JPM": 215.0,
    "BAC": 40.0,
    "GS": 490.0,
    "WMT": 80.0,
    "DIS": 95.0,
    "UBER": 75.0,
    "QCOM": 165.0,
    "SPY": 570.0,
    "QQQ": 480.0,
    "IWM": 220.0,
    "DIA": 420.0,
}
_ETFS: Final = frozenset({"SPY", "QQQ", "IWM", "DIA"})
_NAMESPACE: Final = uuid.UUID("6f1f6f0e-3c1b-4e39-9d0a-2b7a51f0c0de")
_CENT: Final = Decimal("0.01")
_TICK: Final = Decimal("0.0001")

PriceSource = Mapping[str, float] | Callable[[str, int], float]


@dataclass
class Asset:
    """The broker's data about one symbol."""

    symbol: str
    id: str
    exchange: str
    status: str = "active"
    tradable: bool = True
    shortable: bool = True
    fractionable: bool = True


@dataclass(frozen=True)
class Quote:
    """Best bid and ask in dollars, 0 for none, and the instant they are from."""

    bid: Decimal
    ask: Decimal
    at: int


def to_tick(price: float) -> Decimal:
    """A price on its grid: cents from one dollar, a hundredth of a cent below."""
    places = 2 if price >= 1 else 4
    return Decimal(round(price * 10**places)).scaleb(-places)


class Prices:
    """Deterministic prices: two slow waves around the base price, so the market drifts."""

    def __init__(self, now: Now, *, seed: int, source: PriceSource | None = None) -> None:
        self._now = now
        self._seed = seed
        self._source = source if callable(source) else None
        self._base = dict(UNIVERSE)
        if source is not None and not callable(source):
            self._base.update(source)
        self._phases: dict[str, tuple[float, float]] = {}
        self.assets = {symbol: self._asset(symbol) for symbol in self._base}
        self.pinned: dict[str, tuple[ResponseOverride, Quote, int]] = {}
        self.halted: dict[str, tuple[ResponseOverride, int]] = {}

    def _asset(self, symbol: str) -> Asset:
        exchange = "ARCA" if symbol in _ETFS else "NASDAQ" if len(symbol) == 4 else "NYSE"
        return Asset(symbol, str(uuid.uuid5(_NAMESPACE, symbol)), exchange)

    def asset(self, symbol: str) -> Asset | None:
        """The asset of a symbol or an asset id, or None."""
        asset = self.assets.get(symbol)
        if asset is None and len(symbol) == 36:
            asset = next((a for a in self.assets.values() if a.id == symbol), None)
        return asset

    def _phase(self, symbol: str) -> tuple[float, float]:
        if symbol not in self._phases:
            mixed = zlib.crc32(f"{self._seed}/{symbol}".encode())
            self._phases[symbol] = (mixed % 6283 / 1000, mixed // 6283 % 6283 / 1000)
        return self._phases[symbol]

    def mid(self, symbol: str, ns: int) -> float:
        """The undisturbed price in dollars at an instant."""
        if self._source is not None:
            return self._source(symbol, ns)
        first, second = self._phase(symbol)
        t = ns / SECOND
        wave = 0.01 * math.sin(t / 13_000 + first) + 0.003 * math.sin(t / 1_700 + second)
        return self._base[symbol] * (1 + wave)

    def trade(self, symbol: str) -> tuple[Decimal, int]:
        """The last trade's price and instant; a halted symbol's stays at the halt."""
        held = self.halted.get(symbol)
        at = held[1] if held is not None and held[0].active else self._now()
        return to_tick(self.mid(symbol, at)), at

    def last(self, symbol: str) -> Decimal:
        """The last trade's price; zero for an unknown symbol of a custom position."""
        return self.trade(symbol)[0] if symbol in self.assets else Decimal(0)

    def quote(self, symbol: str, at: int | None = None) -> Quote:
        """The quote a client sees at an instant (now), with every control applied."""
        now = self._now() if at is None else at
        held = self.halted.get(symbol)
        if held is not None and held[0].active:
            return Quote(Decimal(0), Decimal(0), held[1])
        pin = self.pinned.get(symbol)
        if pin is not None and pin[0].active:
            return Quote(pin[1].bid, pin[1].ask, now - pin[2])
        mid = to_tick(self.mid(symbol, now))
        step = _CENT if mid >= 1 else _TICK
        return Quote(mid - step, mid + step, now)

    def halt_of(self, symbol: str) -> ResponseOverride | None:
        """The control that halts this symbol now, if any."""
        held = self.halted.get(symbol)
        return held[0] if held is not None and held[0].active else None

    def disturbed(self, symbol: str) -> ResponseOverride | None:
        """The control that alters this symbol's quotes now, if any."""
        pin = self.pinned.get(symbol)
        pinned = pin[0] if pin is not None and pin[0].active else None
        return self.halt_of(symbol) or pinned
