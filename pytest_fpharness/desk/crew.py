"""Which threads belong to a test, and which of them wait."""

from __future__ import annotations

import concurrent.futures.thread as pool
import itertools
import sys
import threading
from dataclasses import dataclass


class Crew:
    """The threads of a test: its own one, and those that were started since."""

    def __init__(self) -> None:
        self._owner = threading.get_ident()
        self._others = set(threading.enumerate())

    def mine(self) -> bool:
        """Whether the running thread belongs to the test; pytest's and xdist's own do not."""
        return threading.get_ident() == self._owner or self._started_since(
            threading.current_thread()
        )

    def _started_since(self, thread: threading.Thread) -> bool:
        # A dummy stands for a thread that was not started by `threading`: execnet's, for one.
        return thread not in self._others and not isinstance(thread, threading._DummyThread)

    def alone(self) -> bool:
        """Whether the running thread is the test's own, and no other of its threads is at work."""
        return threading.get_ident() == self._owner and self.at_work() == {self._owner}

    def at_work(self) -> set[int]:
        """The threads of the test that may do something, by their number."""
        started = [thread for thread in threading.enumerate() if self._started_since(thread)]
        return {self._owner, *(t.ident for t in started if t.ident and not _is_idle(t.ident))}


def _is_idle(ident: int) -> bool:
    """Whether a thread is a pool's, without any work (asyncio keeps one after a look-up)."""
    frame = sys._current_frames().get(ident)
    if frame is None or frame.f_code is not pool._worker.__code__:
        return False
    names = frame.f_locals
    return "work_item" not in names and "work_queue" in names and names["work_queue"].empty()


@dataclass
class _Wait:
    until: int  # virtual ns
    begun: int
    looked: int  # when it was last seen that nobody has notified it


class Together:
    """The timed waits of a test's threads: when all of them wait, nobody can end a wait but time."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._moments = itertools.count()
        self._waits: dict[int, _Wait] = {}
        self._at_work: set[int] = set()
        self._changed = 0  # when it was last another set

    def begin(self, until: int) -> None:
        """The running thread waits until then."""
        now = next(self._moments)
        self._waits[threading.get_ident()] = _Wait(until, now, now)
        self._look_around()

    def look(self) -> None:
        """The running thread has seen that it still has to wait."""
        self._waits[threading.get_ident()].looked = next(self._moments)

    def end(self) -> None:
        """The running thread waits no more."""
        del self._waits[threading.get_ident()]

    def is_next(self) -> bool:
        """Whether all threads wait, and the running one not longer than any other.

        A thread that was notified may not know yet, so each must have looked since the last one
        began to wait or ended. The running one has to look once more: it may have been told since.
        """
        at_work, waits = self._look_around(), dict(self._waits)
        last = max(self._changed, *(wait.begun for wait in waits.values()))
        return (
            at_work <= set(waits)
            and all(wait.looked > last for wait in waits.values())
            and waits[threading.get_ident()].until == min(wait.until for wait in waits.values())
        )

    def _look_around(self) -> set[int]:
        at_work = self._crew.at_work()
        if at_work != self._at_work:
            self._at_work, self._changed = at_work, next(self._moments)
        return at_work
