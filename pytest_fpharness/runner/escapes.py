"""Records what a target tries outside its world: on the timeline of the world that it is in."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Final

from pytest_fpharness.confinement.audit import Confinement, Escape
from pytest_fpharness.confinement.kernel import forbid_processes
from pytest_fpharness.model.layout import Layout
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.world.time.clock import Clock
from pytest_fpharness.world.world import World

#: The actor of what happens while the target's modules are imported.
IMPORT: Final = "import"


class EscapeLog:
    """Called with each escape of the confinement.

    Args:
        area: The directory that belongs to the run; its name differs, and is left out.
        base: The directory that places in the bot's code are relative to.
        hidden: Whether a path names a file with keys.
    """

    def __init__(
        self, area: str = "", base: str = "", hidden: Callable[[str], bool] = lambda path: False
    ) -> None:
        self.area, self.base, self.hidden = area, base, hidden
        self.world: World | None = None

    def enter(self, world: World | None) -> None:
        """Record on this world's timeline from now on."""
        self.world = world
        if world is not None:
            world.code_base = self.base
            world.files.hidden = self.hidden

    def __call__(self, escape: Escape) -> None:
        if self.world is not None:
            detail = escape.detail.removeprefix(self.area + os.sep)
            self.world.emit("escape", what=escape.what, detail=detail, place=escape.place)


class Surroundings:
    """What surrounds a target in its process: the confinement, if there is one, and what is recorded.

    Args:
        log: Where escapes are recorded.
        confinement: Refuses what leaves the world; None for a run in a debugger.
    """

    def __init__(self, log: EscapeLog, confinement: Confinement | None = None) -> None:
        self.log, self.confinement = log, confinement

    @contextlib.contextmanager
    def harness_works(self) -> Iterator[None]:
        """Let the harness act outside the run's directory."""
        with contextlib.nullcontext() if self.confinement is None else self.confinement.suspended():
            yield

    def target_works(self, *, may_fork: bool) -> None:
        """Confine this process, which the harness forked, again; ``may_fork`` lets it go on forking."""
        if self.confinement is None:
            return
        if not may_fork:
            forbid_processes()
        self.confinement.resume()

    @contextlib.contextmanager
    def importing(self, root: str, layout: Layout, clock: Clock) -> Iterator[list[Event]]:
        """A world for import time: what a module does there is answered, and recorded.

        Yields the escapes, which are complete when the block has ended.
        """
        world = World(root, layout, clock=clock)
        escapes: list[Event] = []
        world.activate()
        self.log.enter(world)
        try:
            with world.as_actor(IMPORT):
                yield escapes
        finally:
            self.log.enter(None)
            world.deactivate()
            escapes += world.timeline.of("escape")
