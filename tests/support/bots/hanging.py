"""Tiny bots that sleep, loop or wait forever when their feed breaks."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping

import requests

from tests.support.bots.tiny import TinyBot, ask_broker, read_feed


class SleepsInRetry(TinyBot):
    """Sleeps 40 s between three tries."""

    def trouble(self) -> None:
        for _ in range(3):
            time.sleep(40)


class BusyLoop(TinyBot):
    """Never meets a port again."""

    def trouble(self) -> None:
        while True:
            pass


class TellsThenHangs(TinyBot):
    """Prints the traceback of what it caught, as loggers do, and then never yields."""

    def trouble(self) -> None:
        try:
            read_feed()
        except ValueError:
            traceback.print_exc()
        while True:
            pass


class PollsTheClock(TinyBot):
    """Waits five seconds by looking at the clock."""

    def trouble(self) -> None:
        until = time.time() + 5
        while time.time() < until:
            pass


class SwallowsExceptions(TinyBot):
    """Tries until it works, and lets no error out."""

    def trouble(self) -> None:
        while True:
            try:
                read_feed()
                return
            except Exception:
                time.sleep(1)


class SwallowsEverything(TinyBot):
    """Likewise, without a pause, and not even a kill from inside could stop it."""

    def trouble(self) -> None:
        while True:
            try:
                read_feed()
                return
            except BaseException:
                pass


class WaitsForEver(TinyBot):
    """Its trader calls the broker without a timeout; its monitor has one."""

    def cycle(self) -> None:
        ask_broker(timeout=None)
        super().cycle()

    def broken(self) -> bool:
        try:
            ask_broker(timeout=2)
        except requests.RequestException:
            return True
        return False


class HangsAtStart(TinyBot):
    """Never gets as far as its first task."""

    def start_bot(self) -> Mapping[str, Callable[[], object]]:
        while True:
            pass
