"""Run the demo: a healthy bot, with a failure on request, and its dashboard."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pytest_fpharness.reference_bot.dashboard.serving import HOST, dashboard_server
from pytest_fpharness.reference_bot.flow.daemon import Daemon
from pytest_fpharness.reference_bot.flow.weights import PATH as WEIGHTS
from pytest_fpharness.reference_bot.monitoring.monitor import Monitor
from pytest_fpharness.reference_bot.monitoring.watchdog import Watchdog
from pytest_fpharness.reference_bot.prepare import prepare_home
from pytest_fpharness.reference_bot.settings import (
    CHECK_SECONDS,
    CYCLE_SECONDS,
    POLL_SECONDS,
    UNITS,
    Settings,
    read_settings,
)
from pytest_fpharness.reference_bot.trading.guards import FLAG
from pytest_fpharness.reference_bot.trading.trader import Trader
from .hosts import BROKER, VENDOR, Hosts
from .machine import Machine, Part, Step

ENVIRONMENT: Final[Mapping[str, str]] = {
    "UW_API_KEY": "demo",
    "ALPACA_KEY": "demo",
    "ALPACA_SECRET": "demo",
    "ALERT_WEBHOOK_URL": "https://hooks.example.com/alerts",
    "TRADING_MODE": "PAPER",
    "SCORE_THRESHOLD": "2.7",
    "MAX_POSITIONS": "16",
    "DISPLACE_BY": "1",
    "POSITION_USD": "500",
}


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


#: How to cause each failure point that the demo offers.
BREAKS: Final[Mapping[str, Callable[[Machine], object]]] = {
    "FP-1.1": lambda machine: machine.kill("uw_flow_daemon"),
    "FP-1.5": lambda machine: machine.hosts.refusing.add(VENDOR),
    "FP-2.1": lambda machine: _write(WEIGHTS, "{}"),
    "FP-3.1": lambda machine: _write(FLAG, "set by the demo"),
    "FP-4.1": lambda machine: machine.hosts.down.update(BROKER),
    "FP-5.3": lambda machine: _write("state/positions.json", '{"AAPL": {"qty"'),
    "FP-6.1": lambda machine: machine.kill("bot"),
}

Say = Callable[[str], None]


def parts() -> dict[str, Part]:
    """The four processes of the bot, with the settings of the demo."""
    offered: dict[str, tuple[Callable[[Settings], Step], int]] = {
        "uw_flow_daemon": (lambda settings: Daemon(settings).poll, POLL_SECONDS),
        "bot": (lambda settings: Trader(settings).cycle, CYCLE_SECONDS),
        "monitor": (lambda settings: Monitor(settings=settings).check, CHECK_SECONDS),
        "watchdog": (lambda settings: Watchdog(settings=settings).check, CHECK_SECONDS),
    }
    return {name: _part(name, *entry) for name, entry in offered.items()}


def _part(name: str, step: Callable[[Settings], Step], period: float) -> Part:
    return Part(lambda: step(read_settings(ENVIRONMENT, process=name)), period, UNITS[name])


@contextlib.contextmanager
def working(say: Say) -> Iterator[Machine]:
    """Start the bot in the current directory with one healthy round; ``say`` gets each alert."""
    prepare_home()
    machine = Machine(parts(), Hosts(lambda alert: say(_line(alert))))
    with machine.installed():
        machine.turn()
        yield machine


def show(port: int, broken: str | None = None, home: str | None = None, say: Say = print) -> None:
    """Serve the demo until Ctrl-C; without ``home`` in a temporary directory.

    Raises PortError if the port is not available.
    """
    with dashboard_server(port) as server, contextlib.ExitStack() as stack:
        place = home or stack.enter_context(tempfile.TemporaryDirectory(prefix="reference_bot-"))
        stack.enter_context(_inside(place))
        machine = stack.enter_context(working(say))
        say(f"the reference bot runs against fakes: http://{HOST}:{server.server_port}/")
        say("it uses neither keys nor the network; stop it with Ctrl-C")
        if broken is not None:
            BREAKS[broken](machine)
            say(f"{_now()} broken: {broken}; the next check is due in {CHECK_SECONDS} s")
        stopped = threading.Event()
        loop = threading.Thread(target=_loop, args=(machine, stopped), daemon=True)
        loop.start()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("stopped")
        finally:
            stopped.set()
            loop.join()


def _loop(machine: Machine, stopped: threading.Event) -> None:
    while not stopped.wait(machine.turn()):
        pass


@contextlib.contextmanager
def _inside(directory: str) -> Iterator[None]:
    before = os.getcwd()
    os.makedirs(directory, exist_ok=True)
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


def _line(alert: dict[str, Any]) -> str:
    text = str(alert.get("text", "")).splitlines()[0]
    return f"{_now()} {alert.get('kind')} {alert.get('key')}: {text}"


def _now() -> str:
    return time.strftime("%H:%M:%S")
