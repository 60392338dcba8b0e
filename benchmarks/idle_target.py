"""A target that does nothing: what is left of a run is the harness."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.health import Health, Readiness
from pytest_fpharness.model.layout import Layout
from pytest_fpharness.targets.contract import Process, Task
from pytest_fpharness.world.world import World

CHECK = 30 * SECOND


def _start() -> Mapping[str, Callable[[], object]]:
    return {"check": lambda: None}


class IdleTarget:
    """One monitor, whose check is empty."""

    name = "idle"

    def layout(self) -> Layout:
        """No roles."""
        return Layout()

    def processes(self, world: World) -> Sequence[Process]:
        """The monitor alone."""
        return [Process("monitor", _start, [Task("check", CHECK)], monitor=True)]

    def health(self) -> Health:
        """Always GREEN."""
        return Health(None, Readiness.GREEN)
