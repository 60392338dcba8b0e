"""Tiny bots with event loops, threads, processes and connections of their own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping

from tests.support.bots.tiny import TinyBot


class UsesAsyncio(TinyBot):
    """Both of its processes run an event loop, and sleep in it at the same time."""

    def cycle(self) -> None:
        async def nap() -> None:
            await asyncio.gather(asyncio.sleep(7), asyncio.sleep(3))
            time.sleep(1)  # a coroutine may block, too
            await asyncio.wait_for(asyncio.sleep(1), timeout=5)

        asyncio.run(nap())
        super().cycle()

    def broken(self) -> bool:
        asyncio.run(asyncio.sleep(2))
        return super().broken()


class WaitsForAnEvent(TinyBot):
    """Waits with the timeouts of ``threading`` and ``queue`` instead of sleeping."""

    def cycle(self) -> None:
        threading.Event().wait(5)
        with contextlib.suppress(queue.Empty):
            queue.Queue[int]().get(timeout=4)
        super().cycle()


class HasAThread(TinyBot):
    """A thread of its own sleeps."""

    def cycle(self) -> None:
        threading.Thread(target=_nap, daemon=True).start()
        super().cycle()


class HasAWorker(TinyBot):
    """A thread of its own writes what it receives, and never sleeps."""

    def start_bot(self) -> Mapping[str, Callable[[], object]]:
        """The worker lives as long as the process."""
        todo: queue.Queue[str] = queue.Queue()
        threading.Thread(target=lambda: list(map(print, iter(todo.get, ""))), daemon=True).start()
        self.put = todo.put
        return super().start_bot()

    def cycle(self) -> None:
        self.put("a cycle")
        super().cycle()


class WaitsForAThread(TinyBot):
    """A thread of its own sleeps, and the bot waits for it."""

    def cycle(self) -> None:
        done = threading.Event()
        threading.Thread(target=_nap, args=(done.set,), daemon=True).start()
        done.wait()
        super().cycle()


class HasAProcess(TinyBot):
    """Does its work in a process of its own."""

    def cycle(self) -> None:
        os.fork()
        super().cycle()


class TalksWithoutRequests(TinyBot):
    """Asks the broker by another library, and lives on when it gets no answer."""

    def cycle(self) -> None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen("https://paper-api.alpaca.markets/v2/clock", timeout=5)
        super().cycle()


def _nap(then: Callable[[], object] = dict) -> None:
    time.sleep(5)
    then()
