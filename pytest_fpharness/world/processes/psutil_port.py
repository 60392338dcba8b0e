"""What ``psutil`` and the ``os`` process functions answer, from the process table."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any, Final

import psutil

from pytest_fpharness.world.context import PortContext
from pytest_fpharness.world.filesystem.disk import Disk
from pytest_fpharness.world.patching import Patcher, behind, install_switches, original
from .entry import Entry
from .environment import RESIDENT, Memory
from .table import ProcessTable

REAL: Final[dict[str, Any]] = {
    "kill": original(os, "kill"),
    "getpid": original(os, "getpid"),
    "Process": psutil.Process,
}
PARTS: Final = ("processes", "memory", "disk")
_STATUS: Final = {"running": psutil.STATUS_SLEEPING, "stopped": psutil.STATUS_STOPPED}


class PsutilProcess:
    """One entry of the process table, as ``psutil.Process`` shows it."""

    def __init__(self, table: ProcessTable, entry: Entry, memory: Memory) -> None:
        self._table, self._entry, self._memory = table, entry, memory
        self.pid = entry.pid
        self.info: dict[str, Any] = {}

    def _check(self) -> None:
        if self._table.by_pid(self.pid) is None:
            raise psutil.NoSuchProcess(self.pid)

    def name(self) -> str:
        self._check()
        return os.path.basename(self._entry.argv[0])

    def cmdline(self) -> list[str]:
        """The arguments; a zombie has none."""
        self._check()
        return [] if self._entry.status == "zombie" else list(self._entry.argv)

    def status(self) -> str:
        self._check()
        return _STATUS.get(self._entry.status, psutil.STATUS_ZOMBIE)

    def is_running(self) -> bool:
        """Whether the pid is in the table; true for a zombie, as in psutil."""
        return self._table.by_pid(self.pid) is not None

    def create_time(self) -> float:
        """Epoch seconds of the start."""
        return self._entry.started

    def memory_info(self) -> Any:
        rss = self._memory.process_bytes.get(self._entry.name, RESIDENT)
        return _Rss(rss, rss)

    def memory_percent(self, memtype: str = "rss") -> float:
        return float(100.0 * self.memory_info().rss / self._memory.virtual().total)

    def terminate(self) -> None:
        self._table.send(self._entry, signal.SIGTERM)

    def kill(self) -> None:
        self._table.send(self._entry, signal.SIGKILL)

    def as_dict(self, attrs: Any = None, ad_value: Any = None) -> dict[str, Any]:
        """The named attributes; ``ad_value`` for those the world lacks."""
        names = attrs or ["pid", "name", "cmdline", "status", "create_time"]
        values: dict[str, Any] = {}
        for name in names:
            value = getattr(self, name, ad_value)
            values[name] = value() if callable(value) else value
        return values


class _Rss:
    def __init__(self, rss: int, vms: int) -> None:
        self.rss, self.vms = rss, vms


class PsUtils:
    """Puts the process table, memory and disk behind ``psutil`` and ``os``."""

    def __init__(
        self,
        table: ProcessTable,
        memory: Memory,
        disk: Disk,
        context: PortContext,
    ) -> None:
        self.table, self.memory, self.disk = table, memory, disk
        self.actor, self.emit = context.actor, context.emit
        self._patchers = {part: Patcher() for part in PARTS}

    def process(self, pid: int | None = None) -> Any:
        """As ``psutil.Process``; raises psutil.NoSuchProcess."""
        own = self.getpid()
        entry = self.table.by_pid(own if pid is None else pid)
        if entry is None:
            if pid in (None, own):  # a real process, not a simulated one
                real = object.__new__(REAL["Process"])
                real.__init__(own)
                return real
            raise psutil.NoSuchProcess(pid or 0)
        return PsutilProcess(self.table, entry, self.memory)

    def process_iter(self, attrs: Any = None, ad_value: Any = None) -> Iterator[PsutilProcess]:
        self.emit("processes.read")
        for entry in list(self.table.live()):
            process = PsutilProcess(self.table, entry, self.memory)
            if attrs is not None:
                process.info = process.as_dict(attrs, ad_value)
            yield process

    def getpid(self) -> int:
        """The pid of the running simulated process, or the real one."""
        entry = self.table.current(self.actor())
        return entry.pid if entry else int(REAL["getpid"]())

    def pid_exists(self, pid: int) -> bool:
        return self.table.by_pid(pid) is not None or pid == self.getpid()

    def kill(self, pid: int, signum: int) -> None:
        """``os.kill`` on the process table; raises ProcessLookupError."""
        if not self.actor():
            REAL["kill"](pid, signum)
            return
        entry = self.table.by_pid(pid)
        if entry is None and pid == self.getpid() and signum == 0:
            return
        if entry is None:
            raise ProcessLookupError(3, "No such process")
        self.table.send(entry, signum)

    def _asked(self, ours: Callable[..., Any], real: Callable[..., Any]) -> Callable[..., Any]:
        """A simulated process gets our answer, everybody else that of the machine."""

        def ask(*args: Any, **more: Any) -> Any:
            return (ours if self.actor() else real)(*args, **more)

        return ask

    def patch(self, *parts: str) -> None:
        """Put this port, or these parts of it, behind ``psutil`` and ``os``."""
        install_switches([(psutil.Process, "__new__")])
        for part in parts or PARTS:
            for owner, name, ours in getattr(self, f"_{part}")():
                answer = ours if name == "__new__" else self._asked(ours, behind(owner, name))
                self._patchers[part].replace(owner, name, answer)

    def unpatch(self, *parts: str) -> None:
        for part in parts or PARTS:
            self._patchers[part].undo()

    def _new_process(self, cls: type, pid: int | None = None) -> Any:
        """``psutil.Process.__new__``: what the actor is to see."""
        return self.process(pid) if self.actor() else object.__new__(cls)

    def _processes(self) -> list[tuple[Any, str, Any]]:
        return [
            (psutil, "process_iter", self.process_iter),
            (psutil, "pids", lambda: [entry.pid for entry in self.table.live()]),
            (psutil, "pid_exists", self.pid_exists),
            (psutil.Process, "__new__", self._new_process),
            (os, "getpid", self.getpid),
            (os, "kill", self.kill),
        ]

    def _memory(self) -> list[tuple[Any, str, Any]]:
        return [(psutil, "virtual_memory", self.memory.virtual)]

    def _disk(self) -> list[tuple[Any, str, Any]]:
        return [(psutil, "disk_usage", lambda path: self.disk.usage())]
