"""A fake machine for the bot: processes, service manager, memory and disk."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

import psutil
import requests

from pytest_fpharness.reference_bot.monitoring.checks import account, broker, network
from pytest_fpharness.reference_bot.settings import COMMANDS
from .hosts import Hosts

#: A healthy machine: memory in use in percent, bytes per process, bytes of the disk.
MEMORY_PERCENT: Final = 41.0
PROCESS_BYTES: Final = 60 * 1024**2
DISK: Final = SimpleNamespace(total=100 * 10**9, used=38 * 10**9, free=62 * 10**9)
#: Addresses that are not faked, for the dashboard.
LOCAL: Final = ("127.0.0.1", "localhost")
_CONNECT: Final = socket.create_connection

Step = Callable[[], object]


@dataclass
class Part:
    """A simulated process of the bot: ``start`` creates its step, which runs every ``period`` s."""

    start: Callable[[], Step]
    period: float
    unit: str
    alive: bool = True
    due: float = 0.0
    step: Step | None = None


class Machine:
    """Run the parts in turn, and fake the system calls with which they inspect the machine."""

    def __init__(self, parts: dict[str, Part], hosts: Hosts) -> None:
        self.parts, self.hosts = parts, hosts

    def turn(self) -> float:
        """Run the parts that are due; returns the seconds until the next one is."""
        for part in self.parts.values():
            if part.alive and part.due <= time.time():
                part.due = time.time() + part.period
                part.step = part.step or part.start()
                part.step()
        due = [part.due for part in self.parts.values() if part.alive]
        return max(0.0, min(due, default=0.0) - time.time())

    def kill(self, name: str) -> None:
        """End a process until its unit is restarted."""
        part = self.parts[name]
        part.alive, part.step = False, None

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Replace requests, process list and service manager of this Python process by the demo's."""
        seams: list[tuple[Any, str, Any]] = [
            (requests.Session, "get_adapter", lambda session, url: self.hosts),
            (socket, "create_connection", self._connect),
            (psutil, "process_iter", self._processes),
            (psutil, "virtual_memory", lambda: SimpleNamespace(percent=MEMORY_PERCENT)),
            (shutil, "disk_usage", lambda path: DISK),
            (subprocess, "run", self._run),
            # The demo's market never closes.
            *(
                (module, "session_matters", lambda now: True)
                for module in (account, broker, network)
            ),
        ]
        before = [(owner, name, getattr(owner, name)) for owner, name, _ in seams]
        try:
            for owner, name, value in seams:
                setattr(owner, name, value)
            yield
        finally:
            for owner, name, value in before:
                setattr(owner, name, value)

    def _connect(self, address: tuple[str, int], *more: Any, **options: Any) -> socket.socket:
        if address[0] in LOCAL:
            return _CONNECT(address, *more, **options)
        if address[0] in self.hosts.down:
            raise ConnectionRefusedError("refused by the demo")
        return socket.socket()  # not connected: the caller only tests that it can connect

    def _processes(self, attributes: Sequence[str]) -> Iterator[SimpleNamespace]:
        for pid, (name, part) in enumerate(self.parts.items(), start=1000):
            if part.alive:
                memory = SimpleNamespace(rss=PROCESS_BYTES)
                info = {"pid": pid, "cmdline": list(COMMANDS[name]), "status": "sleeping"}
                yield SimpleNamespace(info={**info, "memory_info": memory})

    def _run(self, argv: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """``systemctl show`` and ``restart`` of the bot's units, and an empty ``journalctl``."""
        part = next((p for p in self.parts.values() if p.unit in argv), None)
        if argv[0] == "journalctl" or part is None:
            return subprocess.CompletedProcess(list(argv), 0 if part else 5, "", "no such unit")
        if argv[1] == "restart":
            part.alive, part.step, part.due = True, None, 0.0
            return subprocess.CompletedProcess(list(argv), 0, "", "")
        state = "active" if part.alive else "inactive"
        text = f"ActiveState={state}\nResult=success\nNRestarts=0\nExecMainStatus=0\n"
        return subprocess.CompletedProcess(list(argv), 0, text, "")
