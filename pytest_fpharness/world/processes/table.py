"""The table of simulated processes and service units; nothing real is ever signalled."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from typing import Final

from pytest_fpharness.world.context import PortContext
from .entry import DEAD, RUNNING, STOPPED, ZOMBIE, Entry
from .host import NoHost, ProcessHost

FIRST_PID: Final = 4000


class ProcessTable:
    """Processes, units and who asked for what; the host runs the code of each process."""

    def __init__(self, context: PortContext) -> None:
        self.clock, self.actor, self.emit = context.clock, context.actor, context.emit
        self.entries: list[Entry] = []
        self.declared: dict[str, tuple[tuple[str, ...], str]] = {}  # name -> (argv, unit)
        self.host: ProcessHost = NoHost()
        self.restarts: dict[str, int] = {}
        # State of the service manager: see :mod:`~pytest_fpharness.world.processes.units`.
        self.pending: set[str] = set()  # processes whose automatic restart is due
        self.limited: set[str] = set()  # processes whose start limit was reached
        self.out_of_memory: set[int] = set()  # pids that the kernel killed for their memory
        self.journal: list[tuple[float, str, str]] = []  # (epoch seconds, unit, line)
        self._pid = FIRST_PID

    # -- what is there ------------------------------------------------------------------------

    def attach(self, host: ProcessHost) -> None:
        """Let ``host`` run the processes from now on."""
        self.host = host

    def declare(self, name: str, argv: Sequence[str], unit: str) -> None:
        """Make a process known; it does not run yet."""
        self.declared[name] = (tuple(argv), unit)

    def live(self) -> Iterator[Entry]:
        """Everything that has a pid: running, stopped, zombie."""
        return (entry for entry in self.entries if entry.status != DEAD)

    def current(self, name: str) -> Entry | None:
        """The newest incarnation of a process that is still in the table."""
        return next(
            (e for e in reversed(self.entries) if e.name == name and e.status != DEAD), None
        )

    def alive(self, name: str) -> bool:
        """Whether a process runs: neither stopped nor a zombie."""
        return any(e.name == name and e.status == RUNNING for e in self.entries)

    def by_pid(self, pid: int) -> Entry | None:
        return next((entry for entry in self.live() if entry.pid == pid), None)

    def of_unit(self, unit: str) -> list[str]:
        """Names of the processes that share a unit."""
        base = unit.removesuffix(".service")
        return [n for n, (_, u) in self.declared.items() if u.removesuffix(".service") == base]

    # -- what happens -------------------------------------------------------------------------

    def spawn(self, name: str, argv: Sequence[str] | None = None) -> Entry:
        """A new incarnation, with a new pid."""
        declared = self.declared.get(name, ((name,), ""))
        self._pid += 1
        started = self.clock.true_wall()
        entry = Entry(self._pid, name, tuple(argv or declared[0]), declared[1], started)
        entry.by = self.actor()
        self.entries.append(entry)
        self.limited.discard(name)
        self.emit("process.start", process=name, pid=entry.pid)
        if argv is None and name in self.declared:
            self.host.launch(entry)
        return entry

    def end(self, entry: Entry, signum: int = signal.SIGKILL, code: int | None = None) -> None:
        """One incarnation ends, by a signal or with an exit code."""
        if entry.status == DEAD:
            return
        entry.status = DEAD
        entry.code = -signum if code is None else code
        self.emit("process.exit", process=entry.name, pid=entry.pid, code=entry.code)
        if entry.failed:
            self.note(entry.unit, entry.ending)
        self.host.terminate(entry, signum)

    def note(self, unit: str, line: str) -> None:
        """A line of the unit's journal."""
        self.journal.append((self.clock.true_wall(), unit.removesuffix(".service"), line))

    def send(self, entry: Entry, signum: int) -> None:
        if signum == 0 or entry.status == ZOMBIE:
            return
        if signum == signal.SIGSTOP:
            entry.status = STOPPED
            self.emit("process.stop", process=entry.name, pid=entry.pid)
        elif signum == signal.SIGCONT:
            if entry.status == STOPPED:
                entry.status = RUNNING
                self.host.resume(entry)
        else:
            self.end(entry, signum)

    def stop_unit(self, unit: str) -> bool:
        """``systemctl stop``: False for an unknown unit."""
        names = self.of_unit(unit)
        for name in names:
            for entry in [e for e in self.live() if e.name == name]:
                self.end(entry, signal.SIGTERM)
        return bool(names)

    def start_unit(self, unit: str) -> bool:
        """``systemctl start``: what runs already stays; False for an unknown unit."""
        names = self.of_unit(unit)
        for name in names:
            if self.current(name) is None:
                self.spawn(name)
        return bool(names)

    def restart_unit(self, unit: str) -> bool:
        """``systemctl restart``; counted for the calling process (S27)."""
        names = self.of_unit(unit)
        if self.actor() in names:
            # The service manager outlives the process that asks for the restart.
            self.host.run_detached(lambda: self._restart(unit, names))
        elif names:
            self._restart(unit, names)
        return bool(names)

    def _restart(self, unit: str, names: Sequence[str]) -> None:
        self.restarts[unit] = self.restarts.get(unit, 0) + 1
        self.emit("process.restart", unit=unit, processes=names)
        self.stop_unit(unit)
        self.start_unit(unit)
