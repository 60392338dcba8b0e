"""Signals of crashes and of the memory of a process."""

from __future__ import annotations

from pytest_fpharness.signals.base import signal
from pytest_fpharness.world.environment import RESIDENT
from pytest_fpharness.world.units import CLEAN
from pytest_fpharness.world.world import World


@signal("process.crashes", "How often the process ended badly.", "count", "process")
def process_crashes(world: World, argument: str) -> int:
    """By exit codes; 0 and SIGTERM are well."""
    ends = world.timeline.of("process.exit")
    return sum(e.facts["process"] == argument and e.facts["code"] not in CLEAN for e in ends)


@signal("process.memory", "Resident bytes of the process.", "number", "process")
def process_memory(world: World, argument: str) -> int:
    """As psutil shows them."""
    return world.memory.process_bytes.get(argument, RESIDENT)
