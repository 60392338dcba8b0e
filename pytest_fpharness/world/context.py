"""The context that all ports of a world share: clock, current actor and timeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from pytest_fpharness.model.events import Kind
from pytest_fpharness.world.time.clock import Clock


class Emit(Protocol):
    """Record an event of the current process, now."""

    def __call__(self, kind: Kind, /, **facts: Any) -> None: ...


@dataclass(frozen=True)
class PortContext:
    """Shared by all ports; ``actor`` returns the current simulated process, "" for the world itself."""

    clock: Clock
    actor: Callable[[], str]
    emit: Emit
