"""Steps of the wall clock."""

from __future__ import annotations

from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from .base import Fault, fault


@fault(
    "clock.step",
    "The wall clock jumps; monotonic time does not.",
    ParamSpec("by", "duration", "length of the jump, negative to go back", required=True),
    port="clock",
    cleared_by="never",
)
class ClockStep(Fault):
    witness = "a task of the bot runs after the jump"

    def inject(self) -> None:
        self.world.clock.offset += int(self.params["by"])

    def undo(self) -> None:
        self.world.clock.offset -= int(self.params["by"])

    def watch(self, event: Event) -> None:
        if event.kind == "task.begin":
            self.record_hit_for("ran on the stepped clock", event.actor)
