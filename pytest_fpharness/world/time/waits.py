"""The waits port: timed waits of ``threading``, ``queue`` and ``asyncio`` take virtual time."""

from __future__ import annotations

import selectors
import threading
from collections.abc import Callable
from typing import Any, Final

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.patching import Patcher
from .clock import FOREVER, Clock

#: The functions before patching.
REAL: Final[dict[str, Any]] = {
    "wait": threading.Condition.wait,
    "select": selectors.DefaultSelector.select,
}

#: Real seconds after which a wait for another thread checks that one still exists.
SLICE: Final = 0.2


def notified(condition: Any, pass_time: Callable[[Any], bool]) -> bool:
    """``Condition.wait`` with another way to wait for the lock that a notification releases.

    ``pass_time`` gets that lock and returns whether it acquired it. Raises RuntimeError if the
    caller has not acquired the condition.
    """
    if not condition._is_owned():
        raise RuntimeError("cannot wait on un-acquired lock")
    waiter = threading.Lock()
    waiter.acquire()
    condition._waiters.append(waiter)
    state = condition._release_save()
    done = False
    try:
        done = pass_time(waiter)
    finally:
        condition._acquire_restore(state)
        done = done or waiter.acquire(False)
        if not done:
            condition._waiters.remove(waiter)
    return done


class Waits:
    """Waits of simulated processes. A process is one thread, so usually only a timeout ends them."""

    def __init__(self, clock: Clock, actor: Callable[[], str]) -> None:
        self.clock, self.actor = clock, actor
        self._patcher = Patcher()

    def wait(self, condition: Any, timeout: float | None = None) -> bool:
        """``Condition.wait``; without a timeout it waits as long as another thread exists."""
        if not self.actor() or (timeout is not None and timeout <= 0):
            return bool(REAL["wait"](condition, timeout))
        while timeout is None and threading.active_count() > 1:
            if REAL["wait"](condition, SLICE):
                return True

        def pass_time(waiter: Any) -> bool:
            self._pass(timeout)
            return False

        return notified(condition, pass_time)

    def select(self, selector: Any, timeout: float | None = None) -> Any:
        """``select`` of an event loop; if nothing is ready, virtual time advances to its timeout."""
        real = REAL["select"]
        if not self.actor() or (timeout is not None and timeout <= 0):
            return real(selector, timeout)
        ready = real(selector, 0)
        while not ready and timeout is None and threading.active_count() > 1:
            ready = real(selector, SLICE)  # another thread may deliver a result
        if not ready:
            self._pass(timeout)
            ready = real(selector, 0)
        return ready

    def _pass(self, timeout: float | None) -> None:
        self.clock.yielder(FOREVER if timeout is None else round(timeout * SECOND))

    def patch(self) -> None:
        """Put this port behind ``threading.Condition`` and the selectors."""
        port = self

        def wait(condition: threading.Condition, timeout: float | None = None) -> bool:
            return port.wait(condition, timeout)

        def select(selector: Any, timeout: float | None = None) -> Any:
            return port.select(selector, timeout)

        self._patcher.replace(threading.Condition, "wait", wait)
        self._patcher.replace(selectors.DefaultSelector, "select", select)

    def unpatch(self) -> None:
        self._patcher.undo()
