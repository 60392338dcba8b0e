"""The flow daemon against the fake data vendor, and the start of the processes."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from pytest_fpharness.reference_bot import __main__ as program
from pytest_fpharness.reference_bot.files import read_json, read_lines
from pytest_fpharness.reference_bot.flow.daemon import CACHE, LOG, Daemon, merge
from pytest_fpharness.reference_bot.flow.weights import valid_weights
from pytest_fpharness.reference_bot.instants import iso
from pytest_fpharness.reference_bot.prepare import prepare_home
from pytest_fpharness.world.http.messages import HttpResponse, json_response, text_response

FLOW = ("GET", "/flow-alerts")


@pytest.fixture
def daemon(home: Path, outside: Any) -> Daemon:
    return Daemon()


def test_a_poll_writes_the_cache(daemon: Daemon, clock: Any) -> None:
    daemon.poll()
    cache = read_json(CACHE)
    metadata = cache.pop("_metadata")
    assert metadata == {
        "last_update": int(clock.now),
        "updated_by": "uw_flow_daemon",
        "ticker_count": len(cache),
    }
    assert len(cache) >= 5
    assert not Path(f"{CACHE}.bak").exists()


def test_an_entry_is_as_old_as_its_newest_trade(daemon: Daemon, clock: Any) -> None:
    daemon.poll()
    entry = max(read_json(CACHE).items(), key=lambda item: item[1].get("total_premium", 0))[1]
    assert entry["_last_update"] == clock.now - 10
    assert entry["sentiment"] == "BULLISH"
    assert entry["net_premium"] == entry["call_premium"] - entry["put_premium"] == 3_000_000


@pytest.mark.parametrize(
    "fault",
    [
        text_response(500, "Something went wrong"),
        text_response(200, "<html>", "text/html"),
        text_response(200, ""),
        json_response(200, {"data": {}}),
        json_response(200, {"data": []}),
        json_response(200, {"data": [{"ticker": "AAPL"}]}),
        json_response(401, {"error": "Unauthorized"}),
        requests.exceptions.ReadTimeout(),
    ],
)
def test_an_error_leaves_the_cache_as_it_was(
    daemon: Daemon, outside: Any, clock: Any, fault: Exception | HttpResponse
) -> None:
    daemon.poll()
    before = Path(CACHE).read_bytes()
    outside.broken[FLOW] = fault
    clock.now += 60
    daemon.poll()
    assert Path(CACHE).read_bytes() == before
    assert read_lines(LOG)[-1]["event"] == "error"


@pytest.mark.parametrize(
    ("fault", "pause"),
    [
        (json_response(429, {}, {"Retry-After": "90"}), 90),
        (json_response(429, {}, {"x-uw-req-per-minute-reset": "30000"}), 30),
        (json_response(429, {}), 60),
        # 10:14:10 in New York: until 20:00
        (json_response(429, {"code": "daily_request_limit_hit"}), 35_150),
    ],
)
def test_a_limit_is_waited_out_without_a_request(
    daemon: Daemon, outside: Any, clock: Any, fault: HttpResponse, pause: int
) -> None:
    outside.broken[FLOW] = fault
    daemon.poll()
    clock.now += pause - 1
    daemon.poll()
    assert outside.made(*FLOW) == 1
    clock.now += 1
    daemon.poll()
    assert outside.made(*FLOW) == 2


def test_trades_are_kept_for_ten_minutes_and_once() -> None:
    rows = [
        {"ticker": "AAPL", "created_at": iso(1_000_000 - age), "option_chain": "X"}
        for age in (601, 600, 0)
    ]
    assert merge(rows, rows, 1_000_000) == rows[1:]


def test_a_restart_keeps_the_trades(daemon: Daemon, clock: Any) -> None:
    daemon.poll()
    first = set(read_json(CACHE))
    clock.now += 60
    Daemon().poll()
    assert first < set(read_json(CACHE))


# start


def test_a_prepared_home_has_valid_state_with_backups(home: Path) -> None:
    assert valid_weights(read_json("state/signal_weights.json"))
    files = {path.name for path in Path("state").glob("*.json")}
    assert files == {path.name[:-4] for path in Path("state").glob("*.json.bak")}
    assert not Path(CACHE).exists()


def test_prepare_does_not_replace_a_lost_file_that_has_a_backup(home: Path) -> None:
    Path("state/positions.json").unlink()
    prepare_home()
    assert not Path("state/positions.json").exists()


def test_a_bad_environment_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    monkeypatch.delenv("UW_API_KEY")
    assert program.main(["uw_flow_daemon"]) == 2
    assert "UW_API_KEY" in capsys.readouterr().err


def test_a_step_runs_at_a_steady_period(clock: Any) -> None:
    starts: list[float] = []

    def step() -> None:
        starts.append(clock.now)
        clock.now += 7
        if len(starts) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        program.run(step, 60)
    assert [at - starts[0] for at in starts] == [0, 60, 120]


def test_a_clock_that_is_set_back_during_a_step_delays_no_step(
    clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step() -> None:
        if clock.slept:
            raise KeyboardInterrupt
        monkeypatch.setattr(time, "time", lambda: clock.now - 3600)

    with pytest.raises(KeyboardInterrupt):
        program.run(step, 60)
    assert clock.slept == [60]
