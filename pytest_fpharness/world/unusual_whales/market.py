"""The data vendor's market: option flow and per-stock figures, from seed and time only.

Row shapes are those of the vendor's OpenAPI file and of live bodies in public clients: numbers as
strings, times with a space. Some series ascend and some descend, as the vendor's do.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Final

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.world.alpaca import session
from pytest_fpharness.world.alpaca.prices import UNIVERSE
from pytest_fpharness.world.alpaca.shapes import clock_text
from pytest_fpharness.world.http.messages import Now, ResponseOverride

#: Symbols that take turns in having strong flow.
ROTATION: Final = tuple(UNIVERSE)[:24]
STRONG_ROWS: Final = 4
STRONG_PREMIUM: Final = 750_000
WEAK_SYMBOLS: Final = 4
_DAY: Final = 86_400 * SECOND

Row = dict[str, Any]


def stamp(ns: int, fraction: bool = True) -> str:
    """An instant as the vendor writes it: `2026-01-06 15:00:00.000000+00:00`."""
    seconds, rest = divmod(ns, SECOND)
    digits = f".{rest // 1000:06}" if fraction else ""
    return f"{clock_text(seconds).replace('T', ' ')}{digits}+00:00"


class Load(ResponseOverride):
    """A change to the flow: which symbols are strong, always or exclusively."""

    def __init__(
        self, name: str, *, always: Sequence[str] = (), only: Sequence[str] | None = None
    ) -> None:
        super().__init__(name)
        self.always, self.only = tuple(always), None if only is None else tuple(only)


class UwMarket:
    """Each minute one symbol of the rotation has strong, mostly bullish flow, and four have weak.

    `loads` change that. The flow is a function of the seed and the minute.
    """

    def __init__(
        self, now: Now, *, seed: int, symbols: Sequence[str], price: Callable[[str, int], float]
    ) -> None:
        self._now, self._seed, self._price = now, seed, price
        self.symbols = tuple(symbols)
        self.loads: list[Load] = []
        self._order = random.Random(f"rotation/{seed}").sample(self.symbols, len(self.symbols))

    def strong(self, minute: int) -> tuple[str, ...]:
        """The symbols with qualifying flow in a minute (counted from the epoch)."""
        turn = self._order
        always: list[str] = []
        for load in self.loads:
            if load.active:
                always += load.always
                turn = turn if load.only is None else list(load.only)
        rotating = (turn[minute % len(turn)],) if turn else ()
        return tuple(dict.fromkeys((*always, *rotating)))

    def weak(self, minute: int) -> tuple[str, ...]:
        """The symbols with background flow in a minute."""
        strong, count = self.strong(minute), len(self._order)
        wanted = WEAK_SYMBOLS + (not strong)
        ahead = (self._order[(minute + 7 + i) % count] for i in range(count))
        return tuple([s for s in ahead if s not in strong][:wanted])

    def rows(self, minute: int) -> list[Row]:
        """A minute's rows, newest first, all stamped just before the minute began."""
        bearish = (minute * 2_654_435_761 + self._seed) // 64 % 8 == 0
        end, kind = minute * MINUTE, "put" if bearish else "call"
        rows: list[Row] = []
        for symbol in self.strong(minute):
            for i in range(STRONG_ROWS):
                rows.append(self._row(symbol, end - i * SECOND // 5, kind, STRONG_PREMIUM, i))
        for i, symbol in enumerate(self.weak(minute)):
            at = end - SECOND - i * SECOND
            rows.append(self._row(symbol, at, ("call", "put")[i % 2], 20_000 + 5_000 * i, None))
        return rows

    def _row(self, symbol: str, at: int, kind: str, premium: int, sweep: int | None) -> Row:
        spot = self._price(symbol, at)
        strike = round(spot * (1.03 if kind == "call" else 0.97))
        expiry = clock_text(at // SECOND + 7 * 86_400)[:10]
        ask_side = premium * 9 // 10 if sweep is not None else premium // 2
        size = 500 + 10 * (sweep or 0)
        chain = f"{symbol}{expiry[2:].replace('-', '')}{kind[0].upper()}{strike * 1000:08}"
        return {
            "id": f"{at:x}-{symbol}-{sweep if sweep is not None else 'w'}",
            "alert_rule": "RepeatedHits" if sweep is None else "RepeatedHitsAscendingFill",
            "all_opening_trades": False,
            "created_at": stamp(at),
            "expiry": expiry,
            "expiry_count": 1,
            "has_floor": False,
            "has_multileg": False,
            "has_singleleg": True,
            "has_sweep": sweep is not None,
            "open_interest": 1_200,
            "option_chain": chain,
            "price": f"{premium / size / 100:.2f}",
            "strike": str(strike),
            "ticker": symbol,
            "total_premium": str(premium),
            "total_ask_side_prem": str(ask_side),
            "total_bid_side_prem": str(premium - ask_side),
            "total_size": size,
            "trade_count": 12 if sweep is not None else 2,
            "type": kind,
            "underlying_price": f"{spot:.2f}",
            "volume": 4 * size,
            "volume_oi_ratio": f"{4 * size / 1_200:.4f}",
        }

    def _number(self, name: str, low: float, high: float) -> float:
        """A figure that depends on seed, name and day only."""
        day = self._now() // _DAY
        return random.Random(f"{self._seed}/{name}/{day}").uniform(low, high)

    def _today(self, days: int = 0) -> str:
        return clock_text(self._now() // SECOND + days * 86_400)[:10]

    def darkpool(self, ticker: str) -> list[Row]:
        end = self._now() // MINUTE * MINUTE
        symbols = self.symbols[:5] if ticker == "recent" else (ticker,) * 5
        return [self._print(symbol, end - i * 11 * SECOND) for i, symbol in enumerate(symbols)]

    def _print(self, ticker: str, at: int) -> Row:
        price, size = self._price(ticker, at), 6_400
        return {
            "ticker": ticker,
            "price": f"{price:.4f}",
            "premium": f"{price * size:.2f}",
            "size": size,
            "volume": 2_000_000,
            "executed_at": stamp(at, fraction=False).replace(" ", "T").replace("+00:00", "Z"),
            "canceled": False,
            "tracking_id": at // SECOND,
            "market_center": "L",
            "nbbo_bid": f"{price - 0.01:.2f}",
            "nbbo_ask": f"{price + 0.01:.2f}",
        }

    def market_tide(self) -> list[Row]:
        """The day in steps of five minutes, ascending: the first row is 09:30."""
        now = self._now()
        hours = session.session(session.day_of(now))
        if hours is None or now < hours.open:
            return []
        rows = []
        for i, at in enumerate(range(hours.open, min(now + 1, hours.close), 5 * MINUTE)):
            seconds = at // SECOND + session.offset(at)
            zone = f"-{-session.offset(at) // 3600:02}:00"
            rows.append(
                {
                    "date": self._today(),
                    "timestamp": clock_text(seconds).replace("T", " ") + zone,
                    "net_call_premium": f"{1_500_000 + 40_000 * i}.0000",
                    "net_put_premium": f"{-600_000 - 10_000 * i}.0000",
                    "net_volume": 12_000 + 300 * i,
                }
            )
        return rows

    def top_net_impact(self, limit: int) -> list[Row]:
        """Symbols by net premium, which may be written as `2.5e+06`."""
        rows = []
        for symbol in self.symbols[:limit]:
            premium = self._number(f"impact/{symbol}", -3e6, 6e6)
            rows.append({"ticker": symbol, "net_premium": f"{premium:.1e}"})
        return rows

    def greek_exposure(self, ticker: str) -> list[Row]:
        """The last five days, descending: the first row is the newest."""
        base = self._number(f"greeks/{ticker}", 1e6, 9e6)
        return [
            {
                "date": self._today(-i),
                "call_gamma": f"{base * (1 + i / 50):.4f}",
                "put_gamma": f"{-base * 0.7:.4f}",
                "call_delta": f"{base * 20:.4f}",
                "put_delta": f"{-base * 12:.4f}",
                "call_charm": f"{base * 2:.4f}",
                "put_charm": f"{-base:.4f}",
                "call_vanna": f"{base * 5:.4f}",
                "put_vanna": f"{base * 3:.4f}",
            }
            for i in range(5)
        ]

    def iv_rank(self, ticker: str) -> list[Row]:
        """The implied volatility rank of the last two days, newest first."""
        rank = self._number(f"iv/{ticker}", 15, 70)
        return [
            {
                "date": self._today(-i),
                "close": f"{self._price(ticker, self._now() - i * _DAY):.2f}",
                "volatility": f"{rank / 150:.4f}",
                "iv_rank_1y": f"{rank:.4f}",
                "updated_at": stamp(self._now() // MINUTE * MINUTE),
            }
            for i in range(2)
        ]

    def oi_change(self, ticker: str) -> list[Row]:
        """The change of open interest since yesterday, in contracts."""
        change = round(self._number(f"oi/{ticker}", 500, 9_000))
        return [
            {
                "underlying_symbol": ticker,
                "curr_date": self._today(),
                "last_date": self._today(-1),
                "curr_oi": 20_000 + change,
                "last_oi": 20_000,
                "oi_diff_plain": change,
                "oi_change": f"{change / 20_000:.6f}",
                "volume": 15_000,
                "avg_price": "2.3500000000",
            }
        ]

    def stock_state(self, ticker: str) -> Row:
        """The stock's day so far; an object, not a list."""
        now = self._now()
        looks = [self._price(ticker, now - i * 60 * MINUTE) for i in range(4)]
        return {
            "open": f"{looks[-1]:.2f}",
            "high": f"{max(looks):.2f}",
            "low": f"{min(looks):.2f}",
            "close": f"{looks[0]:.2f}",
            "prev_close": f"{self._price(ticker, now - _DAY):.2f}",
            "volume": 8_000_000,
            "total_volume": 9_000_000,
            "market_time": "r",
            "tape_time": stamp(now // SECOND * SECOND, fraction=False).replace(" ", "T"),
        }
