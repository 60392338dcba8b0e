"""What runs the processes of a world, as the world's ports see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Protocol

from .entry import Entry


class ProcessHost(Protocol):
    """Runs simulated processes: the supervisor of a run. The table of processes calls it."""

    def launch(self, entry: Entry) -> None:
        """Start the code of a process that was spawned."""

    def terminate(self, entry: Entry, signum: int) -> None:
        """Stop the code of a process that ended, after its handler of ``signum``."""

    def park(self, entry: Entry) -> None:
        """Withhold all wake-ups of a process: it hangs."""

    def resume(self, entry: Entry) -> None:
        """Let the withheld wake-ups of a process through."""

    def run_detached(self, action: Callable[[], None]) -> None:
        """Run ``action`` even if it ends the process that asked for it."""

    def call(self, process: str, task: str, argument: object) -> None:
        """Pass ``argument`` to a task of a process."""

    def modules(self, process: str) -> Mapping[str, ModuleType]:
        """Return the modules of a process's newest incarnation, by name."""


class NoHost:
    """The host of a world without running code: its processes are entries of the table only."""

    def launch(self, entry: Entry) -> None: ...
    def terminate(self, entry: Entry, signum: int) -> None: ...
    def park(self, entry: Entry) -> None: ...
    def resume(self, entry: Entry) -> None: ...

    def run_detached(self, action: Callable[[], None]) -> None:
        action()

    def call(self, process: str, task: str, argument: object) -> None:
        raise RuntimeError("this world runs no processes that could be called")

    def modules(self, process: str) -> Mapping[str, ModuleType]:
        return {}
