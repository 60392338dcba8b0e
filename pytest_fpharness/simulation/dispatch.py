"""Hand a value to a task of a simulated process, outside the process's own schedule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.world import World
from .incarnation import Incarnation
from .scheduler import STRANDS, Scheduler


def dispatch(
    world: World,
    scheduler: Scheduler,
    newest: Callable[[], Incarnation | None],
    task: str,
    argument: Any,
    *,
    process: str,
    order: int,
) -> None:
    """Call ``task`` with ``argument`` as soon as the process is idle, now or after a restart.

    After two cycles without an idle process, emit ``process.untaken`` with the reason and give up.
    """
    last = scheduler.clock.now + 2 * world.layout.cycle

    def attempt() -> None:
        incarnation = newest()
        if incarnation is not None and incarnation.idle and not incarnation.strand.dead:
            incarnation.do(task, argument)
        elif scheduler.clock.now < last:
            scheduler.call_after(SECOND, attempt, STRANDS, order)
        else:
            why = _why_not_idle(world, process, incarnation)
            world.emit("process.untaken", process=process, task=task, why=why)

    scheduler.call_after(0, attempt, STRANDS, order)


def _why_not_idle(world: World, process: str, incarnation: Incarnation | None) -> str:
    if incarnation is None or world.processes.current(process) is None:
        return "dead"
    return "stopped or hung" if incarnation.strand.parked else "busy"
