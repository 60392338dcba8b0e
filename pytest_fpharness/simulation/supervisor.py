"""Runs the processes of a target as strands, and restarts units by the policy they declare."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from pytest_fpharness.faults.base import READER, MissingRole
from pytest_fpharness.targets.contract import Process
from pytest_fpharness.world.patching import Patcher, behind
from pytest_fpharness.world.processes.entry import Entry
from pytest_fpharness.world.world import World
from .dispatch import dispatch
from .incarnation import Incarnation
from .module_spaces import ModuleSpaces, Space
from .scheduler import SAMPLING, STRANDS, Scheduler

FORKED: Final = (
    "the bot starts a process of its own by fork or multiprocessing: the world has only those that "
    "the adapter names (docs/your_bot.md, Limits)"
)


#: Called with the name of a process.
PassHandler = Callable[[str], None]
#: Called with the name of the process and the exception that left it.
CrashHandler = Callable[[str, BaseException], None]


def ignore_pass(process: str) -> None:
    """Do nothing around a monitor's pass."""


def ignore_crash(process: str, error: BaseException) -> None:
    """Do nothing: the crash is on the timeline already."""


class Supervisor:
    """Starts, ends and restarts incarnations: the host of a world's processes.

    Args:
        world: The world whose processes it runs.
        scheduler: Runs their strands.
        specs: The processes, in the order in which they start and take turns.
        spaces: Gives each start modules of its own.
        before_pass: Called when a task of a monitor begins.
        after_pass: Called when one has ended, after everything else of that instant.
        on_crash: Called when an exception leaves a process.
    """

    def __init__(
        self,
        world: World,
        scheduler: Scheduler,
        specs: Sequence[Process],
        spaces: ModuleSpaces,
        *,
        before_pass: PassHandler = ignore_pass,
        after_pass: PassHandler = ignore_pass,
        on_crash: CrashHandler = ignore_crash,
    ) -> None:
        self.world, self.scheduler, self.spaces = world, scheduler, spaces
        self.specs = {spec.name: (order, spec) for order, spec in enumerate(specs)}
        self.newest: dict[str, Incarnation] = {}
        self.graveyard: list[Incarnation] = []  # killed incarnations; their stacks are kept (S8)
        self._before_pass, self._after_pass, self._on_crash = before_pass, after_pass, on_crash
        self.prepared: dict[str, Space] = {}
        self.reader_space: Space = {}
        self.forks = 0  # how often the bot tried to fork
        self._starts: dict[str, list[int]] = {}
        self._patcher = Patcher()
        world.processes.attach(self)
        for spec in specs:
            world.processes.declare(spec.name, spec.argv or (spec.name,), spec.unit)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Act as the reader of health and dashboard, which has its own modules."""
        interrupted = self.spaces.use(self.reader_space)
        try:
            with self.world.as_actor(READER):
                yield
        finally:
            self.spaces.use(interrupted)  # a bot that just wrote a line goes on with its own

    def fresh_space(self, spec: Process) -> Space:
        """Modules for a new incarnation: those loaded before the run, or none yet."""
        return self.prepared.pop(spec.name, {})

    def start_all(self) -> None:
        """Start every process, in the declared order."""
        for name in self.specs:
            self.world.processes.spawn(name)

    def patch(self) -> None:
        """Make exits and signal handlers those of the simulated process."""
        self._patcher.replace(os, "_exit", self._hard_exit)
        for module, name in (("os", "fork"), ("_posixsubprocess", "fork_exec")):
            if hasattr(owner := sys.modules.get(module), name):
                self._patcher.replace(owner, name, self._forking(behind(owner, name)))
        self._patcher.replace(signal, "signal", self._signal)

    def unpatch(self) -> None:
        self._patcher.undo()

    def _forking(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Refuse forks of the bot: a copy of it would be a copy of the harness, too."""

        def fork(*args: Any) -> Any:
            if self.scheduler.current is None:
                return real(*args)
            self.forks += 1
            raise OSError(errno.ENOSYS, FORKED)

        return fork

    def _running(self) -> Incarnation | None:
        strand = self.scheduler.current
        started = (*self.newest.values(), *self.graveyard)
        return next((i for i in started if strand is not None and i.strand is strand), None)

    # -- life and death -----------------------------------------------------------------------

    def launch(self, entry: Entry) -> None:
        order, spec = self.specs[entry.name]
        old = self.newest.get(entry.name)
        if old is not None:
            self.graveyard.append(old)
        incarnation = Incarnation(self, spec, entry, order)
        self.newest[entry.name] = incarnation
        self._starts.setdefault(entry.name, []).append(self.scheduler.clock.now)
        self.scheduler.call_after(0, incarnation.strand.wake, STRANDS, order)
        if spec.tasks:
            first = self.scheduler.clock.now + spec.tasks[0].offset
            self.world.ticks[entry.name] = (first, spec.tasks[0].every)
        for task in spec.tasks:
            tick = lambda task=task: incarnation.tick(task)  # noqa: E731
            self.scheduler.call_after(task.offset, tick, STRANDS, order)

    def terminate(self, entry: Entry, signum: int) -> None:
        incarnation = self.newest.get(entry.name)
        if incarnation is None or incarnation.entry is not entry:
            return
        handler = incarnation.handlers.get(signum)
        if callable(handler) and signum == signal.SIGTERM and not incarnation.strand.parked:
            self._run_handler(incarnation, handler, signum)
        incarnation.strand.dead = True
        self.world.files.abandon(entry.name)
        if entry.code == -signal.SIGKILL:  # not requested by the service manager: a failure
            self._restart_by_policy(incarnation, failed=True)
        if self.scheduler.current is incarnation.strand:
            self.scheduler.suspend()  # a process that ends itself never comes back

    def _run_handler(self, incarnation: Incarnation, handler: Any, signum: int) -> None:
        with self.world.as_actor(incarnation.spec.name), contextlib.suppress(SystemExit):
            try:
                handler(signum, None)
            except Exception as error:  # it ends this process, never the one that sent the signal
                self._tell(incarnation, error)

    def run_detached(self, action: Callable[[], None]) -> None:
        """Do it on the hub, in the asker's name, for the asker may be ended by it."""
        asker = self.world.current_process

        def act() -> None:
            with self.world.as_actor(asker):
                action()

        if self.scheduler.current is None:
            act()
        else:
            self.scheduler.call_after(0, act)
            self.scheduler.sleep(0)

    def resume(self, entry: Entry) -> None:
        incarnation = self.newest.get(entry.name)
        if incarnation is not None:
            incarnation.strand.unpark()

    def park(self, entry: Entry) -> None:
        incarnation = self.newest.get(entry.name)
        if incarnation is not None:
            incarnation.strand.parked = True

    def ended(self, incarnation: Incarnation, code: int) -> None:
        """End a process that exits: first arrange its restart, for its strand stops here."""
        self._restart_by_policy(incarnation, failed=code != 0)
        self.world.processes.end(incarnation.entry, code=code)

    def exited(self, incarnation: Incarnation, code: object) -> None:
        """A process called ``sys.exit``; anything but a number is printed and counts as a failure."""
        if code is not None and not isinstance(code, int):
            print(f"--- {incarnation.spec.name} exited: {code}", file=sys.stderr)
            self.world.processes.note(incarnation.entry.unit, str(code)[:200])
        self.ended(incarnation, code if isinstance(code, int) else int(code is not None))

    def crashed(self, incarnation: Incarnation, error: BaseException) -> None:
        self._tell(incarnation, error)
        self._on_crash(incarnation.spec.name, error)
        self.ended(incarnation, 1)

    def _tell(self, incarnation: Incarnation, error: BaseException) -> None:
        print(f"--- {incarnation.spec.name} crashed", file=sys.stderr)
        traceback.print_exception(error, file=sys.stderr)
        self.world.emit("process.crash", process=incarnation.spec.name, error=_summary(error))
        self.world.processes.note(incarnation.entry.unit, _summary(error))

    def _hard_exit(self, code: int) -> None:
        incarnation = self._running()
        if incarnation is None:
            raise RuntimeError("os._exit outside a simulated process")
        self.ended(incarnation, code)

    def _signal(self, signum: int, handler: Any) -> Any:
        incarnation = self._running()
        if incarnation is None:
            return None
        before = incarnation.handlers.get(signum, signal.SIG_DFL)
        incarnation.handlers[signum] = handler
        return before

    def _restart_by_policy(self, incarnation: Incarnation, *, failed: bool) -> None:
        policy, name = incarnation.spec.restart, incarnation.spec.name
        table = self.world.processes
        if policy.when == "no" or (policy.when == "on-failure" and not failed):
            return
        now = self.scheduler.clock.now
        recent = [at for at in self._starts[name] if at > now - policy.interval]
        if len(recent) >= policy.start_limit:
            self.world.emit("process.start_limit", process=name)
            table.limited.add(name)
            table.note(incarnation.entry.unit, "Start request repeated too quickly.")
            return

        def start() -> None:
            table.pending.discard(name)
            if table.current(name) is None:
                with self.world.as_actor("supervisor"):
                    table.spawn(name)

        table.pending.add(name)
        self.scheduler.call_after(policy.delay, start)

    def call(self, process: str, task: str, argument: object) -> None:
        """Pass ``argument`` to a task of a process. Raises MissingRole for an unknown process."""
        if process not in self.specs:
            raise MissingRole(process)
        newest = lambda: self.newest.get(process)  # noqa: E731
        order = self.specs[process][0]
        dispatch(self.world, self.scheduler, newest, task, argument, process=process, order=order)

    def modules(self, process: str) -> Space:
        """The modules of a process's newest incarnation, as it left them."""
        incarnation = self.newest.get(process)
        if incarnation is None:
            return {}
        in_use = self.spaces.current
        return dict(in_use if in_use is incarnation.space else incarnation.space)

    # -- tasks --------------------------------------------------------------------------------

    def withheld(self, process: str, task: str) -> None:
        """A due tick did not run: the witness of a dead, stopped or hung process (S12)."""
        self.world.emit("task.withheld", process=process, task=task)

    def task_began(self, incarnation: Incarnation) -> None:
        if incarnation.spec.monitor:
            self._before_pass(incarnation.spec.name)

    def task_ended(self, incarnation: Incarnation) -> None:
        """After a monitor's pass, its claims are sampled (S16)."""
        if incarnation.spec.monitor:
            name = incarnation.spec.name
            self.scheduler.call_after(0, lambda: self._after_pass(name), SAMPLING)


def _summary(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:200]
