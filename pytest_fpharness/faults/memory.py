"""Memory faults: much of it used, a leak, a kill by the kernel."""

from __future__ import annotations

from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.processes.environment import RESIDENT, TOTAL_MEMORY
from .base import Fault, fault
from .process import Kill, ProcessFault

_PROCESS = ParamSpec("process", "process", "the process", required=True)


@fault(
    "memory.high",
    "This much of the machine's memory is used.",
    ParamSpec("percent", "number", "used memory in percent", required=True),
    port="memory",
    persistence="pinned",
)
class MemoryHigh(Fault):
    witness = "a process of the bot reads the memory usage"

    def inject(self) -> None:
        self._before = self.world.memory.percent
        self.world.memory.percent = float(self.params["percent"])
        self.world.memory.add_read_listener(self._memory_read)

    def _memory_read(self) -> None:
        self.record_hit("read the memory in use")

    def undo(self) -> None:
        self.world.memory.percent = self._before

    def watch(self, event: Event) -> None:
        """Record each task: high usage affects a process even if it never reads it."""
        if event.kind == "task.begin":
            self.record_hit(f"ran with {self.params['percent']:g} % of the memory used")


@fault(
    "memory.leak",
    "The process leaks memory with each of its tasks.",
    _PROCESS,
    ParamSpec(
        "percent", "number", "growth with each task, in percent of the machine's memory", default=4
    ),
    ParamSpec("most", "number", "maximum, in percent of the machine's memory", default=30),
    port="memory",
    persistence="growing",
    cleared_by="restart",
)
class Leak(ProcessFault):
    """Grows until the process restarts, which frees the memory."""

    witness = "a process of the bot reads the memory usage"

    grown = 0.0  # percent of the machine

    def inject(self) -> None:
        self._base = self.world.memory.percent
        self._show()

    def undo(self) -> None:
        self.world.memory.percent = self._base
        self.world.memory.process_bytes.pop(self.name, None)

    def reapply(self) -> None:
        """Make the new incarnation as large as the old one."""
        self._show()

    def watch(self, event: Event) -> None:
        """Grow with each task; the leaking process itself counts as meeting the fault."""
        if event.kind == "task.end" and event.actor == self.name:
            self.grown = min(self.grown + float(self.params["percent"]), float(self.params["most"]))
            self._show()
            self.record_hit(f"kept {self.grown:g} % of the memory")

    def clears(self, event: Event) -> bool:
        """Whether the process restarts after it leaked."""
        started = event.kind == "process.start" and event.facts["process"] == self.name
        return started and self.grown > 0

    def _show(self) -> None:
        memory = self.world.memory
        memory.percent = self._base + self.grown
        memory.process_bytes[self.name] = RESIDENT + int(TOTAL_MEMORY * self.grown / 100)


@fault(
    "memory.oom_kill",
    "The kernel's out-of-memory killer ends the process.",
    _PROCESS,
    port="memory",
    cleared_by="restart",
)
class OomKill(Kill):
    """SIGKILL, with the service manager's line about it in the journal."""

    def inject(self) -> None:
        table = self.world.processes
        if entry := table.current(self.name):
            table.out_of_memory.add(entry.pid)
            line = f"{entry.unit}: A process of this unit has been killed by the OOM killer."
            table.note(entry.unit, line)
        super().inject()
