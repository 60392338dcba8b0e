"""A process that eats the memory, and the kernel that ends it."""

from __future__ import annotations

from pytest_fpharness.faults.base import fault
from pytest_fpharness.faults.process import Kill, ProcessFault
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.processes.environment import RESIDENT, TOTAL_MEMORY

_PROCESS = ParamSpec("process", "process", "the process", required=True)
#: Resident bytes of a process that does not leak.


@fault(
    "memory.leak",
    "The process keeps so much more of the memory after each of its tasks.",
    _PROCESS,
    ParamSpec("percent", "number", "of the machine's memory, for each task", default=4),
    ParamSpec("most", "number", "where it ends, in percent of the machine", default=30),
    port="memory",
    persistence="growing",
    cleared_by="restart",
)
class Leak(ProcessFault):
    """Grows by itself; a new incarnation has given everything back."""

    witness = "a process of the bot reads the memory in use"

    grown = 0.0  # percent of the machine

    def inject(self) -> None:
        """Begin, or go on where a restart did not help."""
        self._base = self.world.memory.percent
        self._show()

    def undo(self) -> None:
        self.world.memory.percent = self._base
        self.world.memory.process_bytes.pop(self.name, None)

    def reapply(self) -> None:
        """The new incarnation is as large as the old one at once."""
        self._show()

    def watch(self, event: Event) -> None:
        """It grows with each task, and whoever leaks has met it, be it seen or not."""
        if event.kind == "task.end" and event.actor == self.name:
            self.grown = min(self.grown + float(self.params["percent"]), float(self.params["most"]))
            self._show()
            self.record_hit(f"kept {self.grown:g} % of the memory")

    def clears(self, event: Event) -> bool:
        """A new incarnation, once something had leaked."""
        started = event.kind == "process.start" and event.facts["process"] == self.name
        return started and self.grown > 0

    def _show(self) -> None:
        memory = self.world.memory
        memory.percent = self._base + self.grown
        memory.process_bytes[self.name] = RESIDENT + int(TOTAL_MEMORY * self.grown / 100)


@fault(
    "memory.oom_kill",
    "The kernel ends the process for its memory.",
    _PROCESS,
    port="memory",
    cleared_by="restart",
)
class OomKill(Kill):
    """SIGKILL, and a line of the kernel's in the journal."""

    def inject(self) -> None:
        """Tell the service manager why, and kill it."""
        table = self.world.processes
        if entry := table.current(self.name):
            table.out_of_memory.add(entry.pid)
            line = f"{entry.unit}: A process of this unit has been killed by the OOM killer."
            table.note(entry.unit, line)
        super().inject()
