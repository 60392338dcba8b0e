"""A world with processes that tests describe, on virtual time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.events import Kind
from pytest_fpharness.model.layout import Layout
from pytest_fpharness.simulation.module_spaces import ModuleSpaces
from pytest_fpharness.simulation.scheduler import Scheduler
from pytest_fpharness.simulation.supervisor import Supervisor
from pytest_fpharness.targets.contract import Process, Task
from pytest_fpharness.world.processes.entry import Entry
from pytest_fpharness.world.time.clock import Clock
from pytest_fpharness.world.world import World, start_of

CYCLE = 60 * SECOND
Tasks = Mapping[str, Callable[[], object]]


class ProcessBench:
    """A world with processes that tests describe, on virtual time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        clock = Clock(start_of({}))
        self.scheduler = Scheduler(clock)
        layout = Layout(units={"bot": "bot.service", "helper": "bot.service"})
        self.world = World(str(root), layout, clock=clock, after=self.scheduler.call_after)
        self.calls: list[tuple[float, str]] = []
        self.supervisor: Any = None

    def record(self, what: str) -> None:
        self.calls.append((self.world.clock.now / SECOND, what))

    def sleep(self, seconds: float) -> None:
        self.world.clock.sleep(seconds)

    def start(self, *processes: Process, code: str = "", **handlers: Any) -> Supervisor:
        made = Supervisor(self.world, self.scheduler, processes, ModuleSpaces(code), **handlers)
        self.supervisor = made
        made.patch()
        made.start_all()
        return made

    def run(self, seconds: float) -> None:
        self.scheduler.run(round(seconds * SECOND))

    def entry(self, name: str = "bot") -> Entry:
        result = self.world.processes.current(name)
        assert result is not None
        return result

    def facts(self, kind: Kind) -> list[tuple[float, Any]]:
        return [(e.at / SECOND, dict(e.facts)) for e in self.world.timeline.of(kind)]


def process(work: Callable[[], object], **more: Any) -> Process:
    """A bot with one task a minute."""
    tasks: Sequence[Task] = more.pop("tasks", [Task("cycle", CYCLE)])
    return Process(more.pop("name", "bot"), lambda: {"cycle": work}, tasks, **more)
