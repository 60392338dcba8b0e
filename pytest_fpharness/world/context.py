"""What every port of a world shares: its clock, who acts, and the timeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from pytest_fpharness.model.events import Kind
from pytest_fpharness.world.time.clock import Clock


class Emit(Protocol):
    """Record an event, now, for the process that acts."""

    def __call__(self, kind: Kind, /, **facts: Any) -> None: ...


@dataclass(frozen=True)
class PortContext:
    """Handed to each port once; ``actor`` returns the simulated process that acts, "" for the world."""

    clock: Clock
    actor: Callable[[], str]
    emit: Emit
