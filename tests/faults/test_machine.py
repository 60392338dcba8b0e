from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.faults import FAULTS, Fault
from pytest_fpharness.model.layout import FileBinding, Layout
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.signals import SIGNALS
from pytest_fpharness.world.http.messages import HttpRequest, HttpResponse
from pytest_fpharness.world.world import World

REQUEST = HttpRequest("GET", "https://paper-api.alpaca.markets/v2/clock", {}, b"")


@pytest.fixture
def world(tmp_path: Path) -> World:
    found = World(str(tmp_path), Layout(units={"bot": "bot.service"}))
    found.processes.declare("bot", ("python", "bot.py"), "bot.service")
    found.processes.spawn("bot", ("python", "bot.py"))
    return found


def hold(world: World, name: str, **params: Any) -> Fault:
    fault = FAULTS[name](world, params)
    world.listeners.append(fault.watch)
    fault.active = True
    fault.inject()
    return fault


def cycle(world: World) -> None:
    with world.as_actor("bot"):
        world.emit("task.end", task="cycle")


def own(world: World) -> Any:
    read = SIGNALS["process.memory"].read
    assert read is not None
    return read(world, "bot")


def test_a_leak_grows_with_each_task_up_to_its_end(world: World) -> None:
    hold(world, "memory.leak", process="bot", percent=20)
    before, seen = own(world), []
    for _ in range(3):
        cycle(world)
        seen.append(world.memory.percent)
    assert seen == [60.0, 70.0, 70.0]
    assert own(world) > before


def test_a_leak_is_met_by_the_process_that_keeps_the_memory_seen_or_not(world: World) -> None:
    fault = hold(world, "memory.leak", process="bot")
    with world.as_actor("monitor"):
        world.memory.virtual()
    assert fault.met == 0
    cycle(world)
    assert fault.met == 1


def test_a_machine_without_memory_is_met_by_each_task_that_runs_on_it(world: World) -> None:
    fault = hold(world, "memory.high", percent=97)
    with world.as_actor("bot"):
        world.emit("task.begin", task="cycle")
    assert fault.met == 1


def test_what_leaked_is_given_back(world: World) -> None:
    fault = hold(world, "memory.leak", process="bot")
    cycle(world)
    fault.undo()
    assert (world.memory.percent, world.memory.process_bytes) == (40.0, {})


def test_a_leak_that_a_restart_did_not_help_is_back_at_once(world: World) -> None:
    fault = hold(world, "memory.leak", process="bot")
    cycle(world)
    grown = own(world)
    fault.reapply()
    assert own(world) == grown


def test_the_kernel_says_whom_it_ended(world: World) -> None:
    hold(world, "memory.oom_kill", process="bot")
    assert "OOM killer" in world.processes.journal[0][2]
    assert not world.processes.alive("bot")


def test_a_cut_stands_before_every_host_and_leaves_none(world: World) -> None:
    fault = hold(world, "network.cut")
    assert not any(world.http.reachable(role) for role in ("broker", "uw_api", "webhook"))
    fault.undo()
    assert all(world.http.reachable(role) for role in ("broker", "uw_api", "webhook"))


def test_every_other_call_of_each_process_fails(world: World) -> None:
    fault: Any = hold(world, "network.cut", calls="every_other")
    for name in ("bot", "monitor"):
        with world.as_actor(name):
            assert [fault.answer(REQUEST) for _ in range(3)] == ["refused", None, "refused"]


def test_a_portal_answers_with_its_own_page(world: World) -> None:
    fault: Any = hold(world, "network.cut", how="portal")
    answer = fault.answer(REQUEST)
    assert isinstance(answer, HttpResponse) and answer.status == 200
    assert answer.headers["Content-Type"] == "text/html"


def test_a_slow_line_is_as_fast_as_before_in_the_end(world: World) -> None:
    before = world.http.latency
    fault = hold(world, "network.slow", latency=3 * 10**9)
    assert world.http.latency == 3 * 10**9
    fault.undo()
    assert world.http.latency == before


def test_no_inodes_refuse_a_new_file_and_no_old_one(world: World) -> None:
    fault = hold(world, "disk.no_inodes")
    with pytest.raises(OSError, match="No space"):
        world.disk.check_inode("new")
    assert world.disk.charge(10) == 10
    fault.undo()
    world.disk.check_inode("new")


def test_asking_for_the_space_of_a_full_disk_meets_it(world: World) -> None:
    fault = hold(world, "disk.full", free=10)
    with world.as_actor("monitor"):
        assert world.disk.usage().free == 10
    assert fault.met == 1


def test_a_directory_in_memory_is_not_on_the_disk(world: World) -> None:
    world.files.memory_dirs = ("run",)
    assert world.files.disk_of(world.files.full("run/health.json")) is world.files.memory
    assert world.files.disk_of(world.files.full("running.json")) is world.disk


@pytest.fixture
def rotated(tmp_path: Path) -> World:
    logs = {"log.bot": FileBinding("logs/bot.log", codec="text")}
    return World(str(tmp_path), Layout(files=logs))


def test_old_logs_hold_the_space_until_the_last_is_gone(rotated: World) -> None:
    fault = hold(rotated, "disk.old_logs")
    over = Event(0, "task.end", "monitor", {"task": "check"})
    rotated.files.put("logs/bot.log.1", None)
    assert (rotated.disk.free, fault.clears(over)) == (50_000_000, False)
    rotated.files.put("logs/bot.log.2", None)
    assert fault.clears(over)
    fault.undo()
    assert rotated.disk.free == 40 * 10**9


def test_undone_old_logs_leave_nothing_behind(rotated: World) -> None:
    hold(rotated, "disk.old_logs").undo()
    assert rotated.files.raw_bytes("logs/bot.log.1") is None
