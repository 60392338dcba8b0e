"""Base class and registry of faults: a change to one port (S11), with a witness (S12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final, TypeVar

from pytest_fpharness.model.registry import Registry
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import TRADER, FaultSpec, ParamSpec
from pytest_fpharness.world.world import World

#: The harness reading health and dashboard: it sees what a process sees, but meets no fault.
READER: Final = "reader"

FAULTS: Final[Registry[type[Fault]]] = Registry("fault")

F = TypeVar("F", bound="type[Fault]")


class MissingRole(Exception):
    """The layout of the target has no such role; the variant is MISSING, not failed."""


class Fault:
    """One fault in one world; subclasses say how to inject and undo it.

    Attributes:
        world: The ``World`` that it breaks.
        params: The values of all parameters by name; durations in ns.
        met: How often the bot met it so far.
        active: Whether it is injected now.
        lifting: Whether the harness undoes it at its stated time, rather than the bot.
    """

    spec: ClassVar[FaultSpec]
    #: What ``record_hit`` counts, for the reference: without a hit a run proves nothing (S12).
    witness: ClassVar[str] = "a process of the bot gets an altered answer"

    def __init__(self, world: World, params: Mapping[str, Any]) -> None:
        self.world = world
        self.params: dict[str, Any] = {
            p.name: world.layout.trader if p.default == TRADER else p.default
            for p in self.spec.params
        }
        self.params.update(params)
        self.met = 0
        self.active = False
        self._idle = False
        self.lifting = False  # undone by the harness at its stated time, not by the bot

    def prepare(self) -> None:
        """Prepare the world before the run begins, for what the fault needs there."""

    def inject(self) -> None:
        """Break the world; raise ``MissingRole`` when the layout lacks what the fault needs."""
        raise NotImplementedError

    def undo(self) -> None:
        """Restore the world."""

    def reapply(self) -> None:
        """Break the world again after the bot repaired it, in a run with a broken healer."""
        self.inject()

    def clears(self, event: Event) -> bool:
        """Whether an event ends the fault, such as a restart of the process."""
        return False

    def watch(self, event: Event) -> None:
        """Look at an event: call ``record_hit`` when the bot has met the fault."""

    def record_hit(self, what: str) -> None:
        """Record that the running process of the bot met the fault.

        Args:
            what: What it met, for the timeline: ``read a cache of age 601.0``.
        """
        if self.active and self.world.current_process not in ("", READER):
            self.record_hit_for(what, self.world.current_process)

    def record_hit_for(self, what: str, process: str) -> None:
        """Record that a process met the fault, whichever runs now."""
        self.met += 1
        if self.met <= 50:  # a witness is needed once; a polling bot would flood the timeline
            self.world.emit("met", fault=self.spec.name, process=process, what=what)

    def record_no_target(self) -> None:
        """Record, once, that the data lack what the fault changes, so that they passed unchanged."""
        if self.active and self.world.current_process not in ("", READER) and not self._idle:
            self._idle = True
            self.world.emit("damage.absent", fault=self.spec.name)

    def role(self, name: str) -> str:
        """Return the absolute path of a file role; raises ``MissingRole``."""
        try:
            return self.world.files.path_of(name)
        except KeyError:
            raise MissingRole(name) from None


def fault(
    name: str,
    doc: str,
    *params: ParamSpec,
    port: str,
    persistence: str = "once",
    cleared_by: str = "lift",
) -> Any:
    """Register a subclass of ``Fault`` for use in ``inject``.

    Args:
        name: The name in scenarios, ``port.what``.
        doc: One sentence for the reference.
        params: The parameters; a scenario may give the first one without its name.
        port: The part of the world that it breaks, as a heading of the reference.
        persistence: ``once`` (its effect stays), ``pinned`` (stays at its value) or ``growing``.
        cleared_by: What ends it: ``lift`` (the harness), ``restart`` (of the process), ``rewrite``
            (the bot repairs it), ``expiry`` or ``never``. ``clears`` recognizes the event.

    Raises:
        DuplicateName: Another fault has the name.
    """

    def register(kind: F) -> F:
        kind.spec = FaultSpec(name, port, doc, params, persistence, cleared_by)
        FAULTS.add(name, kind, kind)
        return kind

    return register
