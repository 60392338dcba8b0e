from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from pytest_fpharness.world.alpaca import session
from pytest_fpharness.world.alpaca.prices import UNIVERSE, Prices
from pytest_fpharness.world.alpaca.shapes import eastern, utc
from pytest_fpharness.world.alpaca.timestamps import parse
from tests.support.alpaca_bench import Bench

NYSE_2026 = ["01-01", "01-19", "02-16", "04-03", "05-25", "06-19", "07-03", "09-07", "11-26"]
NYSE_2027 = ["01-01", "01-18", "02-15", "03-26", "05-31", "06-18", "07-05", "09-06", "11-25"]


def named(year: int, days: list[str]) -> set[str]:
    return {f"{year}-{day}" for day in days}


def dates(ordinals: frozenset[int]) -> set[str]:
    return {date.fromordinal(o).isoformat() for o in ordinals}


def test_holidays_of_the_exchange() -> None:
    assert dates(session.holidays(2026)) == named(2026, [*NYSE_2026, "12-25"])
    assert dates(session.holidays(2027)) == named(2027, [*NYSE_2027, "12-24"])


def test_new_year_on_a_saturday_is_not_kept() -> None:
    assert "2027-12-31" not in dates(session.holidays(2027))
    assert len(session.holidays(2028)) == 9


def test_the_day_of_mourning_was_a_closure() -> None:
    assert session.session(date(2025, 1, 9).toordinal()) is None


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2024, ["07-03", "11-29", "12-24"]),
        (2025, ["07-03", "11-28", "12-24"]),
        (2026, ["11-27", "12-24"]),
        (2027, ["11-26"]),
        (2028, ["07-03", "11-24"]),
    ],
)
def test_early_closes_of_the_exchange(year: int, days: list[str]) -> None:
    assert dates(session.early_closes(year)) == named(year, days)


@pytest.mark.parametrize(
    "text",
    ["2026-03-06", "2026-03-09", "2026-10-30", "2026-11-02", "2026-11-27"],
)
def test_sessions_follow_daylight_saving_time(text: str) -> None:
    result = session.session(date.fromisoformat(text).toordinal())
    assert result is not None
    opens = datetime.fromtimestamp(result.open // 10**9, ZoneInfo("America/New_York"))
    closes = datetime.fromtimestamp(result.close // 10**9, ZoneInfo("America/New_York"))
    assert (opens.hour, opens.minute) == (9, 30)
    assert closes.hour == (13 if result.early else 16)


def test_the_clock_shows_the_eastern_offset_of_each_instant() -> None:
    clock = Bench("2026-03-06T16:30:00-05:00").get("clock")
    assert clock == {
        "timestamp": "2026-03-06T16:30:00-05:00",
        "is_open": False,
        "next_open": "2026-03-09T09:30:00-04:00",
        "next_close": "2026-03-09T16:00:00-04:00",
    }


@pytest.mark.parametrize(
    ("instant", "is_open"),
    [("09:29:59", False), ("09:30:00", True), ("15:59:59", True), ("16:00:00", False)],
)
def test_the_session_includes_its_open_and_not_its_close(instant: str, is_open: bool) -> None:
    assert Bench(f"2026-01-06T{instant}-05:00").get("clock")["is_open"] is is_open


def test_the_calendar_leaves_holidays_out() -> None:
    rows = Bench().get("calendar?start=2026-11-25&end=2026-11-30")
    assert [(row["date"], row["close"]) for row in rows] == [
        ("2026-11-25", "16:00"),
        ("2026-11-27", "13:00"),
        ("2026-11-30", "16:00"),
    ]
    assert (rows[1]["settlement_date"], rows[1]["session_close"]) == ("2026-11-30", "1700")


def test_a_calendar_needs_dates() -> None:
    assert Bench().call("GET", "calendar?start=soon").status == 422


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("2026-01-06T15:00:00Z", "2026-01-06T15:00:00Z"),
        ("2026-01-06T10:00:00.000000001-05:00", "2026-01-06T15:00:00.000000001Z"),
        ("2026-01-06 10:00-0500", "2026-01-06T15:00:00Z"),
        ("2026-01-06", "2026-01-06T00:00:00Z"),
        ("2026-01-06T15:00:00 00:00", "2026-01-06T15:00:00Z"),
    ],
)
def test_time_stamps_are_read_with_their_zone(text: str, again: str) -> None:
    assert utc(parse(text)) == again


