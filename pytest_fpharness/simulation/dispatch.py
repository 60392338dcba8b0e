"""Hands something to a task of a simulated process, beside the tasks that fall due by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.simulation.scheduler import STRANDS

if TYPE_CHECKING:
    from pytest_fpharness.simulation.supervisor import Supervisor


def dispatch(supervisor: Supervisor, process: str, task: str, argument: Any) -> None:
    """As soon as the process is idle, now or after a restart.

    If it is not for two cycles, the event ``process.untaken`` says why, and it gets it no more.
    """
    scheduler, order = supervisor.scheduler, supervisor.specs[process][0]
    last = scheduler.clock.now + 2 * supervisor.world.layout.cycle

    def attempt() -> None:
        newest = supervisor.newest.get(process)
        if newest is not None and newest.idle and not newest.strand.dead:
            newest.do(task, argument)
        elif scheduler.clock.now < last:
            scheduler.call_after(SECOND, attempt, STRANDS, order)
        else:
            why = _why_not_idle(supervisor, process)
            supervisor.world.emit("process.untaken", process=process, task=task, why=why)

    scheduler.call_after(0, attempt, STRANDS, order)


def _why_not_idle(supervisor: Supervisor, process: str) -> str:
    if supervisor.world.processes.current(process) is None:
        return "dead"
    return "stopped or hung" if supervisor.newest[process].strand.parked else "busy"
