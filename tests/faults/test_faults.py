from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.faults import FAULTS, Fault
from pytest_fpharness.faults.base import READER, MissingRole
from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.layout import FileBinding, Layout
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.world.messages import Control, HttpRequest
from pytest_fpharness.world.world import World

LAYOUT = Layout(
    files={
        "uw_cache": FileBinding("cache.json", stamp="_metadata.last_update", writer="daemon"),
        "state.books": FileBinding("books.json", backup="books.json.bak"),
    },
    units={"bot": "bot.service", "daemon": "daemon.service"},
    env={"uw_key": "UW_API_KEY"},
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
    "file.write": {"file": "state.books", "content": {"x": "<now+60>"}},
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
}
#: These end a process for good: a lift does not bring it back, a restart does.
DEADLY = {"process.kill", "process.stop", "process.zombie"}


class Bench:
    """A world that nothing is patched into, with two processes and two files."""

    def __init__(self, root: Path) -> None:
        self.world = World(str(root), LAYOUT)
        self.handed: list[tuple[str, str, Any]] = []
        self.world.after = lambda ns, action: None
        self.world.call = lambda *given: self.handed.append(given)
        for name, unit in LAYOUT.units.items():
            self.world.processes.declare(name, ("python", "-m", name), unit)
            self.world.processes.spawn(name)
        stamp = self.world.clock.true_wall()
        cache = {"_metadata": {"last_update": int(stamp)}, "AAPL": {}}
        self.world.files.put("cache.json", json.dumps(cache).encode())
        for name in ("books.json", "books.json.bak"):
            self.world.files.put(name, b'{"positions": {"AAPL": 2}}')

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
            "memory": world.memory.percent,
            "clock": (world.clock.offset, world.clock.now),
        }


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("UW_API_KEY", "the-key-of-this-test")
    yield Bench(tmp_path)


def test_every_fault_is_tried_here() -> None:
    assert set(PARAMS) == set(FAULTS)


@pytest.mark.parametrize("name", [name for name in PARAMS if name not in DEADLY])
def test_a_lifted_fault_leaves_the_world_as_it_was(bench: Bench, name: str) -> None:
    before = bench.state()
    fault: Any = bench.hold(name)
    bench.lift(fault)
    assert bench.state() == before
    held: list[Control] = getattr(fault, "held", [])
    assert not any(control.active for control in held)


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


@pytest.mark.parametrize(
    "name", ["file.delete", "file.corrupt", "file.write", "disk.full", "disk.read_only",
             "memory.high", "env.unset", "env.set", "clock.step", "network.down", "http.answer",
             "file.unreadable", "process.freeze", "process.run"],
)  # fmt: skip
def test_an_injected_fault_changes_the_world(bench: Bench, name: str) -> None:
    before = bench.state()
    bench.hold(name)
    assert bench.state() != before


# -- the witness ----------------------------------------------------------------------------------

REQUEST = HttpRequest("GET", "https://paper-api.alpaca.markets/v2/account")
WITNESSES: dict[str, Callable[[Bench, Any], object]] = {
    "uw_cache.age": lambda bench, fault: fault.read(bench.on_disk("cache.json"), "bot"),
    "file.corrupt": lambda bench, fault: fault.read(bench.on_disk("books.json"), "bot"),
    "file.delete": lambda bench, fault: fault.read(None, "bot"),
    "file.write": lambda bench, fault: fault.read(bench.on_disk("books.json"), "bot"),
    "memory.high": lambda bench, fault: bench.world.memory.virtual(),
    "network.down": lambda bench, fault: fault.answer(REQUEST),
    "http.answer": lambda bench, fault: fault.answer(REQUEST),
    "process.run": lambda bench, fault: fault.watch(Event(0, "processes.read", "bot")),
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


# -- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", FAULTS["file.corrupt"].spec.params[1].choices)
def test_a_corrupt_file_does_not_parse_or_is_no_mapping(bench: Bench, how: str) -> None:
    bench.hold("file.corrupt", file="state.books", how=how)
    data = bench.on_disk("books.json")
    assert data is not None
    try:
        parsed = json.loads(data.decode())
    except ValueError:
        return
    assert not isinstance(parsed, dict)


def test_every_way_to_corrupt_differs(bench: Bench) -> None:
    found = set()
    for how in FAULTS["file.corrupt"].spec.params[1].choices:
        fault = bench.hold("file.corrupt", file="state.books", how=how)
        found.add(bench.on_disk("books.json"))
        bench.lift(fault)
    assert len(found) == len(FAULTS["file.corrupt"].spec.params[1].choices)


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


def test_what_the_bot_has_rewritten_stays(bench: Bench) -> None:
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


# -- the cache ------------------------------------------------------------------------------------


@pytest.mark.parametrize("age", [0, 599 * SECOND, 600 * SECOND, 601 * SECOND])
def test_a_pinned_age_moves_along_with_the_clock(bench: Bench, age: int) -> None:
    fault: Any = bench.hold("uw_cache.age", age=age)
    for _ in range(3):
        bench.world.clock.advance(7 * MINUTE)
        told = json.loads(bench.read("uw_cache", "bot"))["_metadata"]["last_update"]
        assert bench.world.clock.wall_ns() - told * SECOND == age
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
    told = json.loads(bench.read("uw_cache", "monitor"))["_metadata"]["last_update"]
    assert bench.world.clock.wall() - told == 1
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
        found = [fault.answer(REQUEST) for _ in range(3)]
    assert [answer and answer.status for answer in found] == [500, 500, None]


def test_a_bystander_runs_from_the_start_and_is_no_process_of_the_bot(bench: Bench) -> None:
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
