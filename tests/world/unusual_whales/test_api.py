from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from pytest_fpharness.model.duration import MINUTE
from pytest_fpharness.world.alpaca.timestamps import parse
from pytest_fpharness.world.http.messages import HttpRequest, HttpResponse
from pytest_fpharness.world.unusual_whales.api import PER_DAY, UwApiFake
from pytest_fpharness.world.unusual_whales.market import ROTATION, stamp

ALERTS = "option-trades/flow-alerts"


class Bench:
    def __init__(self, **options: Any) -> None:
        self.time = parse("2026-01-06T15:00:20Z")
        self.facts: list[tuple[str, Mapping[str, object]]] = []
        self.fake = UwApiFake(
            lambda: self.time, lambda k, f: self.facts.append((k, f)), seed=3, key="T", **options
        )

    def call(self, path: str, key: str = "T") -> HttpResponse:
        url = f"https://api.unusualwhales.com/api/{path}"
        return self.fake.handle(HttpRequest("GET", url, {"authorization": f"Bearer {key}"}))

    def data(self, path: str) -> Any:
        return self.call(path).json()["data"]

    def strong(self) -> set[str]:
        return {row["ticker"] for row in self.data(ALERTS) if row["has_sweep"]}


def test_one_symbol_has_strong_flow_and_four_have_weak() -> None:
    counts = Counter(row["ticker"] for row in Bench().data(ALERTS))
    assert sorted(counts.values()) == [1, 1, 1, 1, 4]


def test_every_symbol_has_its_turn_within_the_rotation() -> None:
    bench = Bench()
    seen: list[str] = []
    for _ in range(24):
        seen += bench.strong()
        bench.time += MINUTE
    assert sorted(seen) == sorted(ROTATION)


def test_strong_flow_is_fresh_at_any_phase_of_the_minute() -> None:
    bench = Bench()
    for second in (0, 20, 39):
        bench.time = parse("2026-01-06T15:00:00Z") + second * 10**9
        rows = [row for row in bench.data(ALERTS) if row["has_sweep"]]
        ages = [bench.time - parse(row["created_at"]) for row in rows]
        assert len(ages) == 4
        assert all(0 <= age < 61 * 10**9 for age in ages)


def test_flow_does_not_change_within_a_minute() -> None:
    bench = Bench()
    before = bench.data(ALERTS)
    bench.time += 30 * 10**9
    assert bench.data(ALERTS) == before


def test_numbers_are_strings_and_times_have_a_space() -> None:
    row = Bench().data(ALERTS)[0]
    assert row["total_premium"] == "750000"
    assert int(row["total_ask_side_prem"]) + int(row["total_bid_side_prem"]) == 750_000
    assert row["created_at"] == "2026-01-06 15:00:00.000000+00:00"


def test_most_of_the_flow_is_bullish() -> None:
    bench = Bench()
    kinds: Counter[str] = Counter()
    for _ in range(96):
        kinds.update({row["type"] for row in bench.data(ALERTS) if row["has_sweep"]})
        bench.time += MINUTE
    assert 0.75 < kinds["call"] / 96 < 1


def test_rows_can_be_asked_for_by_ticker_premium_and_number() -> None:
    bench = Bench()
    [symbol] = bench.strong()
    assert len(bench.data(f"{ALERTS}?ticker_symbol={symbol}")) == 4
    assert len(bench.data(f"{ALERTS}?min_premium=100000")) == 4
    assert len(bench.data(f"{ALERTS}?limit=3")) == 3


def test_a_parameter_the_vendor_does_not_know_does_nothing() -> None:
    assert len(Bench().data(f"{ALERTS}?symbol=AAPL")) == 8


def test_newer_than_is_exclusive() -> None:
    bench = Bench()
    assert bench.data(f"{ALERTS}?newer_than={parse('2026-01-06T15:00:00Z') // 10**9}") == []
    assert len(bench.data(f"{ALERTS}?newer_than=2026-01-06T14:59:59Z")) == 4


@pytest.mark.parametrize("query", ["newer_than=soon", "limit=many", "min_premium=much"])
def test_an_unreadable_filter_is_refused(query: str) -> None:
    assert Bench().call(f"{ALERTS}?{query}").status == 422


def test_history_reaches_back_as_far_as_asked_for() -> None:
    assert len(Bench(history=3).data(ALERTS)) == 24


def test_repeated_symbols_are_strong_every_minute_until_lifted() -> None:
    bench = Bench()
    control = bench.fake.repeat(["AAPL", "TSLA"])
    for _ in range(3):
        assert {"AAPL", "TSLA"} <= bench.strong()
        bench.time += MINUTE
    assert control.met == 3
    control.lift()
    assert not {"AAPL", "TSLA"} <= bench.strong()


