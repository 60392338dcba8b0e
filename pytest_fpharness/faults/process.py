"""Processes that die, hang, stop or only look alive."""

from __future__ import annotations

import shlex
import signal

from pytest_fpharness.faults.base import Fault, MissingRole, fault
from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.processes.entry import DEAD, ZOMBIE

_PROCESS = ParamSpec("process", "process", "the process", required=True)
_EVERY = ParamSpec("every_start", "flag", "do it again a second after each start", default=False)


class ProcessFault(Fault):
    """Ends when a new incarnation of the process starts; met by its withheld ticks."""

    witness = (
        "a task of the process falls due and does not run; "
        "for a bystander, the bot reads the process table"
    )

    @property
    def name(self) -> str:
        return str(self.params["process"])

    def prepare(self) -> None:
        """A process that the bot does not declare is a bystander: it runs from the start."""
        if self.name not in self.world.processes.declared:
            if self.name in self.world.layout.units:
                raise MissingRole(self.name)
            self.world.processes.spawn(self.name, ("python", "-m", self.name))

    def clears(self, event: Event) -> bool:
        """A new incarnation ends it, unless it comes back with every start."""
        started = event.kind == "process.start" and event.facts["process"] == self.name
        if started and self.params.get("every_start"):
            self.world.after(SECOND, self.reapply)
            return False
        return started

    def watch(self, event: Event) -> None:
        """A tick that fell due and did not run; for a bystander, a look at the process table."""
        if event.kind == "task.withheld" and event.facts["process"] == self.name:
            self.record_hit_for("a due tick was withheld", self.name)
        elif event.kind == "processes.read":
            self.record_hit("read the process table")

    def reapply(self) -> None:
        """Again, a second after the start."""
        if self.active:
            self.inject()


@fault(
    "process.kill",
    "SIGKILL: the process is gone, without a last word.",
    _PROCESS,
    _EVERY,
    port="processes",
    cleared_by="restart",
)
class Kill(ProcessFault):
    def inject(self) -> None:
        """Kill the newest incarnation."""
        if entry := self.world.processes.current(self.name):
            self.world.processes.end(entry, signal.SIGKILL)


@fault(
    "process.stop",
    "The service was stopped (SIGTERM) and nobody started it again.",
    _PROCESS,
    port="processes",
    cleared_by="restart",
)
class Stop(ProcessFault):
    def inject(self) -> None:
        """Stop the newest incarnation."""
        if entry := self.world.processes.current(self.name):
            self.world.processes.end(entry, signal.SIGTERM)


@fault(
    "process.zombie",
    "The process ended and nobody reaped it: its pid is in the table, nothing of it runs.",
    _PROCESS,
    port="processes",
    cleared_by="restart",
)
class Zombie(ProcessFault):
    def inject(self) -> None:
        """End it, and leave its entry."""
        if entry := self.world.processes.current(self.name):
            self.world.processes.end(entry, signal.SIGKILL)
            entry.status = ZOMBIE

    def undo(self) -> None:
        for entry in self.world.processes.entries:
            if entry.name == self.name and entry.status == ZOMBIE:
                entry.status = DEAD


@fault(
    "process.freeze",
    "SIGSTOP: in the process table as stopped, and it does nothing.",
    _PROCESS,
    port="processes",
    cleared_by="restart",
)
class Freeze(ProcessFault):
    def inject(self) -> None:
        """Stop it where it is."""
        if entry := self.world.processes.current(self.name):
            self.world.processes.send(entry, signal.SIGSTOP)
            self.world.processes.host.park(entry)

    def undo(self) -> None:
        if entry := self.world.processes.current(self.name):
            self.world.processes.send(entry, signal.SIGCONT)


@fault(
    "process.hang",
    "The process is alive and finishes nothing: it hangs at its next wait.",
    _PROCESS,
    _EVERY,
    port="processes",
    cleared_by="restart",
)
class Hang(ProcessFault):
    def inject(self) -> None:
        """Withhold everything of the newest incarnation."""
        if entry := self.world.processes.current(self.name):
            self.world.emit("process.hang", process=self.name, pid=entry.pid)
            self.world.processes.host.park(entry)

    def undo(self) -> None:
        """Let it go on."""
        if entry := self.world.processes.current(self.name):
            self.world.processes.host.resume(entry)


@fault(
    "process.run",
    "Another process runs beside the bot's own, with this command line.",
    ParamSpec("command", "text", "the command line", required=True),
    port="processes",
)
class Run(Fault):
    witness = "a process of the bot reads the process table"

    def inject(self) -> None:
        argv = shlex.split(str(self.params["command"]))
        self._entry = self.world.processes.spawn(f"bystander {argv[0]}", argv)

    def undo(self) -> None:
        self.world.processes.end(self._entry)

    def watch(self, event: Event) -> None:
        """A look at the process table that shows it."""
        if event.kind == "processes.read":
            self.record_hit("saw it in the process table")


@fault(
    "process.restart",
    "The operator restarts a service.",
    _PROCESS,
    port="processes",
    cleared_by="expiry",
)
class Restart(ProcessFault):
    """``systemctl restart`` by a person."""

    witness = "the new incarnation runs its first task"

    def inject(self) -> None:
        unit = self.world.layout.units.get(self.name)
        if unit is None:
            raise MissingRole(self.name)
        with self.world.as_actor("operator"):
            self.world.processes.restart_unit(unit)

    def watch(self, event: Event) -> None:
        """The new incarnation's first task."""
        if event.kind == "task.begin" and event.actor == self.name:
            self.record_hit("ran as a new incarnation")

    def clears(self, event: Event) -> bool:
        """It is over once the new incarnation did its work."""
        return event.kind == "task.end" and event.actor == self.name and self.met > 0


#: What Python exits with after an unhandled exception.
UNHANDLED = 1


@fault(
    "process.crash",
    "The next task of the process raises what it does not handle, or exits with another code.",
    ParamSpec("process", "process", "the process", required=True),
    ParamSpec("code", "count", "its exit code; 1 is an unhandled exception", default=UNHANDLED),
    ParamSpec("every_start", "flag", "its first task ends so after each start", default=False),
    port="processes",
    cleared_by="restart",
)
class Crash(ProcessFault):
    """It ends by itself, so its service manager restarts it by the declared policy (S9)."""

    witness = "the process ends by itself"

    def inject(self) -> None:
        """Let the next task end the process."""
        code = int(self.params["code"])
        error = RuntimeError("unhandled error in the main loop")
        self.world.interrupts[self.name] = error if code == UNHANDLED else SystemExit(code)

    def undo(self) -> None:
        """Let the next task do its work."""
        self.world.interrupts.pop(self.name, None)

    def clears(self, event: Event) -> bool:
        """A start after the crash ends it, unless it comes back with every start."""
        started = event.kind == "process.start" and event.facts["process"] == self.name
        if started and self.params["every_start"]:
            self.inject()
            return False
        return started and self.met > 0

    def watch(self, event: Event) -> None:
        """Its end, which the unfaulted world does not have."""
        facts = event.facts
        own_exit = event.kind == "process.exit" and facts["process"] == self.name
        if own_exit and facts["code"] == self.params["code"]:
            self.record_hit_for(f"ended with code {facts['code']}", self.name)
