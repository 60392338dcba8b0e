"""Tiny bots: a trader and a monitor over one feed; each variant does one bad thing when it breaks."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import logging
import os
import queue
import subprocess
import sys
import threading
import time
import traceback
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
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
        found = _load()
        status = Status(found.get("status", "UNKNOWN"))
        colours = {Status.OK: Readiness.GREEN, Status.ERROR: Readiness.RED}
        points = {FP: FailurePointHealth(status, found.get("at"))}
        return Health(found.get("at"), colours.get(status, Readiness.UNKNOWN), points)

    def dashboard(self) -> Mapping[str, DashboardRow]:
        """From the snapshot."""
        found = _load()
        status, trend = found.get("status", "UNKNOWN"), tuple(found.get("trend", ()))
        return {FP: DashboardRow(status, found.get("at"), "idle", trend=trend)}

    def read_alert(self, body: Any) -> Alert | None:
        """The webhook's body is the alert."""
        return Alert(**body)


def _load() -> dict[str, Any]:
    if not os.path.exists("health.json"):
        return {}
    with open("health.json") as file:
        return dict(json.load(file))


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


class HardExit(TinyBot):
    """Ends without a word."""

    def trouble(self) -> None:
        os._exit(3)


class HardExitOfService(HardExit):
    """As above, under a service manager."""

    restart = RestartPolicy("on-failure", delay=5 * SECOND, start_limit=3, interval=600 * SECOND)


class Aborts(TinyBot):
    """Kills the whole run in a way that no port sees."""

    def trouble(self) -> None:
        os.abort()


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


class HealthRaises(TinyBot):
    """Its health reads the feed itself, and lets the error out."""

    def health(self) -> Health:
        read_feed()
        return super().health()


class HealthNeedsFile(TinyBot):
    """Its health opens a file that is not always there."""

    def broken(self) -> bool:
        return not os.path.exists("feed.json") or super().broken()

    def health(self) -> Health:
        with open("feed.json"):
            return super().health()


class Telltale(TinyBot):
    """Says its environment wherever it can."""

    def trouble(self) -> None:
        told = json.dumps(dict(os.environ))
        print(told)
        print(told, file=sys.stderr)
        logging.getLogger("bot").error(told)
        with open("cycles.jsonl", "a") as file:
            file.write(told + "\n")

    def read_alert(self, body: Any) -> Alert | None:
        found = Alert(**body)
        return Alert(found.key, found.kind, found.severity, f"{found.text} {dict(os.environ)}")


class WrongLayout(TinyBot):
    """A word of its layout is misspelt."""

    def layout(self) -> Layout:
        return Layout(unitz={"bot": "bot.service"})  # type: ignore[call-arg]


class Blurts(TinyBot):
    """Says a key of the machine's environment, and not that it is one."""

    def trouble(self) -> None:
        print("using", os.environ["BROKER_API_KEY"], flush=True)
        with open("monitor.log", "a") as file:
            file.write(f"using {os.environ['BROKER_API_KEY']}\n")


class Mumbles(TinyBot):
    """Its cycle records are JSON, and no records."""

    def trouble(self) -> None:
        with open("cycles.jsonl", "a") as file:
            file.write("7\n")


class Tears(TinyBot):
    """Writes another state file in place, and stops half way; it stays as long as it was."""

    def layout(self) -> Layout:
        """One file more."""
        layout = super().layout()
        files = {**layout.files, "state.notes": FileBinding("notes.json")}
        return dataclasses.replace(layout, files=files)

    def prepare(self, world: World) -> None:
        """Whole at first."""
        super().prepare(world)
        world.files.put("notes.json", b'{"a": 1}')

    def trouble(self) -> None:
        with open("notes.json", "r+") as file:
            file.write('{"a": 1,')


class HangsAtStart(TinyBot):
    """Never gets as far as its first task."""

    def start_bot(self) -> Mapping[str, Callable[[], object]]:
        while True:
            pass


class NeverSteady(TinyBot):
    """Nothing is ever right for it."""

    def broken(self) -> bool:
        return True


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
    """A thread of its own writes what it is told, and sleeps never."""

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
    """A thread of its own sleeps, and the bot waits for what it will say."""

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


