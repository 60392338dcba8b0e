"""Command line of the bot: run one process by name or, without a name, the demo."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from .prepare import prepare_home
from .settings import CHECK_SECONDS, CYCLE_SECONDS, POLL_SECONDS, SettingsError

Step = Callable[[], object]


def _daemon() -> tuple[Step, float]:
    from pytest_fpharness.reference_bot.flow.daemon import Daemon

    return Daemon().poll, POLL_SECONDS


def _bot() -> tuple[Step, float]:
    from pytest_fpharness.reference_bot.trading.trader import Trader

    return Trader().cycle, CYCLE_SECONDS


def _monitor() -> tuple[Step, float]:
    from pytest_fpharness.reference_bot.monitoring.monitor import Monitor

    return Monitor().check, CHECK_SECONDS


def _watchdog() -> tuple[Step, float]:
    from pytest_fpharness.reference_bot.monitoring.watchdog import Watchdog

    return Watchdog().check, CHECK_SECONDS


PROCESSES: Final[dict[str, Callable[[], tuple[Step, float]]]] = {
    "uw_flow_daemon": _daemon,
    "bot": _bot,
    "monitor": _monitor,
    "watchdog": _watchdog,
}
DASHBOARD: Final = "dashboard"


def _stop(number: int, frame: object) -> None:
    sys.exit(0)


def run(step: Step, period: float) -> None:
    """Run ``step`` every ``period`` seconds; missed runs are not made up for."""
    while True:
        started = time.monotonic()  # the wall clock may be set while the step runs
        step()
        time.sleep(max(0.0, period - (time.monotonic() - started)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one process, or the demo, until SIGTERM or Ctrl-C; 2 when it cannot start."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, _stop)
    from pytest_fpharness.reference_bot.dashboard.serving import PortError

    try:
        if options.process is None:
            from pytest_fpharness.reference_bot.demo.show import show

            show(options.port, options.broken, options.home)
        else:
            _start(options)
    except (SettingsError, PortError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


def _start(options: argparse.Namespace) -> None:
    home = options.home or "."
    os.makedirs(home, exist_ok=True)
    os.chdir(home)
    prepare_home()
    if options.process == DASHBOARD:
        from pytest_fpharness.reference_bot.dashboard.serving import dashboard_server

        dashboard_server(options.port).serve_forever()
    run(*PROCESSES[options.process]())


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    from pytest_fpharness.reference_bot.dashboard.serving import PORT
    from pytest_fpharness.reference_bot.demo.show import BREAKS

    parser = argparse.ArgumentParser(
        prog="python -m pytest_fpharness.reference_bot",
        description="Without a process: run the whole bot against fakes, with its dashboard.",
    )
    names = (*sorted(PROCESSES), DASHBOARD)
    parser.add_argument(
        "process", nargs="?", choices=names, help="run only this process, against the real services"
    )
    parser.add_argument("--home", help="directory of state, data and logs")
    parser.add_argument(
        "--port", type=int, default=PORT, help="port of the dashboard (%(default)s)"
    )
    known = sorted(BREAKS)
    text = f"in the demo, break one of {', '.join(known)}"
    parser.add_argument("--break", dest="broken", metavar="FP", choices=known, help=text)
    options = parser.parse_args(arguments)
    if options.broken and options.process:
        parser.error("--break works in the demo only: leave out the process")
    return options


if __name__ == "__main__":
    sys.exit(main())
