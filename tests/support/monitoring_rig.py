"""The outside of a monitor under test: processes, services, the broker's clock and the webhooks."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import requests
import responses

from pytest_fpharness.reference_bot.settings import COMMANDS, Settings
from pytest_fpharness.reference_bot.trading.status import new_status

START = 1_767_712_450.0
BROKER = "https://paper.example"
HOOK = "https://hook.example/one"
HOOK_2 = "https://hook.example/two"
SETTINGS = Settings("uw", "https://uw.example", "key", "secret", BROKER, "", HOOK, HOOK_2, "PAPER")
PARTS = ("uw_flow_daemon", "bot", "monitor", "watchdog")


class Clock:
    def __init__(self) -> None:
        self.now = START

    def time(self) -> float:
        return self.now


class Rig:
    """A healthy outside, each part of which a test may break."""

    def __init__(self, clock: Clock, mock: responses.RequestsMock) -> None:
        self.clock = clock
        self.processes: dict[str, str] = dict.fromkeys(PARTS, "sleeping")
        self.extra_argv: list[list[str]] = []
        self.restarts: list[tuple[float, str]] = []
        self.on_restart: Callable[[str], None] = lambda unit: None
        self.service = {"ActiveState": "active", "Result": "success", "NRestarts": "0"}
        self.journal: list[str] = []
        self.memory, self.bot_memory = 40.0, 80 * 1024**2
        self.vendor_down = False
        self.clock_status = 200
        self.market_open = True
        self.held: list[dict[str, Any]] = []
        self.account: dict[str, Any] = {"buying_power": "90000"}
        self.refusing: set[str] = set()
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.fresh = True
        mock.add_callback("GET", f"{BROKER}/v2/clock", callback=self._clock)
        mock.add_callback("GET", f"{BROKER}/v2/account", callback=self._account)
        mock.add_callback("GET", f"{BROKER}/v2/positions", callback=self._positions)
        for url in (HOOK, HOOK_2):
            mock.add_callback("POST", url, callback=self._hook)

    def delivered(self, fp: str, url: str = HOOK) -> list[str]:
        return [alert["kind"] for to, alert in self.posts if to == url and alert["key"] == fp]

    def passes(self, check: Callable[[], dict[str, Any]], seconds: int) -> dict[str, Any]:
        """Checks every 30 s for so long, the first one now; the clock ends 30 s after the last."""
        snapshot: dict[str, Any] = {}
        for _ in range(seconds // 30):
            if self.fresh:
                self.refresh()
            snapshot = check()
            self.clock.now += 30
        return snapshot

    def refresh(self) -> None:
        """What the daemon and the bot write while they live."""
        now = self.clock.now
        write(
            "data/uw_flow_cache.json",
            {"AAPL": {"flow_trades": [{}]}, "_metadata": {"last_update": int(now)}},
        )
        write("state/bot_heartbeat.json", {"cycle": 1, "finished_at": now, "pid": 1})
        broker(last_ok=now)

    def process_iter(self, attrs: list[str]) -> list[SimpleNamespace]:
        rows = [(list(COMMANDS[name]), status) for name, status in self.processes.items()]
        rows += [(argv, "running") for argv in self.extra_argv]
        return [
            SimpleNamespace(
                info={
                    "pid": pid,
                    "cmdline": argv,
                    "status": status,
                    "memory_info": SimpleNamespace(rss=self.bot_memory),
                }
            )
            for pid, (argv, status) in enumerate(rows)
        ]

    def run(self, argv: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        if argv[0] == "journalctl":
            return subprocess.CompletedProcess(argv, 0, "".join(f"{x}\n" for x in self.journal), "")
        if argv[:2] == ["systemctl", "show"]:
            rows = "".join(f"{name}={value}\n" for name, value in self.service.items())
            return subprocess.CompletedProcess(argv, 0, rows, "")
        assert argv[:2] == ["systemctl", "restart"]
        assert options["timeout"] == 30
        self.restarts.append((self.clock.now, argv[2]))
        self.on_restart(argv[2])
        return subprocess.CompletedProcess(argv, 0, "", "")

    def connect(self, address: tuple[str, int], timeout: float) -> SimpleNamespace:
        if self.vendor_down:
            raise ConnectionRefusedError
        return SimpleNamespace(close=lambda: None)

    def _clock(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        return self.clock_status, {}, json.dumps({"is_open": self.market_open})

    def _account(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        return self.clock_status, {}, json.dumps(self.account)

    def _positions(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        return self.clock_status, {}, json.dumps(self.held)

    def _hook(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        if request.url in self.refusing:
            return 503, {}, ""
        self.posts.append((str(request.url), json.loads(request.body or b"")))
        return 200, {}, ""


def make_rig(monkeypatch: pytest.MonkeyPatch, home: Path, mock: responses.RequestsMock) -> Rig:
    """A rig in a home that holds what a healthy bot has."""
    clock = Clock()
    monkeypatch.setattr("time.time", clock.time)
    monkeypatch.chdir(home)
    for name in ("state/quarantine", "data", "logs"):
        (home / name).mkdir(parents=True)
    rig = Rig(clock, mock)
    monkeypatch.setattr(psutil, "process_iter", rig.process_iter)
    monkeypatch.setattr(subprocess, "run", rig.run)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(percent=rig.memory))
    monkeypatch.setattr("socket.create_connection", rig.connect)
    monkeypatch.setattr("os.fsync", lambda descriptor: None)
    from pytest_fpharness.reference_bot.flow.weights import neutral_weights

    for path in ("state/signal_weights.json", "state/signal_weights.json.bak"):
        write(path, {**neutral_weights(), "learned": True})
    write("state/governor_freezes.json", {"production": False})
    for name in ("positions", "cooldowns", "intents", "acks"):
        write(f"state/{name}.json", {})
    rig.refresh()
    return rig


def write(path: str, content: Any) -> None:
    Path(path).write_text(json.dumps(content), encoding="utf-8")


def read(path: str) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def lines(path: str, *records: dict[str, Any]) -> None:
    Path(path).write_text("".join(json.dumps(line) + "\n" for line in records), encoding="utf-8")


def broker(**changes: Any) -> None:
    """Write what the bot knows of its broker: healthy but for the changes."""
    write("state/broker_status.json", {**new_status(START), **changes})
