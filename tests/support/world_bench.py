"""A world with a simulated process called ``bot``, ports patched one at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pytest_fpharness.model.layout import FileBinding, Layout
from pytest_fpharness.world.world import World

FILES = {
    "state.positions": FileBinding("state/positions.json", stamp="at"),
    "log.bot": FileBinding("logs/bot.jsonl", codec="jsonl"),
}


def make_world(root: Path | str = "") -> World:
    """A world over ``root``, of which nothing is patched."""
    return World(str(root), Layout(files=FILES))


@contextlib.contextmanager
def acting(world: World, *ports: Any, actor: str = "bot") -> Iterator[World]:
    """Patch some ports, and act as a process."""
    with contextlib.ExitStack() as undo:
        for port in ports:
            port.patch()
            undo.callback(port.unpatch)
        with world.as_actor(actor):
            yield world


def kinds(world: World) -> list[str]:
    """The kinds of the facts so far."""
    return [event.kind for event in world.timeline.events]
