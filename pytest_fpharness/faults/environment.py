"""Environment variables that are missing or have another value."""

from __future__ import annotations

from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from .base import Fault, fault


@fault(
    "env.unset",
    "An environment variable is missing.",
    ParamSpec("name", "text", "role or name of the variable", required=True),
    port="environment",
    persistence="pinned",
)
class EnvUnset(Fault):
    witness = "a process of the bot starts with the changed environment"

    def inject(self) -> None:
        self._name = self.world.layout.env.get(str(self.params["name"]), str(self.params["name"]))
        self._before = self.world.environment.unset(self._name)

    def undo(self) -> None:
        if self._before is not None:
            self.world.environment.set({self._name: self._before})

    def watch(self, event: Event) -> None:
        if event.kind == "process.start":
            self.record_hit_for(f"started without {self._name}", str(event.facts["process"]))


@fault(
    "env.set",
    "An environment variable has this value.",
    ParamSpec("name", "text", "role or name of the variable", required=True),
    ParamSpec("value", "text", "its value", required=True),
    port="environment",
    persistence="pinned",
)
class EnvSet(EnvUnset):
    def inject(self) -> None:
        super().inject()
        self.world.environment.set({self._name: str(self.params["value"])})

    def undo(self) -> None:
        self.world.environment.unset(self._name)
        super().undo()
