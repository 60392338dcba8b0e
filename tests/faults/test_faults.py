from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pytest_fpharness.faults import FAULTS, Fault
from pytest_fpharness.faults.base import READER, MissingRole
from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.events import Kind
from pytest_fpharness.model.layout import FileBinding, Layout
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.world.http.messages import HttpRequest, ResponseOverride
from pytest_fpharness.world.processes.host import NoHost
from pytest_fpharness.world.unusual_whales.market import ROTATION
from pytest_fpharness.world.world import CANARY_KEYS, World

FLOW = "https://api.unusualwhales.com/api/option-trades/flow-alerts"
REQUEST = HttpRequest("GET", "https://paper-api.alpaca.markets/v2/account")
LAYOUT = Layout(
    files={
        "log.bot": FileBinding("bot.jsonl", codec="jsonl"),
        "uw_cache": FileBinding("cache.json", stamp="_metadata.last_update", writer="daemon"),
        "state.books": FileBinding("books.json", backup="books.json.bak"),
    },
    units={"bot": "bot.service", "daemon": "daemon.service"},
    env={"uw_key": "UW_API_KEY"},
    functions={"score": "scoring:score"},
    shapes={"score": "number", "uw_api.rows": {"type": ["call", "put"], "strike?": "numeric"}},
)
#: Sensible parameters of each fault.
PARAMS: dict[str, dict[str, Any]] = {
    "broker.reject_entry": {"reason": "account_blocked", "symbols": 3},
    "broker.reject_exit": {"reason": "account_blocked", "every": True},
    "broker.lose_answer": {},
    "broker.fill": {"symbol": "AAPL", "probe": 5 * MINUTE},
    "broker.cancel": {"symbol": "own"},
    "uw_cache.age": {"age": 10 * MINUTE},
    "uw_cache.writer_stalls": {},
    "file.delete": {"file": "state.books", "backup": True},
    "file.corrupt": {"file": "state.books", "how": "nul", "backup": True},
    "file.damaged": {"file": "state.books", "damage": [{"keep": 50}], "backup": True},
    "function.damaged": {"function": "score", "damage": [{"set": ".", "json": "NaN"}]},
    "uw_api.damaged_rows": {"damage": [{"drop": "type"}]},
    "uw_cache.damaged_rows": {"damage": [{"set": "strike", "to": "n/a"}]},
    "file.write": {"file": "state.books", "content": {"x": "<now+60>"}},
    "operator.writes": {"file": "state.books", "content": {"FP-4.5": "<now>"}},
    "file.unreadable": {"file": "state.books"},
    "signal.inject": {"symbol": "AAPL", "score": 4.5},
    "disk.full": {"free": 0},
    "disk.read_only": {},
    "memory.high": {"percent": 97},
    "env.unset": {"name": "uw_key"},
    "env.set": {"name": "UW_API_KEY", "value": "other"},
    "clock.step": {"by": -5 * MINUTE},
    "network.down": {"host": "broker", "how": "dns"},
    "http.answer": {"host": "uw_api", "status": 429},
    "process.kill": {"process": "bot"},
    "process.stop": {"process": "bot"},
    "process.zombie": {"process": "bot"},
    "process.freeze": {"process": "bot"},
    "process.hang": {"process": "bot"},
    "process.run": {"command": "python -m other_bot"},
    "process.restart": {"process": "bot"},
    "broker.account": {"values": {"buying_power": 400}},
    "broker.position": {"symbol": "AAPL", "by": 5},
    "broker.quote": {"symbol": "AAPL", "price": 4321.0},
    "broker.revoke_keys": {},
    "disk.no_inodes": {},
    "disk.old_logs": {"free": 1000},
    "file.blocked": {"file": "state.books"},
    "function.fails": {"function": "score"},
    "memory.leak": {"process": "bot"},
    "memory.oom_kill": {"process": "bot"},
    "network.cut": {"how": "portal"},
    "network.slow": {"latency": 3 * SECOND},
    "process.crash": {"process": "bot"},
    "signal.busy": {"symbols": 3},
    "uw_api.daily_quota": {},
    "uw_api.field": {"field": "type"},
    "uw_api.quiet_market": {},
    "uw_api.refuses": {"how": "not_in_plan"},
    "uw_api.rows": {"how": "premium_null"},
    "uw_api.used": {"requests": 14_990},
    "uw_api.takes": {"requests": 5},
    "uw_cache.content": {"holds": "no_bytes"},
    "uw_cache.rows": {"how": "strike_text"},
}
#: These end a process for good: a lift does not bring it back, a restart does.
DEADLY = {"memory.oom_kill", "process.kill", "process.stop", "process.zombie"}
#: These wait for an order, a task or a read: the world itself is as before.
WAITING = {"signal.inject", "process.hang", "process.restart"}
WAITING |= {name for name in PARAMS if name.startswith("broker.")} - {
    "broker.account", "broker.position", "broker.quote", "broker.revoke_keys",
}  # fmt: skip
#: Each end of such a fault is followed by another injection when the harness breaks a healer.
AGAIN = {name for name in PARAMS if FAULTS[name].spec.cleared_by not in ("lift", "never")}


