"""Inject, watch, clear, lift and undo the faults of a run (S11, S15)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from pytest_fpharness.faults import FAULTS, Fault
from pytest_fpharness.faults.base import MissingRole
from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.plan import Injection
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.world.world import World


class FaultInjector:
    """The faults of one run.

    Args:
        world: The world that they change.
        injections: The faults, with parameters and times.
        keep: Break every healer: a fault that is cleared is applied again.
        first: Offset of the fault ids in a second injection, which skips ``prepare``.
    """

    def __init__(
        self, world: World, injections: Sequence[Injection], *, keep: bool, first: int = 0
    ) -> None:
        self.world, self.injections, self.keep, self.first = world, injections, keep, first
        self.faults = [FAULTS.named(i.fault)(world, i.params) for i in injections]
        for fault in () if first else self.faults:
            fault.prepare()
        world.listeners.append(self._seen)

    def inject(self) -> None:
        """Inject now; a fault with a later time is injected then."""
        for index, (fault, injection) in enumerate(zip(self.faults, self.injections, strict=True)):
            if injection.at:
                self.world.after(injection.at, partial(self._inject, index, fault))
            else:
                self._inject(index, fault)

    def _inject(self, index: int, fault: Fault) -> None:
        params = {name: value for name, value in fault.params.items() if value not in ("", False)}
        facts = {"fault": fault.spec.name, "params": params, "ends": fault.spec.cleared_by}
        self.world.emit("fault.inject", id=self.first + index, **facts)
        fault.active = True
        try:
            fault.inject()
        except MissingRole:
            fault.active = False  # nothing was changed, so there is nothing to undo
            raise

    def lift(self) -> None:
        """End the active faults, as the world's own recovery."""
        for index, fault in reversed(list(enumerate(self.faults))):
            if fault.active:
                fault.active = False
                fault.lifting = True
                fault.undo()
                self.world.emit("fault.lift", id=self.first + index, fault=fault.spec.name)

    @property
    def met(self) -> int:
        """How often the bot has met the faults so far."""
        return sum(fault.met for fault in self.faults)

    def undo(self) -> None:
        """Undo the active faults, the last one first."""
        for fault in reversed(self.faults):
            if fault.active:
                fault.active = False
                fault.undo()

    def _seen(self, event: Event) -> None:
        for index, fault in enumerate(self.faults):
            if not fault.active:
                continue
            fault.watch(event)
            if fault.clears(event):
                self._cleared(index, fault, event)

    @staticmethod
    def _again(fault: Fault) -> None:
        if fault.active:
            fault.reapply()

    def _cleared(self, index: int, fault: Fault, event: Event) -> None:
        if self.keep:
            self.world.after(SECOND, partial(self._again, fault))
            return
        fault.active = False
        with self.world.as_actor(""):
            fault.undo()
        name = fault.spec.name
        self.world.emit("fault.clear", id=self.first + index, fault=name, by=event.actor)
