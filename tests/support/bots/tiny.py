"""A tiny bot that behaves well: a trader and a monitor over one feed.

The other modules of this package hold variants that do one bad thing when the feed breaks.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import requests

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.health import (
    Alert,
    DashboardRow,
    FailurePointHealth,
    Health,
    Readiness,
    Status,
)
from pytest_fpharness.model.layout import FileBinding, Layout
from pytest_fpharness.targets.contract import Process, RestartPolicy, Task
from pytest_fpharness.world.world import World

FP = "FP-1.1"
CHECK = 30 * SECOND
CYCLE = 60 * SECOND
STEPS = ("look at the feed",)


def read_feed() -> Any:
    """The feed, which the trader needs; raises ValueError when it is damaged."""
    with open("feed.json") as file:
        return json.load(file)


def ask_broker(timeout: float | None) -> None:
    """One call to the broker; raises requests.RequestException."""
    requests.get("https://paper-api.alpaca.markets/v2/clock", timeout=timeout)


class TinyBot:
    """Behaves well: notices a damaged feed, alerts once, shows it, and says when it is over."""

    name = "tiny"
    code_root = ""
    restart = RestartPolicy()

    def layout(self) -> Layout:
        """Two files, one unit, the keys."""
        return Layout(
            files={
                "state.feed": FileBinding("feed.json"),
                "state.health": FileBinding("health.json"),
                "log.cycles": FileBinding("cycles.jsonl", codec="jsonl"),
                "log.monitor": FileBinding("monitor.log", codec="text"),
            },
            units={"bot": "bot.service"},
            env={"uw_key": "UW_API_KEY", "broker_secret": "APCA_API_SECRET_KEY"},
            check=CHECK,
            cycle=CYCLE,
        )

    def processes(self, world: World) -> Sequence[Process]:
        """The trader first, so that it takes its turn before the monitor."""
        return [
            Process(
                "bot", self.start_bot, [Task("cycle", CYCLE)], unit="bot.service",
                restart=self.restart,
            ),
            Process("monitor", self.start_monitor, [Task("check", CHECK)], monitor=True),
        ]  # fmt: skip

    def prepare(self, world: World) -> None:
        """A healthy feed."""
        world.files.put("feed.json", b'{"price": 101.5}')

    # -- the trader ---------------------------------------------------------------------------

    def start_bot(self) -> Mapping[str, Callable[[], object]]:
        """The trader's task."""
        return {"cycle": self.cycle}

    def cycle(self) -> None:
        """Read the feed and note the cycle."""
        try:
            read_feed()
        except ValueError:
            self.trouble()
        with open("cycles.jsonl", "a") as file:
            file.write('{"cycle": 1, "ok": true}\n')

    def trouble(self) -> None:
        """What the trader does about a damaged feed; here: nothing."""

    # -- the monitor --------------------------------------------------------------------------

    def start_monitor(self) -> Mapping[str, Callable[[], object]]:
        """The monitor's task."""
        return {"check": self.check}

    def broken(self) -> bool:
        """Whether the monitor finds the failure."""
        try:
            read_feed()
        except ValueError:
            return True
        return False

    def check(self) -> None:
        """One pass: look, alert on a change, write the snapshot."""
        broken = self.broken()
        before, trend = _load().get("status", "OK"), _load().get("trend", [])
        now = "ERROR" if broken else "OK"
        if now != before:
            trend.append(now)
            kind = "fire" if broken else "resolved"
            body = {"key": FP, "kind": kind, "severity": "critical", "text": "the feed is damaged"}
            requests.post("https://hooks.example.com/alert", json=body, timeout=5)
            with open("monitor.log", "a") as file:
                file.write(f"{FP}: {kind} sent\n")
        with open("health.json", "w") as file:
            json.dump({"status": now, "at": time.time(), "trend": trend}, file)

    # -- what others see ----------------------------------------------------------------------

    def health(self) -> Health:
        """From the snapshot."""
        result = _load()
        status = Status(result.get("status", "UNKNOWN"))
        colours = {Status.OK: Readiness.GREEN, Status.ERROR: Readiness.RED}
        points = {FP: FailurePointHealth(status, result.get("at"))}
        return Health(result.get("at"), colours.get(status, Readiness.UNKNOWN), points)

    def dashboard(self) -> Mapping[str, DashboardRow]:
        """From the snapshot."""
        result = _load()
        status, trend = result.get("status", "UNKNOWN"), tuple(result.get("trend", ()))
        return {FP: DashboardRow(status, result.get("at"), "idle", trend=trend)}

    def read_alert(self, body: Any) -> Alert | None:
        """The webhook's body is the alert."""
        return Alert(**body)


def _load() -> dict[str, Any]:
    if not os.path.exists("health.json"):
        return {}
    with open("health.json") as file:
        return dict(json.load(file))


class NeverSteady(TinyBot):
    """Nothing is ever right for it."""

    def broken(self) -> bool:
        return True


class OnDemand(TinyBot):
    """Has a check, and no process that calls it."""

    def processes(self, world: World) -> Sequence[Process]:
        return [Process("bot", self.start_bot, [Task("cycle", CYCLE)])]


def make() -> TinyBot:
    """A callable that makes a target."""
    return TinyBot()


instance = TinyBot()