def test_only_some_symbols_take_turns() -> None:
    bench = Bench()
    bench.fake.only(["AAPL"])
    for _ in range(3):
        assert bench.strong() == {"AAPL"}
        bench.time += MINUTE


def test_a_quiet_market_has_weak_flow_only() -> None:
    bench = Bench()
    control = bench.fake.quiet_market()
    rows = bench.data(ALERTS)
    assert (len(rows), any(row["has_sweep"] for row in rows), control.met) == (5, False, 1)


def test_market_tide_ascends_from_the_open() -> None:
    rows = Bench().data("market/market-tide")
    assert (rows[0]["timestamp"], rows[-1]["timestamp"]) == (
        "2026-01-06 09:30:00-05:00",
        "2026-01-06 10:00:00-05:00",
    )


def test_greek_exposure_descends_from_today() -> None:
    dates = [row["date"] for row in Bench().data("stock/AAPL/greek-exposure")]
    assert dates == sorted(dates, reverse=True)
    assert dates[0] == "2026-01-06"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("darkpool/AAPL", "premium"),
        ("darkpool/recent", "tracking_id"),
        ("stock/AAPL/iv-rank", "iv_rank_1y"),
        ("stock/AAPL/oi-change", "curr_oi"),
        ("market/top-net-impact", "net_premium"),
    ],
)
def test_other_lists_have_their_fields(path: str, field: str) -> None:
    assert all(field in row for row in Bench().data(path))


def test_stock_state_is_an_object() -> None:
    assert set(Bench().data("stock/AAPL/stock-state")) >= {"open", "close", "market_time"}


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("stock/ZZZZ/iv-rank", 404, {}),
        ("nothing", 404, {"error": "Route not found"}),
    ],
)
def test_what_is_not_there(path: str, status: int, body: object) -> None:
    answer = Bench().call(path)
    assert (answer.status, answer.json()) == (status, body)


def test_an_unknown_route_is_recorded() -> None:
    bench = Bench()
    bench.call("nothing")
    assert bench.facts[-1][0] == "http.unknown_route"


def test_something_that_is_not_a_ticker_is_refused() -> None:
    body = Bench().call("stock/NOTATICKER/iv-rank").json()
    assert body["msg"].startswith("Invalid path input")


def test_a_wrong_key_is_unauthorized() -> None:
    assert Bench().call(ALERTS, key="old").status == 401


def test_rate_headers_count_the_requests() -> None:
    bench = Bench()
    bench.call(ALERTS)
    headers = bench.call("nothing").headers
    assert headers["x-uw-minute-req-counter"] == "2"
    assert headers["x-uw-daily-req-count"] == "1"
    assert headers["x-uw-req-per-minute-reset"] == "40000"


def test_more_than_a_minute_allows_is_refused_until_the_next() -> None:
    bench = Bench()
    assert [bench.call(ALERTS).status for _ in range(121)][-2:] == [200, 429]
    bench.time += MINUTE
    assert bench.call(ALERTS).status == 200


def test_the_daily_quota_starts_again_at_eight_in_the_evening() -> None:
    bench = Bench()
    bench.call(ALERTS)
    bench.fake._in_day = PER_DAY
    assert bench.call(ALERTS).json()["code"] == "daily_request_limit_hit"
    bench.time = parse("2026-01-06T19:59:59-05:00")
    assert bench.call(ALERTS).status == 429
    bench.time = parse("2026-01-06T20:00:00-05:00")
    assert bench.call(ALERTS).status == 200


def test_failures_are_met_and_end_when_lifted_or_used_up() -> None:
    bench = Bench()
    bounded = bench.fake.fail(500, times=1)
    answer = bench.call(ALERTS)
    assert (answer.status, answer.body) == (500, b"Something went wrong")
    assert bench.call(ALERTS).status == 200
    held = bench.fake.fail(200, "<html>cf</html>", "text/html")
    answer = bench.call(ALERTS)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html")
    held.lift()
    assert bench.strong()
    assert (bounded.met, held.met) == (1, 1)


def test_the_two_kinds_of_too_many_differ_in_their_body() -> None:
    bench = Bench()
    day = bench.fake.daily_quota(times=1)
    assert bench.call(ALERTS).json()["code"] == "daily_request_limit_hit"
    bench.fake.minute_limit(times=1)
    assert bench.call(ALERTS).body == b"Too Many Requests"
    assert day.met == 1


def test_the_same_seed_gives_the_same_flow() -> None:
    assert Bench().data(ALERTS) == Bench().data(ALERTS)


def test_a_stamp_has_microseconds() -> None:
    assert stamp(parse("2026-01-06T15:00:00.168490Z")) == "2026-01-06 15:00:00.168490+00:00"
