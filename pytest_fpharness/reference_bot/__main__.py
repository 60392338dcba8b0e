"""Start one process of the bot: `python -m pytest_fpharness.reference_bot NAME [--home DIR]`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from pytest_fpharness.reference_bot.prepare import prepare_home
from pytest_fpharness.reference_bot.settings import (
    CHECK_SECONDS,
    CYCLE_SECONDS,
    POLL_SECONDS,
    SettingsError,
)

HOST: Final = "127.0.0.1"
PORT: Final = 8765

Step = Callable[[], object]


def _daemon() -> tuple[Step, float]:
    from pytest_fpharness.reference_bot.daemon import Daemon

    return Daemon().poll, POLL_SECONDS


def _bot() -> tuple[Step, float]:
    from pytest_fpharness.reference_bot.trader import Trader

    return Trader().cycle, CYCLE_SECONDS


def _monitor() -> tuple[Step, float]:
    from pytest_fpharness.reference_bot.monitor import Monitor

    return Monitor().check, CHECK_SECONDS


def _watchdog() -> tuple[Step, float]:
    from pytest_fpharness.reference_bot.watchdog import Watchdog

    return Watchdog().check, CHECK_SECONDS


def _dashboard() -> tuple[Step, float]:
    from wsgiref.simple_server import make_server

    from pytest_fpharness.reference_bot.dashboard import app

    server = make_server(HOST, PORT, app)
    return server.handle_request, 0


PROCESSES: Final[dict[str, Callable[[], tuple[Step, float]]]] = {
    "uw_flow_daemon": _daemon,
    "bot": _bot,
    "monitor": _monitor,
    "watchdog": _watchdog,
    "dashboard": _dashboard,
}


def _stop(number: int, frame: object) -> None:
    sys.exit(0)


def run(step: Step, period: float) -> None:
    """Repeat a step at a steady period in seconds, without catching up on missed ones."""
    while True:
        started = time.time()
        step()
        time.sleep(max(0.0, period - (time.time() - started)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one process until SIGTERM; 2 when the environment cannot start it."""
    parser = argparse.ArgumentParser(prog="reference_bot")
    parser.add_argument("process", choices=sorted(PROCESSES))
    parser.add_argument("--home", default=".", help="the directory of state, data and logs")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _stop)
    os.makedirs(options.home, exist_ok=True)
    os.chdir(options.home)
    prepare_home()
    try:
        step, period = PROCESSES[options.process]()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    run(step, period)
    return 0


if __name__ == "__main__":
    sys.exit(main())
