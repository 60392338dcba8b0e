"""Strands and events: one runs at a time, and the clock jumps from event to event (S2 to S6)."""

from __future__ import annotations

import heapq
import itertools
import sys
from collections.abc import Callable
from typing import Final

import greenlet

from pytest_fpharness.world.time.clock import Clock

# The order of events that fall on the same instant (S5).
WORLD: Final = 0
STRANDS: Final = 1
SAMPLING: Final = 2

Action = Callable[[], None]

FOREIGN_THREAD: Final = (
    "the bot has a thread or greenlet of its own, which sleeps, calls, runs a command or waits for "
    "work: the world has the bot's tasks only (docs/your_bot.md, Limits)"
)


def _nothing() -> None: ...


class ForeignThreadError(RuntimeError):
    """Raised when a thread that the bot made sleeps or waits."""


class Strand:
    """One thread of execution of a simulated process, on its own stack.

    A strand that is parked or dead is never thrown into: its stack is kept as it is, so no
    ``finally`` of a killed process runs (S8).
    """

    def __init__(
        self,
        scheduler: Scheduler,
        body: Action,
        order: int,
        *,
        enter: Action = _nothing,
        leave: Action = _nothing,
    ) -> None:
        self.scheduler, self.order = scheduler, order
        self._enter, self._leave = enter, leave  # called before and after each stretch that it runs
        self.dead = False
        self.parked = False  # hung or stopped: alive, but its wake-ups are withheld
        self._withheld: list[Action] = []
        self._greenlet = greenlet.greenlet(body, parent=scheduler.hub)

    @property
    def finished(self) -> bool:
        return bool(self._greenlet.dead)

    @property
    def runs(self) -> bool:
        """Whether the calling code runs on this strand, not in another thread or greenlet."""
        return greenlet.getcurrent() is self._greenlet

    def wake(self) -> None:
        """Go on, from the hub, until the next yield."""
        if self.dead or self.finished:
            return
        if self.parked:
            self._withheld.append(self.wake)
            return
        scheduler = self.scheduler
        before, scheduler.current = scheduler.current, self
        self._enter()
        try:
            self._greenlet.switch()
        finally:
            self._leave()
            scheduler.current = before

    def unpark(self) -> None:
        """Let the withheld wake-ups through."""
        self.parked = False
        withheld, self._withheld = self._withheld, []
        for action in withheld:
            self.scheduler.call_after(0, action, STRANDS, self.order)


class Scheduler:
    """The event queue; only it moves the clock."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.hub = greenlet.getcurrent()
        self.current: Strand | None = None
        self.foreign_threads = 0  # how often something else than a strand wanted to sleep
        self._queue: list[tuple[int, int, int, int, Action]] = []
        self._sequence = itertools.count()
        clock.yielder = self.sleep

    def take_over(self) -> None:
        """Move the clock from this scheduler; strands made before must have the same hub."""
        self.clock.yielder = self.sleep

    def call_at(self, at: int, action: Action, priority: int = WORLD, order: int = 0) -> None:
        """Run ``action`` on the hub at virtual time ``at``."""
        entry = (max(at, self.clock.now), priority, order, next(self._sequence), action)
        heapq.heappush(self._queue, entry)

    def call_after(self, ns: int, action: Action, priority: int = WORLD, order: int = 0) -> None:
        """Run ``action`` on the hub in ``ns``."""
        self.call_at(self.clock.now + ns, action, priority, order)

    def sleep(self, ns: int) -> None:
        """Yield for ``ns``: the running strand goes on then, and others run meanwhile (S4).

        Raises ForeignThreadError for a thread or a greenlet that the bot has made.
        """
        strand = self.current
        if strand is None:
            return  # harness code on the hub takes no virtual time
        if not strand.runs:
            self.foreign_threads += 1
            raise ForeignThreadError(FOREIGN_THREAD)
        self.call_after(ns, strand.wake, STRANDS, strand.order)
        events = sys.modules.get("asyncio.events")
        loop = events._get_running_loop() if events else None
        if events is None or loop is None:
            self.hub.switch()
            return
        # Others may run a loop of their own meanwhile, or this one in a forked process.
        events._set_running_loop(None)
        self.hub.switch()
        events._set_running_loop(loop)

    def suspend(self) -> None:
        """Yield until the running strand is woken."""
        self.hub.switch()

    def run(self, until: int, stop: Callable[[], bool] = lambda: False) -> None:
        """Run events up to and including virtual time ``until``, or until ``stop`` says so."""
        while self._queue and self._queue[0][0] <= until and not stop():
            at, _, _, _, action = heapq.heappop(self._queue)
            if at > self.clock.now:
                self.clock.move_to(at)
            else:
                self.clock.reads = 0
            action()
        if not stop() and self.clock.now < until:
            self.clock.move_to(until)