def test_a_time_stamp_is_refused_if_it_is_none() -> None:
    with pytest.raises(ValueError, match="not a time stamp"):
        parse("yesterday")


def test_eastern_time_in_summer() -> None:
    assert eastern(parse("2026-07-01T14:00:00Z")) == "2026-07-01T10:00:00-04:00"


@pytest.mark.parametrize("what", ["quotes", "trades", "bars"])
def test_latest_in_the_multi_and_in_the_single_form(what: str) -> None:
    bench = Bench()
    many = bench.get(f"stocks/{what}/latest?symbols=AAPL,MSFT,ZZZZ&feed=iex")
    one = bench.get(f"stocks/AAPL/{what}/latest")
    assert set(many[what]) == {"AAPL", "MSFT"}
    assert one == {"symbol": "AAPL", what[:-1]: many[what]["AAPL"]}


def test_a_quote_has_numbers_and_a_spread() -> None:
    quote = Bench().get("stocks/AAPL/quotes/latest")["quote"]
    assert (quote["bp"], quote["ap"]) == (99.99, 100.01)


def test_a_missing_symbol_has_no_quote() -> None:
    assert Bench().get("stocks/ZZZZ/quotes/latest") == {"symbol": "ZZZZ"}


def test_daily_bars_are_of_trading_days() -> None:
    bars = Bench().get("stocks/AAPL/bars?timeframe=1Day&start=2025-12-24")["bars"]
    assert [bar["t"][:10] for bar in bars] == [
        *("2025-12-24", "2025-12-26", "2025-12-29", "2025-12-30"),
        *("2025-12-31", "2026-01-02", "2026-01-05", "2026-01-06"),
    ]


def test_bars_come_in_pages() -> None:
    bench = Bench()
    path = "stocks/bars?symbols=AAPL&timeframe=1Min&start=2026-01-06T14:30:00Z&limit=20"
    first = bench.get(path)
    second = bench.get(f"{path}&page_token={first['next_page_token']}")
    assert (len(first["bars"]["AAPL"]), len(second["bars"]["AAPL"])) == (20, 11)
    assert second["next_page_token"] is None


def test_a_bar_holds_together() -> None:
    [bar] = Bench(prices=UNIVERSE).get("stocks/bars/latest?symbols=AAPL")["bars"].values()
    assert bar["l"] <= min(bar["o"], bar["c"]) <= max(bar["o"], bar["c"]) <= bar["h"]


def test_snapshots_have_their_five_parts() -> None:
    result = Bench().get("stocks/snapshots?symbols=AAPL")["AAPL"]
    assert set(result) == {
        *("latestTrade", "latestQuote", "minuteBar", "dailyBar", "prevDailyBar"),
    }


def test_an_unknown_asset_is_not_found() -> None:
    bench = Bench()
    assert bench.call("GET", "assets/ZZZZ").status == 404
    assert bench.get("assets/AAPL")["tradable"] is True


def test_an_asset_is_found_by_its_id() -> None:
    bench = Bench()
    assert bench.get(f"assets/{bench.get('assets/SPY')['id']}")["symbol"] == "SPY"


def test_prices_depend_on_seed_symbol_and_time_only() -> None:
    first, second, other = (Prices(lambda: 0, seed=seed) for seed in (1, 1, 2))
    at = parse("2026-01-06T15:00:00Z")
    assert first.mid("AAPL", at) == second.mid("AAPL", at) != other.mid("AAPL", at)


def test_prices_drift_slowly() -> None:
    prices = Prices(lambda: 0, seed=1)
    at = parse("2026-01-06T15:00:00Z")
    change = prices.mid("AAPL", at + 60 * 10**9) / prices.mid("AAPL", at) - 1
    assert 0 < abs(change) < 0.0005
