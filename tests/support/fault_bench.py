"""Helpers for tests of single faults in a world with one process called ``bot``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_fpharness.faults import FAULTS, Fault
from pytest_fpharness.model.layout import Layout
from pytest_fpharness.world.world import World


def make_world(root: Path) -> World:
    """A world in which the process ``bot`` runs."""
    world = World(str(root), Layout(units={"bot": "bot.service"}))
    world.processes.declare("bot", ("python", "bot.py"), "bot.service")
    world.processes.spawn("bot", ("python", "bot.py"))
    return world


def inject(world: World, name: str, **params: Any) -> Fault:
    """Inject a fault that watches the world's events."""
    fault = FAULTS[name](world, params)
    world.listeners.append(fault.watch)
    fault.active = True
    fault.inject()
    return fault
