"""When a child that gives no answer is given up: by its processor time, not by a clock on the wall."""

from __future__ import annotations

import time
from typing import Any, Final

from pytest_fpharness.confinement.libc import LINUX
from pytest_fpharness.world.time.clock import real_monotonic

#: Real seconds without any processor time after which a child waits for what never happens.
STALLED: Final = 5.0
#: How many times its budget a child may take in real time before the machine is to blame.
MACHINE: Final = 20
_SCHEDULED: Final = 2  # CPUCLOCK_SCHED of clock_gettime(2)
_CLOCK: Final[Any] = getattr(time, "clock_gettime", None)  # kept: the clock is frozen later
_LEAST: Final = 0.001  # seconds of processor time that count as progress

BUSY: Final = "timed out after {budget:g} s of processor time (--fp-wall): the bot never yields"
BLOCKED: Final = (
    "timed out: none of its threads ran for {limit:g} s, the bot waits for what never happens"
)
SLOW: Final = (
    "timed out: the machine gave it {used:.3g} s of processor time in {real:.3g} s; "
    "it may use {budget:g} s (--fp-wall)"
)


class Patience:
    """Watches one child from now on.

    Args:
        pid: The child.
        budget: Seconds of processor time that it may use.
    """

    def __init__(self, pid: int, budget: float) -> None:
        self.pid, self.budget = pid, budget
        self.pause = min(0.25, budget / 4)  # real seconds between two looks
        self._began = self._moved = real_monotonic()
        self._first = self._last = self._processor_time()
        self.machine = False  # the machine was too slow, which says nothing about the bot

    def over(self) -> str:
        """Why the child is given up now, or ""."""
        now, used = real_monotonic(), self._processor_time()
        if used - self._last >= _LEAST:
            self._last, self._moved = used, now
        real, used, idle = now - self._began, used - self._first, now - self._moved
        if used >= self.budget:
            return BUSY.format(budget=self.budget)
        limit = min(STALLED, self.budget)
        if idle >= limit:
            return BLOCKED.format(limit=limit)
        if real >= MACHINE * self.budget:
            self.machine = True
            return SLOW.format(used=used, real=real, budget=self.budget)
        return ""

    def _processor_time(self) -> float:
        """Seconds that all threads of the child have used; real seconds on other systems than Linux."""
        if LINUX:
            try:
                return float(_CLOCK((~self.pid << 3) | _SCHEDULED))
            except OSError:
                return self._last + _LEAST if hasattr(self, "_last") else 0.0  # it has just ended
        return real_monotonic()
