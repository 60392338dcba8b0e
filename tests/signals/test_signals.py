from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.faults import FAULTS
from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.layout import FileBinding, Layout
from pytest_fpharness.signals import SIGNALS
from pytest_fpharness.world.world import World

LAYOUT = Layout(
    files={
        "uw_cache": FileBinding("cache.json", stamp="_metadata.last_update"),
        "state.health": FileBinding("health.json", stamp="at"),
        "state.books": FileBinding("books.json", entries="positions"),
        "state.weights": FileBinding("weights.json"),
        "state.cooldowns": FileBinding("cooldowns.json"),
        "state.freezes": FileBinding("freezes.json"),
        "state.positions": FileBinding("positions.json"),
        "state.threshold": FileBinding("threshold.json"),
        "state.freeze_flag": FileBinding("FREEZE", codec="text"),
    },
    units={"bot": "bot.service"},
)
EMPTY = Layout()
#: What each signal says of a world in which nothing has happened and no file is there.
AT_REST: dict[str, Any] = {
    "uw_cache.age": None,
    "uw_cache.symbols": 0,
    "file.exists": False,
    "file.valid": False,
    "file.entries": 0,
    "file.kept": None,
    "file.age": None,
    "monitor.age": None,
    "weights.count": 0,
    "freeze.active": False,
    "freeze.reason": "",
    "orders.submitted": 0,
    "orders.entries": 0,
    "orders.exits": 0,
    "orders.filled": 0,
    "orders.rejected": 0,
    "bot.cycles": 0,
    "bot.cycle_age": None,
    "positions.count": 0,
    "cooldown.remaining": 0,
    "cooldown.count": 0,
    "process.alive": False,
    "process.count": 0,
    "process.restarts": 0,
    "process.status": "dead",
    "host.reachable": True,
    "disk.free": 40 * 10**9,
    "memory.used": 40.0,
    "account.buying_power": 100_000.0,
    "bot.clusters": None,
    "broker.authorized": True,
    "decisions.blocked": 0,
    "env.is_set": False,
    "env.value": "",
    "function.failures": 0,
    "orders.in_last_cycle": 0,
    "orders.most_in_cycle": 0,
    "position.qty": 0.0,
    "positions.cost": 0.0,
    "positions.differing": 0,
    "process.crashes": 0,
    "process.memory": 80 * 1024**2,
    "rows.malformed": 0,
    "scores.best": None,
    "threshold.raised": 0.0,
    "uw_api.errors": 0,
    "uw_api.requests_today": 0,
    "uw_api.status": None,
    "uw_cache.clusters": None,
    "uw_cache.symbols_with_trades": 0,
}
ARGUMENTS = {"file": "state.books", "process": "bot", "host": "broker", "symbol": "AAPL"}
ARGUMENTS |= {"text": "AAPL+MSFT", "env": "FPH_UNSET", "function": "score"}
CLAIMS = {"readiness", "fp.status"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(str(tmp_path), LAYOUT, after=lambda ns, action: None)
    made.processes.declare("bot", ("python", "bot.py"), "bot.service")
    return made


def read(world: World, name: str, argument: str = "") -> Any:
    reader = SIGNALS[name].read
    assert reader is not None
    return reader(world, argument)


def put(world: World, path: str, content: Any) -> None:
    world.files.put(path, json.dumps(content).encode())


def test_every_signal_is_tried_here() -> None:
    assert set(AT_REST) | CLAIMS == set(SIGNALS)
    assert {name for name, signal in SIGNALS.items() if signal.read is None} == CLAIMS


@pytest.mark.parametrize("layout", [LAYOUT, EMPTY])
@pytest.mark.parametrize("name", AT_REST)
def test_signals_of_a_world_at_rest(tmp_path: Path, name: str, layout: Layout) -> None:
    world = World(str(tmp_path), layout)
    argument = ARGUMENTS.get(SIGNALS[name].spec.argument, "")
    assert read(world, name, argument) == AT_REST[name]


def test_ages_are_those_of_the_stamps(world: World) -> None:
    stamp = world.clock.true_wall()
    put(world, "cache.json", {"_metadata": {"last_update": stamp}, "AAPL": {}, "MSFT": {}})
    put(world, "health.json", {"at": stamp})
    world.clock.advance(90 * SECOND)
    world.clock.offset = -5 * MINUTE  # a stepped wall clock changes no truth
    assert read(world, "uw_cache.age") == 90 * SECOND
    assert read(world, "monitor.age") == 90 * SECOND
    assert read(world, "uw_cache.symbols") == 2


@pytest.mark.parametrize("stamp", [None, "soon", True, {}])
def test_a_stamp_that_is_not_a_time_is_unknown(world: World, stamp: Any) -> None:
    put(world, "cache.json", {"_metadata": {"last_update": stamp}})
    assert read(world, "uw_cache.age") is None


@pytest.mark.parametrize(
    ("data", "valid"),
    [
        (b"{}", True),
        (b"[]", False),
        (b"{", False),
        (b"", False),
        (b"null", False),
        (b"\xff", False),
    ],
)
def test_which_file_is_valid(world: World, data: bytes, valid: bool) -> None:
    world.files.put("books.json", data)
    assert read(world, "file.exists", "state.books") is True
    assert read(world, "file.valid", "state.books") is valid


def test_what_a_file_held_before_the_faults_is_kept_or_lost(world: World) -> None:
    assert read(world, "file.kept", "state.books") is None  # nobody looked while it was there
    put(world, "books.json", {"positions": {"AAPL": 1}, "at": 1})
    assert read(world, "file.kept", "state.books") is True
    world.emit("fault.inject", id=0)
    put(world, "books.json", {"positions": {}, "at": 1})
    assert read(world, "file.kept", "state.books") is False
    put(world, "books.json", {"positions": {"AAPL": 1}, "at": 2})  # only its entries count
    assert read(world, "file.kept", "state.books") is True


def test_a_signal_sees_what_a_process_would_and_is_not_a_witness(world: World) -> None:
    put(world, "books.json", {"positions": {"AAPL": 1, "MSFT": 2}})
    assert read(world, "file.entries", "state.books") == 2
    fault = FAULTS["file.delete"](world, {"file": "state.books"})
    fault.active = True
    fault.inject()
    assert read(world, "file.exists", "state.books") is False
    assert fault.met == 0


@pytest.mark.parametrize(
    ("freezes", "active", "reason"),
    [
        ({}, False, ""),
        ({"risk": {"active": True, "reason": "drawdown"}}, True, "drawdown"),
        ({"risk": {"active": False, "reason": "drawdown"}}, False, ""),
        ({"manual": True}, True, "manual"),
        ({"manual": "true"}, True, "manual"),
        ([], True, "unreadable"),
    ],
)
def test_freezes(world: World, freezes: Any, active: bool, reason: str) -> None:
    put(world, "freezes.json", freezes)
    assert read(world, "freeze.active") is active
    assert read(world, "freeze.reason") == reason


def test_a_flag_file_freezes_with_its_text(world: World) -> None:
    world.files.put("FREEZE", b"by hand\n")
    assert read(world, "freeze.active") is True
    assert read(world, "freeze.reason") == "by hand"


def test_a_cooldown_is_over_after_15_minutes_to_the_second(world: World) -> None:
    put(world, "cooldowns.json", {"AAPL": world.clock.true_wall()})
    world.clock.advance(15 * MINUTE - SECOND)
    assert read(world, "cooldown.remaining", "AAPL") == SECOND
    assert read(world, "cooldown.count") == 1
    world.clock.advance(SECOND)
    assert read(world, "cooldown.remaining", "AAPL") == 0
    assert read(world, "cooldown.count") == 0


def test_orders_are_counted_by_intent(world: World) -> None:
    for intent in ("entry", "entry", "exit"):
        world.emit("order.submitted", intent=intent)
    world.emit("order.filled")
    counts = {
        name: read(world, f"orders.{name}")
        for name in ("submitted", "entries", "exits", "filled", "rejected")
    }
    assert counts == {"submitted": 3, "entries": 2, "exits": 1, "filled": 1, "rejected": 0}


def test_cycles_and_their_age(world: World) -> None:
    world.emit("cycle")
    world.clock.advance(MINUTE)
    assert (read(world, "bot.cycles"), read(world, "bot.cycle_age")) == (1, MINUTE)


@pytest.mark.parametrize(
    ("fault", "alive", "status", "count"),
    [
        ("process.kill", False, "dead", 0),
        ("process.zombie", False, "zombie", 0),
        ("process.freeze", False, "stopped", 0),
        ("process.hang", True, "running", 1),
    ],
)
def test_processes(world: World, fault: str, alive: bool, status: str, count: int) -> None:
    world.processes.spawn("bot")
    assert read(world, "process.alive", "bot") is True
    FAULTS[fault](world, {"process": "bot"}).inject()
    assert read(world, "process.alive", "bot") is alive
    assert read(world, "process.status", "bot") == status
    assert read(world, "process.count", "bot") == count
    world.processes.restart_unit("bot.service")
    assert read(world, "process.restarts", "bot") == 1


@pytest.mark.parametrize("how", ["refused", "dns", "timeout", "silent"])
def test_a_host_that_is_down_is_not_reachable(world: World, how: str) -> None:
    fault = FAULTS["network.down"](world, {"host": "broker", "how": how})
    fault.active = True
    fault.inject()
    assert read(world, "host.reachable", "broker") is False
    assert read(world, "host.reachable", "uw_api") is True
    assert fault.met == 0


def test_the_machine(world: World) -> None:
    FAULTS["disk.full"](world, {"free": 7}).inject()
    FAULTS["memory.high"](world, {"percent": 97}).inject()
    assert (read(world, "disk.free"), read(world, "memory.used")) == (7, 97.0)


def test_a_moved_position_differs_until_the_books_say_so(world: World) -> None:
    world.alpaca.open_position("AAPL", 5, 100.0)
    assert read(world, "position.qty", "AAPL") == 5
    assert read(world, "positions.cost", "AAPL+MSFT") == 500
    assert read(world, "positions.differing") == 1
    put(world, "positions.json", {"AAPL": {"qty": 5, "side": "long"}})
    assert read(world, "positions.differing") == 0


def test_entries_are_counted_by_cycle(world: World) -> None:
    for entries in (2, 1):
        world.emit("task.begin", task="cycle")
        for _ in range(entries):
            world.emit("order.submitted", intent="entry")
        world.emit("order.submitted", intent="exit")
    assert read(world, "orders.most_in_cycle") == 2
    assert read(world, "orders.in_last_cycle") == 1


def test_decisions_and_their_scores(world: World) -> None:
    for gate, score in (("cooldown", 3.5), ("score", 4.5), ("cooldown", None)):
        world.emit("decision", symbol="AAPL", action="block", gate=gate, score=score)
    assert read(world, "decisions.blocked", "cooldown") == 2
    assert read(world, "scores.best") == 4.5


@pytest.mark.parametrize(("status", "accepted"), [(200, True), (401, False), (403, False)])
def test_whether_the_broker_accepts_the_keys(world: World, status: int, accepted: bool) -> None:
    world.emit("http", role="broker", method="GET", path="/v2/account", status=status)
    assert read(world, "broker.authorized") is accepted


def test_calls_to_the_vendor(world: World) -> None:
    world.emit("http", role="uw_api", status=429)
    world.emit("http", role="broker", status=500)
    assert (read(world, "uw_api.errors"), read(world, "uw_api.status")) == (1, 429)
    world.emit("http", role="uw_api", error="timeout")
    assert (read(world, "uw_api.errors"), read(world, "uw_api.status")) == (2, None)


def test_flow_that_the_bot_got(world: World) -> None:
    trades = {"AAPL": {"flow_trades": [{}]}, "MSFT": {"flow_trades": []}, "_metadata": {}}
    put(world, "cache.json", trades)
    world.emit("rows.malformed", count=3)
    world.emit("cycle", clusters=7)
    assert read(world, "uw_cache.symbols_with_trades") == 1
    assert (read(world, "rows.malformed"), read(world, "bot.clusters")) == (3, 7)


def test_a_cluster_is_three_large_young_sweeps_of_whole_rows(world: World) -> None:
    now = datetime.fromtimestamp(world.clock.true_wall(), timezone.utc)
    young, old = (str(now - timedelta(seconds=s)) for s in (599, 601))
    row = {"type": "call", "has_sweep": True, "total_premium": "100000", "created_at": young}
    broken = [{**row, **other} for other in (
        {"total_premium": "99999"}, {"has_sweep": False}, {"has_sweep": None}, {"type": "warrant"},
        {"created_at": old}, {"created_at": "today"}, {"total_premium": None},
    )]  # fmt: skip
    flows = {f"S{n}": [row, row, other] for n, other in enumerate([*broken, "row"])}
    flows["YES"] = [row, {**row, "created_at": young[:-6]}, {**row, "created_at": f"{young[:-6]}Z"}]
    cache = {symbol: {"flow_trades": rows} for symbol, rows in flows.items()}
    put(world, "cache.json", {"_metadata": {}, "NONE": {}, "BAD": 1, **cache})
    assert read(world, "uw_cache.clusters", "bot") is None
    with world.as_actor("bot"), world.files.open(world.files.path_of("uw_cache")):
        put(world, "cache.json", {})  # what it has not read yet is not what it must show
    assert read(world, "uw_cache.clusters", "bot") == 1


def test_a_key_is_never_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("uw_key", "FPH_MODE"):
        monkeypatch.setenv(name, " paper ")
        assert read(world, "env.is_set", name) is True
    assert (read(world, "env.value", "uw_key"), read(world, "env.value", "FPH_MODE")) == (
        "",
        "paper",
    )


def test_crashes_and_memory_of_a_process(world: World) -> None:
    for code in (0, -15, 1, -9):
        world.processes.end(world.processes.spawn("bot"), code=code)
    assert read(world, "process.crashes", "bot") == 2
    world.memory.process_bytes["bot"] = 7
    assert read(world, "process.memory", "bot") == 7


def test_what_is_read_as_the_bot_wrote_or_the_broker_tells(world: World) -> None:
    put(world, "threshold.json", {"raised_by": 0.5})
    world.alpaca.set_account(buying_power=400)
    world.uw_api.reported_today = 12
    world.seen["function.fails:score"] += 1
    names = ("threshold.raised", "account.buying_power", "uw_api.requests_today")
    assert [read(world, name) for name in names] == [0.5, 400, 12]
    assert read(world, "function.failures", "score") == 1
