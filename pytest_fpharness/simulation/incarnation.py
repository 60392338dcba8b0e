"""One start of a simulated process: everything that ends with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from pytest_fpharness.targets.contract import Process, Task
from pytest_fpharness.world.processes.entry import Entry
from pytest_fpharness.world.world import World
from .module_spaces import ModuleSpaces, Space
from .scheduler import STRANDS, Scheduler, Strand


class IncarnationOwner(Protocol):
    """What an incarnation needs of the supervisor that started it."""

    world: World
    scheduler: Scheduler
    spaces: ModuleSpaces
    newest: dict[str, Incarnation]

    def fresh_space(self, spec: Process) -> Space: ...
    def task_began(self, incarnation: Incarnation) -> None: ...
    def task_ended(self, incarnation: Incarnation) -> None: ...
    def withheld(self, process: str, task: str) -> None: ...
    def exited(self, incarnation: Incarnation, code: object) -> None: ...
    def crashed(self, incarnation: Incarnation, error: BaseException) -> None: ...


class Incarnation:
    """One start of a process: its strand, its tasks, its modules."""

    def __init__(
        self, supervisor: IncarnationOwner, spec: Process, entry: Entry, order: int
    ) -> None:
        self.supervisor, self.spec, self.entry = supervisor, spec, entry
        self.space: Space = supervisor.fresh_space(spec)
        self.handlers: dict[int, Any] = {}
        self.idle = False
        self.strand = Strand(
            supervisor.scheduler, self._body, order, enter=self._enter, leave=self._leave
        )
        self._due: tuple[str, tuple[Any, ...]] = ("", ())

    def _enter(self) -> None:
        self.supervisor.world.current_process = self.spec.name
        self.supervisor.spaces.use(self.space)

    def _leave(self) -> None:
        # Its modules stay in sys.modules until another process runs.
        self.supervisor.world.current_process = ""

    def _body(self) -> None:
        supervisor = self.supervisor
        try:
            tasks = self.spec.start()
            while True:
                self.idle = True
                supervisor.scheduler.suspend()
                self.idle = False
                name, arguments = self._due
                self._run(tasks[name], name, arguments)
        except SystemExit as error:
            supervisor.exited(self, error.code)
        except BaseException as error:
            supervisor.crashed(self, error)

    def _run(self, task: Callable[..., object], name: str, arguments: tuple[Any, ...]) -> None:
        world = self.supervisor.world
        world.emit("task.begin", task=name)
        self.supervisor.task_began(self)
        if (error := world.interrupts.pop(self.spec.name, None)) is not None:
            raise error  # an error that the task itself does not handle
        task(*arguments)
        world.emit("task.end", task=name)
        self.supervisor.task_ended(self)

    def tick(self, task: Task) -> None:
        """A task falls due: run it, drop it (busy), or withhold it (hung, stopped, dead)."""
        supervisor = self.supervisor
        if supervisor.newest.get(self.spec.name) is not self:
            return
        again = lambda: self.tick(task)  # noqa: E731
        supervisor.scheduler.call_after(task.every, again, STRANDS, self.strand.order)
        if self.strand.dead or self.strand.parked or self.strand.finished:
            supervisor.withheld(self.spec.name, task.name)
        elif not self.idle:
            supervisor.world.emit("task.dropped", task=task.name, process=self.spec.name)
        else:
            self.do(task.name)

    def do(self, task: str, *arguments: Any) -> None:
        """Run a task of an idle process now."""
        self._due = (task, arguments)
        self.strand.wake()
