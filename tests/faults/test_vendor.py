"""Faults of the vendor, its rows and its cache, held over a world."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.faults import FAULTS, Fault
from pytest_fpharness.faults.rows import MALFORMED, MISLEADING
from pytest_fpharness.model.layout import FileBinding, Layout
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.signals import SIGNALS
from pytest_fpharness.world.http.messages import HttpRequest, HttpResponse
from pytest_fpharness.world.world import World
from tests.support.world_bench import acting, kinds

URL = "https://api.unusualwhales.com/api/option-trades/flow-alerts"
CACHE = FileBinding("data/cache.json", stamp="_metadata.last_update", writer="daemon")
ROW = {"total_premium": "1", "created_at": "2026-01-06 15:00:00+00:00", "has_sweep": True}
CONTENT: dict[str, dict[str, Any]] = {
    "AAPL": {"flow_trades": [ROW, {**ROW, "created_at": "2026-01-06 15:01:00+00:00"}]},
    "MSFT": {"flow_trades": [ROW]},
    "_metadata": {"last_update": 1},
}
for _name in ("AAPL", "MSFT"):
    CONTENT[_name]["total_premium"] = float(len(CONTENT[_name]["flow_trades"]))


@pytest.fixture
def world(tmp_path: Path) -> World:
    result = World(str(tmp_path), Layout(files={"uw_cache": CACHE}))
    result.files.put(result.files.path_of("uw_cache"), json.dumps(CONTENT).encode())
    return result


def hold(world: World, name: str, **params: Any) -> Fault:
    """The fault, injected as the harness does."""
    fault = FAULTS[name](world, params)
    fault.prepare()
    fault.active = True
    fault.inject()
    return fault


def ask(world: World) -> HttpResponse:
    """What the vendor answers to a process, faults included."""
    headers = {"Authorization": f"Bearer {world.secrets['uw_key']}"}
    request = HttpRequest("GET", URL, headers)
    for fault in world.http.faults.get("uw_api", ()):
        answer = fault.answer(request)
        if isinstance(answer, HttpResponse):
            return answer
    return world.uw_api.handle(request)


def read(world: World, actor: str = "bot") -> Any:
    """The cache as a process reads it."""
    with acting(world, world.file_calls, actor=actor):
        return json.loads(Path(world.root, CACHE.path).read_text())


def signal(world: World, name: str) -> Any:
    """The truth of a signal without an argument."""
    reader = SIGNALS[name].read
    assert reader is not None
    return reader(world, "")


# the vendor


@pytest.mark.parametrize(
    ("how", "status", "part"),
    [
        ("key_refused", 401, b"Unauthorized"),
        ("not_in_plan", 403, b"historic_data_access_missing"),
        ("gateway_page", 403, b"<!DOCTYPE html>"),
        ("minute_limit", 429, b"Too Many Requests"),
    ],
)
def test_the_vendor_refuses_until_lifted(world: World, how: str, status: int, part: bytes) -> None:
    fault = hold(world, "uw_api.refuses", how=how)
    answer = ask(world)
    assert (answer.status, part in answer.body) == (status, True)
    fault.undo()
    assert ask(world).status == 200


def test_a_refusal_is_met_by_the_process_that_gets_it(world: World) -> None:
    fault = hold(world, "uw_api.refuses", how="key_refused")
    event = Event(0, "http", "daemon", {"role": "uw_api", "status": 401})
    fault.watch(event)
    assert fault.met == 0  # the harness's own look
    with world.as_actor("daemon"):
        fault.watch(event)
        fault.watch(Event(0, "http", "daemon", {"role": "broker", "status": 200}))
    assert fault.met == 1


def test_the_quota_of_the_day_ends_at_eight_in_new_york(world: World) -> None:
    fault = hold(world, "uw_api.daily_quota")
    event = Event(0, "check", "", {})
    assert b"daily_request_limit_hit" in ask(world).body
    world.clock.now += (10 * 3600 - 1) * 10**9  # it began at 10:00
    assert not fault.clears(event)
    world.clock.now += 10**9
    assert fault.clears(event)


@pytest.mark.parametrize(("used", "statuses"), [(14_998, [200, 200, 429]), (15_000, [429] * 3)])
def test_the_vendor_counts_on(world: World, used: int, statuses: list[int]) -> None:
    fault = hold(world, "uw_api.used", requests=used)
    assert [ask(world).status for _ in range(3)] == statuses
    assert signal(world, "uw_api.requests_today") == 15_000
    fault.undo()
    assert ask(world).status == 200


def test_a_quiet_market_has_no_sweep(world: World) -> None:
    fault = hold(world, "uw_api.quiet_market")
    assert not any(row["has_sweep"] for row in ask(world).json()["data"])
    fault.undo()
    assert any(row["has_sweep"] for row in ask(world).json()["data"])


# rows


@pytest.mark.parametrize("how", [*MALFORMED, *MISLEADING])
def test_so_many_rows_of_an_answer_are_damaged(world: World, how: str) -> None:
    whole = ask(world).json()["data"]
    fault = hold(world, "uw_api.rows", how=how, rows=1)
    with world.as_actor("daemon"):
        rows = ask(world).json()["data"]
    assert rows[0] != whole[0] and rows[1:] == whole[1:]
    assert fault.met == 1
    assert signal(world, "rows.malformed") == (how in MALFORMED)


def test_all_rows_are_damaged_by_default(world: World) -> None:
    hold(world, "uw_api.rows", how="premium_null")
    with world.as_actor("daemon"):
        rows = ask(world).json()["data"]
    assert {row["total_premium"] for row in rows} == {None}
    assert signal(world, "rows.malformed") == len(rows)


def test_the_newest_rows_of_the_cache_are_damaged(world: World) -> None:
    fault = hold(world, "uw_cache.rows", how="premium_null", rows=1)
    result = read(world)
    assert [row["total_premium"] for row in result["AAPL"]["flow_trades"]] == ["1", None]
    assert result["MSFT"] == CONTENT["MSFT"]
    assert (fault.met, signal(world, "rows.malformed")) == (1, 1)


def test_rows_read_by_another_process_are_not_met(world: World) -> None:
    fault = hold(world, "uw_cache.rows", how="premium_null")
    read(world, actor="monitor")
    assert (fault.met, signal(world, "rows.malformed")) == (0, 0)


# the content of the cache


@pytest.mark.parametrize(
    ("holds", "result"),
    [
        ("empty_object", {}),
        ("metadata_only", {"_metadata": {"last_update": 1}}),
        ("one_symbol", {name: CONTENT[name] for name in ("AAPL", "_metadata")}),
    ],
)
def test_what_the_cache_holds(world: World, holds: str, result: Mapping[str, Any]) -> None:
    fault = hold(world, "uw_cache.content", holds=holds)
    assert read(world) == result
    assert fault.met >= 1


@pytest.mark.parametrize(
    ("holds", "error"),
    [
        ("missing", FileNotFoundError),
        ("unreadable", PermissionError),
        ("directory", IsADirectoryError),
        ("no_bytes", ValueError),
        ("not_json", ValueError),
    ],
)
def test_a_cache_that_cannot_be_read(world: World, holds: str, error: type[Exception]) -> None:
    hold(world, "uw_cache.content", holds=holds)
    with pytest.raises(error):
        read(world)


@pytest.mark.parametrize(
    ("holds", "symbols", "trading"),
    [("underscores_only", 0, 0), ("no_trades", 2, 0), ("list", 0, 0), ("one_symbol", 1, 1)],
)
def test_symbols_in_the_cache(world: World, holds: str, symbols: int, trading: int) -> None:
    hold(world, "uw_cache.content", holds=holds)
    assert signal(world, "uw_cache.symbols") == symbols
    assert signal(world, "uw_cache.symbols_with_trades") == trading


@pytest.mark.parametrize(("every_start", "over"), [(False, True), (True, False)])
def test_a_new_start_of_the_writer_ends_it(world: World, every_start: bool, over: bool) -> None:
    fault = hold(world, "uw_cache.content", holds="missing", every_start=every_start)
    assert fault.clears(Event(0, "process.start", "", {"process": "daemon"})) is over
    assert not fault.clears(Event(0, "process.start", "", {"process": "bot"}))


def test_lifted_the_cache_is_back(world: World) -> None:
    fault = hold(world, "uw_cache.content", holds="missing")
    fault.lifting = True
    fault.undo()
    assert read(world) == CONTENT


# signals of the vendor's answers


def test_the_last_answer_and_the_failed_calls(world: World) -> None:
    assert (signal(world, "uw_api.status"), signal(world, "uw_api.errors")) == (None, 0)
    world.emit("http", role="uw_api", status=200)
    world.emit("http", role="uw_api", status=401)
    world.emit("http", role="broker", status=500)
    assert (signal(world, "uw_api.status"), signal(world, "uw_api.errors")) == (401, 1)
    world.emit("http", role="uw_api", error="timeout")
    assert (signal(world, "uw_api.status"), signal(world, "uw_api.errors")) == (None, 2)
    assert kinds(world).count("http") == 4


def test_the_clusters_of_the_last_cycle(world: World) -> None:
    assert signal(world, "bot.clusters") is None
    world.emit("cycle", clusters=3)
    world.emit("cycle", clusters=0)
    assert signal(world, "bot.clusters") == 0
