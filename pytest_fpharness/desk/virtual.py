"""Virtual time inline: the test's own code moves the clock, and what is due happens on the way."""

from __future__ import annotations

import contextlib
import datetime as dt
import heapq
import itertools
import selectors
import subprocess
import threading
import time
import types
from collections.abc import Callable, Iterator
from typing import Any, Final

import freezegun.api
import pytest

from pytest_fpharness.desk.crew import Crew, Together
from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.clock import Clock, real_monotonic, real_sleep
from pytest_fpharness.world.http import FOREVER
from pytest_fpharness.world.patching import Patcher
from pytest_fpharness.world.waits import REAL, notified

#: Modules that keep the real clock: their times are those of the test run. More would be wrong:
#: freezegun also looks for these names among the callers of whoever reads the clock.
REAL_CLOCKS: Final = (
    "_pytest.timing", "xdist", "execnet", "pytest_html", "pytest_timeout", "pytest_rerunfailures",
)  # fmt: skip

#: Real seconds after which a thread that waits beside others looks at the virtual clock again.
SLICE: Final = 0.005

_EPOCH: Final = dt.datetime(1970, 1, 1)


def _real_time_module() -> types.ModuleType:
    module = types.ModuleType("time")
    vars(module).update(vars(time), sleep=real_sleep, monotonic=real_monotonic)
    return module


class InlineClock(Clock):
    """A clock that sleeping moves at once; timers and the broker's fills happen on the way."""

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self.crew = Crew()
        self._together = Together(self.crew)
        self.outside: Callable[[], int | None] = lambda: None  # next instant of the broker
        self.settle: Callable[[], None] = lambda: None  # let the broker do what is due
        self.as_world: Callable[[], Any] = contextlib.nullcontext
        self._timers: list[tuple[int, int, Callable[[], None]]] = []
        self._sequence = itertools.count()
        self._real = 0
        self._lock = threading.RLock()
        self._waits = Patcher()

    # -- whose clock ----------------------------------------------------------------------------

    @property
    def is_real(self) -> bool:
        """Whether the running thread sees the machine's clock."""
        return self._real > 0 or not self.crew.mine()

    @contextlib.contextmanager
    def real(self) -> Iterator[None]:
        """The machine's own clock within the block, sleeping included."""
        self._real += 1
        try:
            yield
        finally:
            self._real -= 1

    def read(self) -> dt.datetime:
        """The wall time for freezegun."""
        if self.is_real:
            return _EPOCH + dt.timedelta(seconds=freezegun.api.real_time())
        return super().read()

    def time(self) -> float:
        """The wall time."""
        return float(freezegun.api.real_time()) if self.is_real else super().time()

    def monotonic_ns(self) -> int:
        """The monotonic clock."""
        return round(real_monotonic() * SECOND) if self.is_real else super().monotonic_ns()

    def sleep(self, seconds: float) -> None:
        """Sleep: virtual for the test, real for everybody else."""
        if self.is_real:
            real_sleep(seconds)
        else:
            super().sleep(seconds)

    def advance(self, ns: int) -> None:
        """Move on by so much; a wait without an end fails the test, whatever the code catches."""
        if ns >= FOREVER:
            pytest.fail("the code under test waits for ever: it gave this call no timeout")
        super().advance(ns)

    # -- what happens on the way ------------------------------------------------------------------

    def after(self, ns: int, action: Callable[[], None]) -> None:
        """Do something when the clock has moved on by ``ns``."""
        heapq.heappush(self._timers, (self.now + max(0, ns), next(self._sequence), action))

    def move_to(self, now: int) -> None:
        """Move to ``now``, and let everything that falls due happen in order."""
        with self._lock:
            while (due := self._next()) is not None and due <= now:
                super().move_to(max(due, self.now))
                with self.as_world():
                    self._happen()
                now = max(now, self.now)  # what happened may itself have taken time
            super().move_to(now)

    def _next(self) -> int | None:
        outside = self.outside()
        # What is due at the broker by now is settled when somebody looks; only later counts here.
        broker = [outside] if outside is not None and outside > self.now else []
        timers = [self._timers[0][0]] if self._timers else []
        return min([*broker, *timers], default=None)

    def _happen(self) -> None:
        self.settle()
        while self._timers and self._timers[0][0] <= self.now:
            heapq.heappop(self._timers)[2]()

    # -- waits ------------------------------------------------------------------------------------

    def freeze(self, ignore: tuple[str, ...] = REAL_CLOCKS) -> None:
        """Freeze, timed waits of ``threading``, ``queue`` and ``asyncio`` included."""
        super().freeze(ignore)
        clock = self

        def wait(condition: threading.Condition, timeout: float | None = None) -> bool:
            return clock.wait(condition, timeout)

        def select(selector: Any, timeout: float | None = None) -> Any:
            return clock.select(selector, timeout)

        # A child process runs in real time, and so does whoever waits for it.
        self._waits.replace(subprocess, "time", _real_time_module())
        self._waits.replace(subprocess, "_time", real_monotonic)
        self._waits.replace(threading.Condition, "wait", wait)
        self._waits.replace(selectors.DefaultSelector, "select", select)

    def thaw(self) -> None:
        """Give everything back."""
        self._waits.undo()
        super().thaw()

    def wait(self, condition: Any, timeout: float | None) -> bool:
        """``Condition.wait``: with a timeout and nobody else to notify it, time passes at once."""
        if timeout is None or timeout <= 0 or self.is_real:
            return bool(REAL["wait"](condition, timeout))
        ns = round(timeout * SECOND)
        until, alone = self.now + ns, self.crew.alone()

        def pass_time(waiter: Any) -> bool:
            if alone:
                self.yielder(ns)
                return False
            if self._wait_together(until, timeout, lambda rest: waiter.acquire(True, rest)):
                return True
            self._reach(until)
            return False

        return notified(condition, pass_time)

    def _wait_together(self, until: int, timeout: float, wait: Callable[[float], Any]) -> Any:
        """Wait beside other threads: what ``wait`` gives, or nothing when ``until`` is to come.

        It is to come when another thread has moved the clock, when all threads wait and this one
        is the next, or when as much real time has passed: a thread may be at work for so long.
        """
        end = real_monotonic() + timeout
        self._together.begin(until)
        try:
            while self.now < until:
                rest = end - real_monotonic()
                if found := wait(max(0.0, min(SLICE, rest))):
                    return found
                self._together.look()
                if rest <= 0 or self._together.is_next():
                    return wait(0.0)
        finally:
            self._together.end()
        return None

    def _reach(self, until: int) -> None:
        with self._lock:
            if self.now < until:
                self.advance(until - self.now)

    def select(self, selector: Any, timeout: float | None) -> Any:
        """``select`` of an event loop: when nothing is ready, time passes at once."""
        real = REAL["select"]
        if timeout is None or timeout <= 0 or self.is_real:
            return real(selector, timeout)
        if not self.crew.alone():
            until = self.now + round(timeout * SECOND)
            ready = self._wait_together(until, timeout, lambda rest: real(selector, rest))
            if not ready:
                self._reach(until)
            return ready or real(selector, 0)
        ready = real(selector, 0)
        if not ready:
            self.yielder(round(timeout * SECOND))
            ready = real(selector, 0)
        return ready