class GivesALayoutInSeconds(TinyBot):
    """Forgets the unit."""

    def layout(self) -> Layout:
        return dataclasses.replace(super().layout(), check=30)


class GivesATaskInSeconds(TinyBot):
    """Forgets the unit elsewhere."""

    def processes(self, world: World) -> Sequence[Process]:
        bot, monitor = super().processes(world)
        return [bot, dataclasses.replace(monitor, tasks=[Task("check", 30)])]


class HasTwins(TinyBot):
    """Two processes of one name."""

    def processes(self, world: World) -> Sequence[Process]:
        bot, monitor = super().processes(world)
        return [bot, dataclasses.replace(monitor, name="bot")]


class StartsAtOnce(TinyBot):
    """Gives its tasks instead of a function that gives them."""

    def processes(self, world: World) -> Sequence[Process]:
        bot, monitor = super().processes(world)
        return [dataclasses.replace(bot, start=self.start_bot()), monitor]  # type: ignore[arg-type]


class LayoutIsADict(TinyBot):
    """Its layout is plain."""

    def layout(self) -> Layout:
        return {}  # type: ignore[return-value]


class ProcessesAreNames(TinyBot):
    """Its processes have nothing but names; the operator watches them."""

    def processes(self, world: World) -> Sequence[Process]:
        return ["bot"]  # type: ignore[list-item]


class HealthIsPlain(TinyBot):
    """Its health is a dictionary."""

    def health(self) -> Health:
        return {"ok": True}  # type: ignore[return-value]


class StatusIsAWord(TinyBot):
    """Its statuses are words, one of them a wrong one once the feed is bad."""

    def health(self) -> Health:
        said = super().health()
        words = {"OK": "OK"}
        points = {
            fp: dataclasses.replace(each, status=words.get(each.status.value, "BAD"))  # type: ignore[arg-type]
            for fp, each in said.failure_points.items()
        }
        return dataclasses.replace(said, failure_points=points)


class OnDemand(TinyBot):
    """Has a check, and no process that calls it."""

    def processes(self, world: World) -> Sequence[Process]:
        return [Process("bot", self.start_bot, [Task("cycle", CYCLE)])]


class NoMonitor(TinyBot):
    """Nobody checks anything."""

    check = None  # type: ignore[assignment]

    def processes(self, world: World) -> Sequence[Process]:
        return [Process("bot", self.start_bot, [Task("cycle", CYCLE)])]


class NoProcess(TinyBot):
    """There is nothing to run."""

    check = None  # type: ignore[assignment]

    def processes(self, world: World) -> Sequence[Process]:
        return []


class CannotBeMade(TinyBot):
    """Needs something that is not there."""

    def __init__(self) -> None:
        raise OSError("no credentials")


class NotATarget:
    """Lacks everything but a name."""

    name = "nothing"


def make() -> TinyBot:
    """A callable that makes a target."""
    return TinyBot()


instance = TinyBot()


class SpillsAndDies(TinyBot):
    """Says its keys, and then the health cannot be had: the error itself holds a key."""

    def health(self) -> Health:
        print(dict(os.environ))
        raise ValueError(f"refused for {os.environ['APCA_API_SECRET_KEY']}")


class Mends(TinyBot):
    """Mends its feed by a script of its own, which the layout declares."""

    def layout(self) -> Layout:
        return dataclasses.replace(super().layout(), commands={"python3 mend.py": mend})

    def trouble(self) -> None:
        subprocess.run(["python3", "mend.py", "feed.json"], check=True)


def mend(argv: list[str]) -> None:
    """The script: it works in the directory of the process that runs it."""
    Path(argv[2]).write_text('{"price": 101.5}')


class DeclaresNonsense(TinyBot):
    """A command that has neither an answer nor something to run."""

    def layout(self) -> Layout:
        return dataclasses.replace(super().layout(), commands={"python3 mend.py": "mend.py"})


class DashboardIsAList(TinyBot):
    """Its rows have no names."""

    def dashboard(self) -> Any:
        """Rows, one after the other."""
        return [{"status": "OK"}]
