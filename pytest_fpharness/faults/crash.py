"""A process that ends by itself: an unhandled exception, or an exit with a code."""

from __future__ import annotations

from pytest_fpharness.faults.base import fault
from pytest_fpharness.faults.process import ProcessFault
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec

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
        mine = event.kind == "process.exit" and facts["process"] == self.name
        if mine and facts["code"] == self.params["code"]:
            self._count(f"ended with code {facts['code']}", self.name)
