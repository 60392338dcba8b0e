from __future__ import annotations

from typing import Any

from pytest_fpharness.signals import SIGNALS
from pytest_fpharness.world.world import World
from tests.support.fault_bench import inject


def cycle(world: World) -> None:
    with world.as_actor("bot"):
        world.emit("task.end", task="cycle")


def own(world: World) -> Any:
    read = SIGNALS["process.memory"].read
    assert read is not None
    return read(world, "bot")


def test_a_leak_grows_with_each_task_up_to_its_maximum(world: World) -> None:
    inject(world, "memory.leak", process="bot", percent=20)
    before, seen = own(world), []
    for _ in range(3):
        cycle(world)
        seen.append(world.memory.percent)
    assert seen == [60.0, 70.0, 70.0]
    assert own(world) > before


def test_the_leaking_process_meets_a_leak_even_if_it_reads_no_memory_usage(world: World) -> None:
    fault = inject(world, "memory.leak", process="bot")
    with world.as_actor("monitor"):
        world.memory.virtual()
    assert fault.met == 0
    cycle(world)
    assert fault.met == 1


def test_each_task_meets_high_memory_usage(world: World) -> None:
    fault = inject(world, "memory.high", percent=97)
    with world.as_actor("bot"):
        world.emit("task.begin", task="cycle")
    assert fault.met == 1


def test_undoing_a_leak_frees_the_memory(world: World) -> None:
    fault = inject(world, "memory.leak", process="bot")
    cycle(world)
    fault.undo()
    assert (world.memory.percent, world.memory.process_bytes) == (40.0, {})


def test_a_reapplied_leak_is_as_large_as_before_the_restart(world: World) -> None:
    fault = inject(world, "memory.leak", process="bot")
    cycle(world)
    grown = own(world)
    fault.reapply()
    assert own(world) == grown


def test_the_journal_shows_which_process_the_kernel_killed(world: World) -> None:
    inject(world, "memory.oom_kill", process="bot")
    assert "OOM killer" in world.processes.journal[0][2]
    assert not world.processes.alive("bot")
