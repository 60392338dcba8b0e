"""Refusals and broken rows from the fake data vendor, as the daemon handles them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.reference_bot.files import read_json, read_lines
from pytest_fpharness.reference_bot.flow.clusters import examine
from pytest_fpharness.reference_bot.flow.daemon import CACHE, LOG, Daemon
from pytest_fpharness.reference_bot.flow.rows import row_problem
from pytest_fpharness.reference_bot.flow.vendor import PATH, next_reset
from pytest_fpharness.world.http.messages import HttpResponse, json_response, text_response

FLOW = ("GET", "/flow-alerts")
LIMIT = text_response(429, "Too Many Requests")
QUOTA = json_response(429, {"code": "daily_request_limit_hit"})
ROW = {
    "ticker": "AAPL",
    "type": "call",
    "created_at": "2026-01-06 15:14:00+00:00",
    "total_premium": "750000",
    "strike": "100",
    "has_sweep": True,
}
NOW = 1_767_712_450.0


@pytest.fixture
def daemon(home: Path, outside: Any) -> Daemon:
    return Daemon()


def status() -> Any:
    return read_json(PATH)


def test_daemons_that_start_again_and_again_share_one_bucket_of_tokens(
    home: Path, outside: Any
) -> None:
    for _ in range(6):
        Daemon().poll()
    events = [line["event"] for line in read_lines(LOG)]
    assert events == ["updated"] * 3 + ["skipped"] * 3
    outside.clock.now += 31
    Daemon().poll()
    assert read_lines(LOG)[-1]["event"] == "updated"


def test_a_clock_that_was_set_back_takes_no_token_away(home: Path, outside: Any) -> None:
    daemon = Daemon()
    daemon.poll()
    outside.clock.now -= 3600
    daemon.poll()
    assert status()["tokens"] == 2.0


def test_an_empty_bucket_is_filled_again_after_the_clock_was_set_back(
    home: Path, outside: Any
) -> None:
    for _ in range(4):
        Daemon().poll()
    outside.clock.now -= 86_400
    Daemon().poll()
    assert read_lines(LOG)[-1]["event"] == "updated"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (json_response(401, {}), "auth"),
        (json_response(403, {"code": "historic_data_access_missing"}), "plan"),
        (text_response(403, "<html>", "text/html"), "blocked"),
        (LIMIT, "minute_limit"),
        (QUOTA, "daily_quota"),
        (text_response(500, "Something went wrong"), "error"),
    ],
)
def test_a_refusal_is_kept_by_its_kind(
    daemon: Daemon, outside: Any, answer: HttpResponse, kind: str
) -> None:
    outside.broken[FLOW] = answer
    daemon.poll()
    assert (status()["kind"], status()["status"], status()["errors"]) == (
        kind,
        answer.status,
        1,
    )


def test_a_good_answer_ends_a_refusal(daemon: Daemon, outside: Any, clock: Any) -> None:
    outside.broken[FLOW] = json_response(401, {})
    daemon.poll()
    del outside.broken[FLOW]
    clock.now += 60
    daemon.poll()
    assert (status()["kind"], status()["status"], status()["requests_today"]) == ("ok", 200, 1)


def test_each_limit_in_a_row_makes_the_pause_longer(
    daemon: Daemon, outside: Any, clock: Any
) -> None:
    outside.broken[FLOW] = LIMIT
    minutes = []
    for minute in range(10):
        before = outside.made(*FLOW)
        daemon.poll()
        minutes += [minute] * (outside.made(*FLOW) - before)
        clock.now += 60
    assert minutes == [0, 1, 3, 6, 9]


def test_a_restart_forgets_no_pause(daemon: Daemon, outside: Any, clock: Any) -> None:
    outside.broken[FLOW] = QUOTA
    daemon.poll()
    clock.now += 60
    Daemon().poll()
    assert outside.made(*FLOW) == 1


def test_a_pause_of_more_than_a_day_is_a_mistake_of_the_clock(
    daemon: Daemon, outside: Any, clock: Any
) -> None:
    outside.broken[FLOW] = QUOTA
    daemon.poll()
    clock.now -= 7 * 86_400
    daemon.poll()
    assert outside.made(*FLOW) == 2


@pytest.mark.parametrize("damaged", ["{", "[]", '{"kind": "ok"}'])
def test_a_damaged_record_is_begun_anew(home: Path, outside: Any, damaged: str) -> None:
    Path(PATH).write_text(damaged)
    Daemon().poll()
    assert status()["kind"] == "ok"


@pytest.mark.parametrize(
    ("now", "reset"),
    [
        (1_767_747_599, 1_767_747_600),  # 2026-01-06 19:59:59 in New York
        (1_767_747_600, 1_767_834_000),  # at 20:00:00 the next is a day away
        (1_772_931_600, 1_773_014_400),  # the day on which summer time begins has 23 hours
    ],
)
def test_the_quota_starts_again_at_eight_in_new_york(now: int, reset: int) -> None:
    assert next_reset(now) == reset


# rows


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, ""),
        ({"strike": None}, ""),
        ({"total_premium": None}, "AAPL: total_premium is None"),
        ({"total_premium": "n/a"}, "AAPL: total_premium is 'n/a'"),
        ({"total_premium": "nan"}, "AAPL: total_premium is 'nan'"),
        ({"total_premium": True}, "AAPL: total_premium is True"),
        ({"strike": "at the money"}, "AAPL: strike is 'at the money'"),
        ({"type": "warrant"}, "AAPL: type is 'warrant'"),
        ({"created_at": "this morning"}, "AAPL: created_at is 'this morning'"),
        ({"created_at": None}, "AAPL: created_at is None"),
        ({"created_at": 20260106}, "AAPL: created_at is 20260106"),
        ({"ticker": "MSFT"}, "AAPL: a row of MSFT"),
        ({"ticker": ""}, "ticker is missing"),
    ],
)
def test_what_is_wrong_with_a_row(change: dict[str, Any], problem: str) -> None:
    assert row_problem({**ROW, **change}, "AAPL") == problem


def test_a_row_that_is_not_a_mapping() -> None:
    assert row_problem("row") == "a row is str"


def test_broken_rows_of_an_answer_are_counted_and_the_others_kept(
    daemon: Daemon, outside: Any
) -> None:
    rows = [ROW, {**ROW, "option_chain": "2"}, {**ROW, "type": "warrant"}]
    outside.broken[FLOW] = json_response(200, {"data": rows})
    daemon.poll()
    assert read_json(CACHE)["AAPL"]["trade_count"] == 2
    assert (status()["bad_rows"], status()["last_bad_row"]) == (1, "AAPL: type is 'warrant'")
    assert read_lines(LOG)[-1]["last_bad_row"] == "AAPL: type is 'warrant'"


def test_an_answer_of_broken_rows_is_refused_and_counted(daemon: Daemon, outside: Any) -> None:
    outside.broken[FLOW] = json_response(200, {"data": [{**ROW, "type": "warrant"}] * 3})
    daemon.poll()
    assert (status()["kind"], status()["bad_rows_total"]) == ("bad_rows", 3)
    assert not Path(CACHE).exists()


# what the bot makes of the cache


def cache(*rows: Any, symbol: str = "AAPL") -> dict[str, Any]:
    return {symbol: {"flow_trades": list(rows)}}


def test_a_broken_row_costs_only_itself() -> None:
    flow = examine(cache(ROW, ROW, ROW, {**ROW, "total_premium": None}), NOW)
    assert [c.symbol for c in flow.clusters] == ["AAPL"]
    assert flow.record()["row_errors"] == 1
    assert (flow.symbols, flow.failed) == (1, 0)


@pytest.mark.parametrize("entry", [None, [], {"flow_trades": 7}, {"flow_trades": ["row"]}])
def test_a_broken_symbol_costs_only_itself(entry: Any) -> None:
    flow = examine({"AAA": entry, **cache(ROW, ROW, ROW)}, NOW)
    assert [c.symbol for c in flow.clusters] == ["AAPL"]
    assert (flow.symbols, flow.failed, len(flow.problems)) == (2, 1, 1)


@pytest.mark.parametrize(
    ("change", "flowing", "clustered"),
    [
        ({}, 1, 1),
        ({"has_sweep": None}, 1, 0),  # it may be a sweep
        ({"has_sweep": False}, 0, 0),
        ({"total_premium": "99999"}, 0, 0),
        ({"created_at": "2026-01-06 15:12:40+00:00"}, 0, 0),  # 90 s old
    ],
)
def test_flow_that_should_become_a_cluster(
    change: dict[str, Any], flowing: int, clustered: int
) -> None:
    flow = examine(cache(*[{**ROW, **change}] * 3), NOW)
    assert (flow.flowing, flow.clustered) == (flowing, clustered)


def test_the_total_of_broken_rows_outlives_a_restart(home: Path) -> None:
    from pytest_fpharness.reference_bot.history import last_total

    Path("logs/cycles.jsonl").write_text(
        "\n".join(json.dumps(line) for line in ({"row_errors_total": 4}, {"cycle": 2}))
    )
    assert last_total() == 4