class Bench(NoHost):
    """A world that nothing is patched into, with two processes and two files."""

    def __init__(self, root: Path) -> None:
        self.world = World(str(root), LAYOUT, after=lambda ns, action: None)
        self.world.processes.attach(self)
        self.handed: list[tuple[str, str, Any]] = []
        for name, unit in LAYOUT.units.items():
            self.world.processes.declare(name, ("python", "-m", name), unit)
            self.world.processes.spawn(name)
        self.scoring = ModuleType("scoring")
        vars(self.scoring)["score"] = lambda symbol: 4.0
        stamp = int(self.world.clock.true_wall())
        trades = self.world.uw_api.market.rows(stamp // 60)[:2]
        entry = {"flow_trades": trades, "total_premium": 1e6}
        cache = {"_metadata": {"last_update": stamp}, "AAPL": entry}
        self.world.files.put("cache.json", json.dumps(cache).encode())
        for name in ("books.json", "books.json.bak"):
            self.world.files.put(name, b'{"positions": {"AAPL": 2}}')

    def call(self, process: str, task: str, argument: Any) -> None:
        self.handed.append((process, task, argument))

    def modules(self, process: str) -> dict[str, ModuleType]:
        return {"scoring": self.scoring}

    def hold(self, name: str, **params: Any) -> Fault:
        fault = FAULTS[name](self.world, params or PARAMS[name])
        fault.prepare()
        fault.active = True
        fault.inject()
        return fault

    def lift(self, fault: Any) -> None:
        fault.active, fault.lifting = False, True
        fault.undo()

    def on_disk(self, path: str) -> bytes | None:
        return self.world.files.raw_bytes(self.world.files.full(path))

    def read(self, role: str, actor: str) -> bytes:
        """What an actor reads through the faults."""
        path = self.world.files.path_of(role)
        with self.world.as_actor(actor):
            overlay = self.world.files.overlays[path]
            return overlay.read(self.world.files.raw_bytes(path), actor) or b""

    def state(self) -> dict[str, Any]:
        """All that a fault may change."""
        world = self.world
        return {
            "files": {name: self.on_disk(name) for name in sorted(os.listdir(world.root))},
            "overlays": dict(world.files.overlays),
            "processes": sorted((e.name, e.status) for e in world.processes.live()),
            "hosts": {role: list(held) for role, held in world.http.faults.items() if held},
            "env": dict(os.environ),
            "disk": (world.disk.used, world.disk.read_only, world.disk.inodes_free),
            "memory": (world.memory.percent, dict(world.memory.process_bytes)),
            "clock": (world.clock.offset, world.clock.now),
            "network": world.http.latency,
            "interrupts": dict(world.interrupts),
            "functions": dict(vars(self.scoring)),
            "vendor": self.vendor(),
            "broker": self.broker(),
        }

    def vendor(self) -> dict[str, Any]:
        """What the data vendor would tell, and what it has counted."""
        market = self.world.uw_api.market
        request = HttpRequest("GET", FLOW, {"Authorization": f"Bearer {CANARY_KEYS['uw_key']}"})
        before = self.world.uw_api.requests_today
        answer = self.world.uw_api.handle(request)
        self.world.uw_api.requests_today = before
        minute = self.world.clock.wall_ns_true() // MINUTE
        answered = (answer.status, answer.body, self.world.uw_api.per_minute)
        return {"flow": market.rows(minute), "answered": answered, "today": before}

    def broker(self) -> dict[str, Any]:
        """What the broker would tell the bot."""
        alpaca, keys = self.world.alpaca, ("broker_key", "broker_secret")
        names = ("APCA-API-KEY-ID", "APCA-API-SECRET-KEY")
        headers = {name: CANARY_KEYS[key] for name, key in zip(names, keys, strict=True)}
        answer: Any = alpaca.trading(HttpRequest("GET", REQUEST.url, headers))
        quote = alpaca.ledger.prices.quote("AAPL")
        return {
            "account": (answer.status, answer.body),
            "positions": {name: row.qty for name, row in alpaca.positions.items()},
            "quote": (quote.bid, quote.ask),
        }


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("UW_API_KEY", "the-key-of-this-test")
    yield Bench(tmp_path)


def test_every_fault_is_tried_here() -> None:
    ours = {name for name in FAULTS if not name.startswith("test.")}  # those of other tests
    assert set(PARAMS) == ours


@pytest.mark.parametrize("name", [name for name in PARAMS if name not in DEADLY])
def test_a_lifted_fault_leaves_the_world_as_it_was(bench: Bench, name: str) -> None:
    before = bench.state()
    fault: Any = bench.hold(name)
    bench.lift(fault)
    assert bench.state() == before
    held = [v if isinstance(v, list) else [v] for v in vars(fault).values()]
    assert not any(c.active for result in held for c in result if isinstance(c, ResponseOverride))


# A second move of a position is a second position: it is not part of what was there before.
@pytest.mark.parametrize("name", sorted(AGAIN - DEADLY - {"broker.position"}))
def test_a_fault_injected_again_leaves_the_world_as_it_was(bench: Bench, name: str) -> None:
    before = bench.state()
    fault = bench.hold(name)
    fault.reapply()
    bench.lift(fault)
    assert bench.state() == before


@pytest.mark.parametrize("name", sorted(DEADLY))
def test_a_process_that_is_gone_comes_back_with_a_restart(bench: Bench, name: str) -> None:
    fault = bench.hold(name)
    assert not bench.world.processes.alive("bot")
    heard: list[bool] = []
    bench.world.listeners.append(lambda event: heard.append(fault.clears(event)))
    bench.world.processes.restart_unit("bot.service")
    assert any(heard)
    bench.lift(fault)
    assert [e.status for e in bench.world.processes.live() if e.name == "bot"] == ["running"]


@pytest.mark.parametrize("name", sorted(set(PARAMS) - WAITING))
def test_an_injected_fault_changes_the_world(bench: Bench, name: str) -> None:
    before = bench.state()
    bench.hold(name)
    assert bench.state() != before


# -- the witness ----------------------------------------------------------------------------------


def hears(kind: Kind, **facts: Any) -> Callable[[Bench, Any], object]:
    """Pass an event of the current process to the fault."""
    return lambda bench, fault: fault.watch(Event(0, kind, bench.world.current_process, facts))


def reads(path: str) -> Callable[[Bench, Any], object]:
    """The current process reads a file through the fault."""

    def read(bench: Bench, fault: Any) -> None:
        with contextlib.suppress(OSError):
            fault.read(bench.on_disk(path), bench.world.current_process)

    return read


def scores(bench: Bench, fault: Any) -> None:
    """The current process calls the function that fails."""
    with contextlib.suppress(ZeroDivisionError):
        vars(bench.scoring)["score"]("AAPL")


def asks_for_flow(bench: Bench, fault: Any) -> None:
    """The current process asks the vendor."""
    key = {"Authorization": f"Bearer {CANARY_KEYS['uw_key']}"}
    fault.answer(HttpRequest("GET", FLOW, key))


def leaks(bench: Bench, fault: Any) -> None:
    """Something leaked in a task."""
    fault.watch(Event(0, "task.end", "bot"))


VENDOR = hears("http", role="uw_api", method="GET", path="/", status=200)
WITNESSES: dict[str, Callable[[Bench, Any], object]] = {
    "uw_cache.age": lambda bench, fault: fault.read(bench.on_disk("cache.json"), "bot"),
    "file.corrupt": lambda bench, fault: fault.read(bench.on_disk("books.json"), "bot"),
    "file.delete": lambda bench, fault: fault.read(None, "bot"),
    "file.write": lambda bench, fault: fault.read(bench.on_disk("books.json"), "bot"),
    "operator.writes": lambda bench, fault: fault.read(bench.on_disk("books.json"), "bot"),
    "memory.high": lambda bench, fault: bench.world.memory.virtual(),
    "network.down": lambda bench, fault: fault.answer(REQUEST),
    "http.answer": lambda bench, fault: fault.answer(REQUEST),
    "process.run": lambda bench, fault: fault.watch(Event(0, "processes.read", "bot")),
    "broker.account": hears("http", role="broker", path="/v2/account", status=200),
    "broker.position": hears("http", role="broker", path="/v2/positions", status=200),
    "broker.quote": hears("decision", symbol="AAPL", action="enter"),
    "broker.revoke_keys": hears("http", role="broker", method="GET", path="/", status=401),
    "disk.no_inodes": lambda bench, fault: bench.world.disk.usage(),
    "disk.old_logs": lambda bench, fault: bench.world.disk.statvfs(),
    "file.blocked": reads("books.json"),
    "function.fails": scores,
    "memory.leak": leaks,
    "memory.oom_kill": hears("processes.read"),
    "network.cut": lambda bench, fault: fault.answer(REQUEST),
    "network.slow": hears("http", role="broker"),
    "signal.busy": hears("decision", symbol=ROTATION[0], action="block"),
    "uw_api.daily_quota": VENDOR,
    "uw_api.field": lambda bench, fault: bench.world.uw_api.market.rows(1),
    "uw_api.quiet_market": VENDOR,
    "uw_api.refuses": VENDOR,
    "uw_api.rows": asks_for_flow,
    "uw_api.used": VENDOR,
    "uw_api.takes": VENDOR,
    "uw_cache.content": reads("cache.json"),
    "uw_cache.rows": reads("cache.json"),
}


@pytest.mark.parametrize("name", WITNESSES)
@pytest.mark.parametrize(("actor", "met"), [("bot", 1), ("", 0), (READER, 0)])
def test_only_a_process_of_the_bot_meets_a_fault(
    bench: Bench, name: str, actor: str, met: int
) -> None:
    fault = bench.hold(name)
    with bench.world.as_actor(actor):
        WITNESSES[name](bench, fault)
    assert fault.met == met
    assert bench.world.seen["met"] == met


@pytest.mark.parametrize("name", WITNESSES)
def test_a_fault_that_is_over_is_not_met(bench: Bench, name: str) -> None:
    fault = bench.hold(name)
    fault.active = False
    with bench.world.as_actor("bot"):
        WITNESSES[name](bench, fault)
    assert fault.met == 0


def test_a_polling_bot_does_not_flood_the_timeline(bench: Bench) -> None:
    fault: Any = bench.hold("network.down")
    with bench.world.as_actor("bot"):
        for _ in range(200):
            fault.answer(REQUEST)
    assert fault.met == 200
    assert bench.world.seen["met"] == 50


def test_a_withheld_tick_is_the_witness_of_a_dead_process(bench: Bench) -> None:
    fault = bench.hold("process.kill")
    fault.watch(Event(0, "task.withheld", "", {"process": "daemon"}))
    assert fault.met == 0
    fault.watch(Event(0, "task.withheld", "", {"process": "bot"}))
    assert fault.met == 1


@pytest.mark.parametrize("name", ["uw_api.rows", "function.fails"])
def test_reads_of_the_reader_do_not_change_signals(bench: Bench, name: str) -> None:
    fault = bench.hold(name)
    with bench.world.as_actor(READER):
        WITNESSES[name](bench, fault)
    assert not {key for key in +bench.world.seen if key.startswith(("rows.", "function."))}


@pytest.mark.parametrize(("actor", "met"), [("bot", 1), (READER, 0)])
def test_a_write_that_the_disk_refuses_is_met_by_a_process(
    bench: Bench, actor: str, met: int
) -> None:
    fault = bench.hold("disk.no_inodes")
    with bench.world.as_actor(actor), pytest.raises(OSError, match="No space"):
        bench.world.disk.check_inode("new.json")
    fault.watch(Event(0, "http", actor))
    assert fault.met == met


@pytest.mark.parametrize(("code", "met"), [(1, 1), (0, 0), (-9, 0)])
def test_a_crash_is_met_by_its_own_end(bench: Bench, code: int, met: int) -> None:
    fault = bench.hold("process.crash")
    fault.watch(Event(0, "process.exit", "", {"process": "daemon", "code": 1}))
    fault.watch(Event(0, "process.exit", "", {"process": "bot", "code": code}))
    assert fault.met == met
    assert fault.clears(Event(0, "process.start", "", {"process": "bot"})) is bool(met)


def test_two_fields_lifted_in_the_order_they_came(bench: Bench) -> None:
    before = bench.vendor()["flow"]
    first, second = (bench.hold("uw_api.field", field=name) for name in ("type", "strike"))
    bench.lift(first)
    assert bench.vendor()["flow"] == [
        {k: v for k, v in row.items() if k != "strike"} for row in before
    ]
    bench.lift(second)
    assert bench.vendor()["flow"] == before


# -- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", FAULTS["file.corrupt"].spec.params[1].choices)
def test_a_corrupt_file_is_invalid_or_not_a_mapping(bench: Bench, how: str) -> None:
    bench.hold("file.corrupt", file="state.books", how=how)
    data = bench.on_disk("books.json")
    assert data is not None
    try:
        parsed = json.loads(data.decode())
    except ValueError:
        return
    assert not isinstance(parsed, dict)


def test_every_way_to_corrupt_differs(bench: Bench) -> None:
    result = set()
    for how in FAULTS["file.corrupt"].spec.params[1].choices:
        fault = bench.hold("file.corrupt", file="state.books", how=how)
        result.add(bench.on_disk("books.json"))
        bench.lift(fault)
    assert len(result) == len(FAULTS["file.corrupt"].spec.params[1].choices)


def test_foreign_content_holds_times_of_now(bench: Bench) -> None:
    bench.hold("file.write", file="state.books", content={"until": "<now+60>", "at": "<now>"})
    now = int(bench.world.clock.wall())
    assert json.loads(bench.on_disk("books.json") or b"") == {"until": now + 60, "at": now}


@pytest.mark.parametrize(
    ("actor", "data", "ends"),
    [("bot", b"{}", True), ("", b"{}", False), ("bot", None, False)],
)
def test_only_other_bytes_of_the_bot_end_a_corruption(
    bench: Bench, actor: str, data: bytes | None, ends: bool
) -> None:
    fault = bench.hold("file.corrupt", file="state.books")
    if data is not None:
        bench.world.files.put("books.json", data)
    assert fault.clears(Event(0, "file.write", actor, {"role": "state.books"})) is ends
    assert not fault.clears(Event(0, "file.write", actor, {"role": "uw_cache"}))


def test_content_that_the_bot_rewrote_stays(bench: Bench) -> None:
    fault = bench.hold("file.corrupt", file="state.books")
    bench.world.files.put("books.json", b'{"mended": true}')
    bench.lift(fault)
    assert bench.on_disk("books.json") == b'{"mended": true}'


@pytest.mark.parametrize(("error", "number"), [("EACCES", 13), ("EIO", 5)])
def test_an_unreadable_file_fails_for_processes_only(bench: Bench, error: str, number: int) -> None:
    fault = bench.hold("file.unreadable", file="state.books", error=error)
    with pytest.raises(OSError, match=r".") as caught:
        bench.read("state.books", "bot")
    assert caught.value.errno == number
    assert bench.read("state.books", "") == bench.on_disk("books.json")
    assert fault.met == 1


def test_a_directory_with_files_of_the_bot_is_removed(bench: Bench) -> None:
    fault = bench.hold("file.blocked", file="state.books")
    bench.world.files.put("books.json/stray.tmp", b"{}")
    bench.lift(fault)
    assert bench.on_disk("books.json") == b'{"positions": {"AAPL": 2}}'


@pytest.mark.parametrize("mended", [b'{"mended": true}', None])
def test_a_directory_that_the_bot_removed(bench: Bench, mended: bytes | None) -> None:
    fault = bench.hold("file.blocked", file="state.books")
    shutil.rmtree(bench.world.files.full("books.json"))
    bench.world.files.put("books.json", mended)
    bench.lift(fault)
    assert bench.on_disk("books.json") == (mended or b'{"positions": {"AAPL": 2}}')


def test_a_rotated_log_of_the_bot_outlives_old_logs(bench: Bench) -> None:
    bench.world.files.put("bot.jsonl.1", b"yesterday\n")
    fault = bench.hold("disk.old_logs")
    bench.lift(fault)
    assert bench.on_disk("bot.jsonl.1") == b"yesterday\n"


def test_old_logs_end_with_the_last_of_them(bench: Bench) -> None:
    fault, ends = bench.hold("disk.old_logs"), Event(0, "task.end", "monitor")
    bench.world.files.put("bot.jsonl.1", None)
    assert not fault.clears(ends)
    bench.world.files.put("bot.jsonl.2", None)
    assert fault.clears(ends)
    assert not fault.clears(Event(0, "http", "monitor"))


def test_old_logs_need_a_log_role_in_the_layout(tmp_path: Path) -> None:
    with pytest.raises(MissingRole):
        FAULTS["disk.old_logs"](World(str(tmp_path)), {}).inject()


# -- the cache ------------------------------------------------------------------------------------


@pytest.mark.parametrize("age", [0, 599 * SECOND, 600 * SECOND, 601 * SECOND])
def test_a_pinned_age_moves_along_with_the_clock(bench: Bench, age: int) -> None:
    fault: Any = bench.hold("uw_cache.age", age=age)
    for _ in range(3):
        bench.world.clock.advance(7 * MINUTE)
        stamp = json.loads(bench.read("uw_cache", "bot"))["_metadata"]["last_update"]
        assert bench.world.clock.wall_ns() - stamp * SECOND == age
        assert fault.mtime(0, "bot") == bench.world.clock.wall_ns() - age


@pytest.mark.parametrize(
    ("age", "stamp"), [("missing", "absent"), ("null", None), ("not a date", "not a date")]
)
def test_a_cache_without_a_usable_stamp(bench: Bench, age: str, stamp: str | None) -> None:
    bench.hold("uw_cache.age", age=age)
    metadata = json.loads(bench.read("uw_cache", "bot"))["_metadata"]
    assert metadata.get("last_update", "absent") == stamp


def test_a_process_that_the_age_is_hidden_from(bench: Bench) -> None:
    fault = bench.hold("uw_cache.age", age=10 * MINUTE, hidden_from="monitor")
    stamp = json.loads(bench.read("uw_cache", "monitor"))["_metadata"]["last_update"]
    assert bench.world.clock.wall() - stamp == 1
    assert fault.met == 0


def test_a_new_writer_ends_the_faults_of_the_cache(bench: Bench) -> None:
    fault = bench.hold("uw_cache.writer_stalls")
    assert not fault.clears(Event(0, "process.start", "", {"process": "bot"}))
    assert fault.clears(Event(0, "process.start", "", {"process": "daemon"}))


# -- hosts, processes, roles ----------------------------------------------------------------------


def test_a_host_that_is_down_for_orders_only(bench: Bench) -> None:
    fault: Any = bench.hold("network.down", host="broker", calls="orders")
    with bench.world.as_actor("bot"):
        assert fault.answer(REQUEST) is None
        orders = HttpRequest("POST", "https://paper-api.alpaca.markets/v2/orders")
        assert fault.answer(orders) == "refused"


def test_an_answer_given_so_many_times(bench: Bench) -> None:
    fault: Any = bench.hold("http.answer", host="broker", status=500, times=2)
    with bench.world.as_actor("bot"):
        result = [fault.answer(REQUEST) for _ in range(3)]
    assert [answer and answer.status for answer in result] == [500, 500, None]


def test_a_bystander_runs_from_the_start_and_is_not_a_process_of_the_bot(bench: Bench) -> None:
    fault = bench.hold("process.kill", process="somebody")
    assert not bench.world.processes.alive("somebody")
    with bench.world.as_actor("monitor"):
        fault.watch(Event(0, "processes.read", "monitor"))
    assert fault.met == 1
    assert bench.world.processes.alive("bot")


def test_a_signal_is_handed_to_its_process(bench: Bench) -> None:
    bench.hold("signal.inject")
    assert bench.handed == [("bot", "inject", {"symbol": "AAPL", "score": 4.5, "side": "buy"})]


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("file.corrupt", {"file": "state.none"}),
        ("file.unreadable", {"file": "state.none"}),
        ("network.down", {"host": "none"}),
        ("process.restart", {"process": "none"}),
    ],
)
def test_a_role_that_the_layout_lacks_is_missing(
    bench: Bench, name: str, params: dict[str, Any]
) -> None:
    with pytest.raises(MissingRole):
        bench.hold(name, **params)


# -- a cache that holds other things than the reference bot's --------------------------------------


def other_cache(bench: Bench) -> None:
    entry = {"sentiment": "BULLISH"}
    content = {"_metadata": {"last_update": 0}, "AAPL": entry, "MSFT": entry}
    bench.world.files.put("cache.json", json.dumps(content).encode())


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("uw_cache.rows", {"how": "strike_text"}),
        ("uw_cache.damaged_rows", {"damage": [{"set": "strike", "to": "n/a"}]}),
        ("uw_cache.content", {"holds": "no_trades"}),
    ],
)
def test_a_cache_without_rows_of_trades_is_missing(
    bench: Bench, name: str, params: dict[str, Any]
) -> None:
    other_cache(bench)
    with pytest.raises(MissingRole, match="flow_trades in uw_cache"):
        bench.hold(name, **params)


def test_a_cache_without_premiums_keeps_one_symbol(bench: Bench) -> None:
    other_cache(bench)
    bench.hold("uw_cache.content", holds="one_symbol")
    assert set(json.loads(bench.read("uw_cache", "bot"))) == {"_metadata", "MSFT"}
