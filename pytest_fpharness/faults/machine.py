"""Disk, memory, environment and wall clock."""

from __future__ import annotations

from pytest_fpharness.faults.base import READER, Fault, fault
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec


class DiskFault(Fault):
    """Met when a call on the disk was refused."""

    witness = "a call on the disk is refused, or the bot asks for the free space"

    def inject(self) -> None:
        """Remember how often the disk refused before."""
        self._failed = self.world.disk.failed
        self.world.disk.on_usage = lambda: self.record_hit("asked for the free space")

    def watch(self, event: Event) -> None:
        """A refused call since then."""
        if self.world.disk.failed > getattr(self, "_failed", 1 << 60):
            self._failed = self.world.disk.failed
            if event.actor == READER:
                return
            self.record_hit_for("the disk refused", event.actor or "a process")


@fault(
    "disk.full",
    "The disk is full but for so many bytes.",
    ParamSpec("free", "count", "bytes left", default=0),
    port="disk",
    persistence="pinned",
)
class DiskFull(DiskFault):
    def inject(self) -> None:
        super().inject()
        self._used = self.world.disk.used
        self.world.disk.used = self.world.disk.total - int(self.params["free"])

    def undo(self) -> None:
        """Free the space again."""
        self.world.disk.used = self._used


@fault("disk.read_only", "The file system is read-only.", port="disk", persistence="pinned")
class ReadOnly(DiskFault):
    def inject(self) -> None:
        super().inject()
        self.world.disk.read_only = True

    def undo(self) -> None:
        self.world.disk.read_only = False


@fault(
    "memory.high",
    "The machine's memory is used to this part.",
    ParamSpec("percent", "number", "used, in percent", required=True),
    port="memory",
    persistence="pinned",
)
class MemoryHigh(Fault):
    witness = "a process of the bot reads the memory in use"

    def inject(self) -> None:
        self._before = self.world.memory.percent
        self.world.memory.percent = float(self.params["percent"])
        self.world.memory.on_read = lambda: self.record_hit("read the memory in use")

    def undo(self) -> None:
        self.world.memory.percent = self._before
        self.world.memory.on_read = lambda: None

    def watch(self, event: Event) -> None:
        """A task that had to do with what was left: no process must ask for that to feel it."""
        if event.kind == "task.begin":
            self.record_hit(f"ran with {self.params['percent']:g} % of the memory used")


@fault(
    "env.unset",
    "An environment variable is missing.",
    ParamSpec("name", "text", "the variable's role or name", required=True),
    port="environment",
    persistence="pinned",
)
class Unset(Fault):
    """A variable that is not there."""

    witness = "a process starts with the altered environment"

    def inject(self) -> None:
        self._name = self.world.layout.env.get(str(self.params["name"]), str(self.params["name"]))
        self._before = self.world.environment.unset(self._name)

    def undo(self) -> None:
        if self._before is not None:
            self.world.environment.set({self._name: self._before})

    def watch(self, event: Event) -> None:
        """A process that starts without it."""
        if event.kind == "process.start":
            self.record_hit_for(f"started without {self._name}", str(event.facts["process"]))


@fault(
    "env.set",
    "An environment variable has this value.",
    ParamSpec("name", "text", "the variable's role or name", required=True),
    ParamSpec("value", "text", "its value", required=True),
    port="environment",
    persistence="pinned",
)
class Set(Unset):
    """A variable with another value."""

    def inject(self) -> None:
        super().inject()
        self.world.environment.set({self._name: str(self.params["value"])})

    def undo(self) -> None:
        """The old value, or none."""
        self.world.environment.unset(self._name)
        super().undo()


@fault(
    "clock.step",
    "The wall clock is set; monotonic time goes on.",
    ParamSpec("by", "duration", "how far, negative for back", required=True),
    port="clock",
    cleared_by="never",
)
class ClockStep(Fault):
    """A wall-clock step (S1)."""

    witness = "a task runs on the stepped clock"

    def inject(self) -> None:
        self.world.clock.offset += int(self.params["by"])

    def undo(self) -> None:
        self.world.clock.offset -= int(self.params["by"])

    def watch(self, event: Event) -> None:
        """A task that ran on the wrong time."""
        if event.kind == "task.begin":
            self.record_hit_for("ran on the stepped clock", event.actor)
