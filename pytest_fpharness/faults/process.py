"""Process faults: processes that die, hang, stop, crash or restart."""

from __future__ import annotations

import shlex
import signal

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.processes.entry import DEAD, ZOMBIE
from .base import Fault, MissingRole, fault

_PROCESS = ParamSpec("process", "process", "the process", required=True)
_EVERY = ParamSpec("every_start", "flag", "repeat one second after each start", default=False)

#: Exit code of Python after an unhandled exception.
UNHANDLED = 1


class ProcessFault(Fault):
    """Ends when a new incarnation of the process starts."""

    witness = (
        "a task of the process is due but does not run; "
        "for a process that is not the bot's, the bot reads the process table"
    )

    @property
    def name(self) -> str:
        return str(self.params["process"])

    def prepare(self) -> None:
        """Start the process if the bot does not declare it; raises MissingRole."""
        if self.name not in self.world.processes.declared:
            if self.name in self.world.layout.units:
                raise MissingRole(self.name)
            self.world.processes.spawn(self.name, ("python", "-m", self.name))

    def clears(self, event: Event) -> bool:
        """Whether a new incarnation starts; with ``every_start`` the fault is repeated instead."""
        started = event.kind == "process.start" and event.facts["process"] == self.name
        if started and self.params.get("every_start"):
            self.world.after(SECOND, self.reapply)
            return False
        return started

    def watch(self, event: Event) -> None:
        """Record a due tick that did not run, or a read of the process table."""
        if event.kind == "task.withheld" and event.facts["process"] == self.name:
            self.record_hit_for("a due tick was withheld", self.name)
        elif event.kind == "processes.read":
            self.record_hit("read the process table")

    def reapply(self) -> None:
        if self.active:
            self.inject()


@fault(
    "process.kill",
    "The process is killed (SIGKILL).",
    _PROCESS,
    _EVERY,
    port="processes",
    cleared_by="restart",
)
class Kill(ProcessFault):
    def inject(self) -> None:
        if entry := self.world.processes.current(self.name):
            self.world.processes.end(entry, signal.SIGKILL)


@fault(
    "process.stop",
    "The service is stopped (SIGTERM) and not started again.",
    _PROCESS,
    port="processes",
    cleared_by="restart",
)
class Stop(ProcessFault):
    def inject(self) -> None:
        if entry := self.world.processes.current(self.name):
            self.world.processes.end(entry, signal.SIGTERM)


@fault(
    "process.zombie",
    "The process is a zombie: it has ended, but its PID is still in the process table.",
    _PROCESS,
    port="processes",
    cleared_by="restart",
)
class Zombie(ProcessFault):
    def inject(self) -> None:
        if entry := self.world.processes.current(self.name):
            self.world.processes.end(entry, signal.SIGKILL)
            entry.status = ZOMBIE

    def undo(self) -> None:
        for entry in self.world.processes.entries:
            if entry.name == self.name and entry.status == ZOMBIE:
                entry.status = DEAD


@fault(
    "process.freeze",
    "The process is stopped (SIGSTOP): it is in the process table, but does not run.",
    _PROCESS,
    port="processes",
    cleared_by="restart",
)
class Freeze(ProcessFault):
    def inject(self) -> None:
        if entry := self.world.processes.current(self.name):
            self.world.processes.send(entry, signal.SIGSTOP)
            self.world.processes.host.park(entry)

    def undo(self) -> None:
        if entry := self.world.processes.current(self.name):
            self.world.processes.send(entry, signal.SIGCONT)


@fault(
    "process.hang",
    "The process is alive, but hangs at its next wait.",
    _PROCESS,
    _EVERY,
    port="processes",
    cleared_by="restart",
)
class Hang(ProcessFault):
    def inject(self) -> None:
        if entry := self.world.processes.current(self.name):
            self.world.emit("process.hang", process=self.name, pid=entry.pid)
            self.world.processes.host.park(entry)

    def undo(self) -> None:
        if entry := self.world.processes.current(self.name):
            self.world.processes.host.resume(entry)


@fault(
    "process.run",
    "Another process with this command line runs on the machine.",
    ParamSpec("command", "text", "the command line", required=True),
    port="processes",
)
class RunLookalike(Fault):
    witness = "a process of the bot reads the process table"

    def inject(self) -> None:
        argv = shlex.split(str(self.params["command"]))
        self._entry = self.world.processes.spawn(f"bystander {argv[0]}", argv)

    def undo(self) -> None:
        self.world.processes.end(self._entry)

    def watch(self, event: Event) -> None:
        if event.kind == "processes.read":
            self.record_hit("saw it in the process table")


@fault(
    "process.restart",
    "The operator restarts the service of a process.",
    _PROCESS,
    port="processes",
    cleared_by="expiry",
)
class Restart(ProcessFault):
    witness = "the new incarnation runs its first task"

    def inject(self) -> None:
        unit = self.world.layout.units.get(self.name)
        if unit is None:
            raise MissingRole(self.name)
        with self.world.as_actor("operator"):
            self.world.processes.restart_unit(unit)

    def watch(self, event: Event) -> None:
        if event.kind == "task.begin" and event.actor == self.name:
            self.record_hit("ran as a new incarnation")

    def clears(self, event: Event) -> bool:
        """Whether the first task of the new incarnation is over."""
        return event.kind == "task.end" and event.actor == self.name and self.met > 0


@fault(
    "process.crash",
    "The next task of the process ends it with an unhandled exception or this exit code.",
    _PROCESS,
    ParamSpec("code", "count", "exit code; 1 is an unhandled exception", default=UNHANDLED),
    ParamSpec("every_start", "flag", "repeat with the first task after each start", default=False),
    port="processes",
    cleared_by="restart",
)
class Crash(ProcessFault):
    """The service manager then restarts the process by its declared policy (S9)."""

    witness = "the process ends with this exit code"

    def inject(self) -> None:
        code = int(self.params["code"])
        error = RuntimeError("unhandled error in the main loop")
        self.world.interrupts[self.name] = error if code == UNHANDLED else SystemExit(code)

    def undo(self) -> None:
        self.world.interrupts.pop(self.name, None)

    def clears(self, event: Event) -> bool:
        """Whether the process starts after the crash; ``every_start`` repeats the fault instead."""
        started = event.kind == "process.start" and event.facts["process"] == self.name
        if started and self.params["every_start"]:
            self.inject()
            return False
        return started and self.met > 0

    def watch(self, event: Event) -> None:
        facts = event.facts
        own_exit = event.kind == "process.exit" and facts["process"] == self.name
        if own_exit and facts["code"] == self.params["code"]:
            self.record_hit_for(f"ended with code {facts['code']}", self.name)
