"""``fp_disk``, ``fp_memory``, ``fp_env`` and ``fp_processes``: the machine."""

from __future__ import annotations

import os
import shlex
from typing import Any

from pytest_fpharness.desk.inline import Inline
from pytest_fpharness.desk.words import Held, choose, size


class DiskDesk:
    """The disk that holds the test's directory; reads elsewhere are the machine's own."""

    def __init__(self, inline: Inline) -> None:
        self._inline, self._disk = inline, inline.world.disk
        self._used = self._disk.used

    def fill(self) -> None:
        """Not one more byte fits (ENOSPC)."""
        self.leave(0)

    def leave(self, space: str | int) -> None:
        """Only so much fits: ``"10kB"``, ``"1MiB"`` or a number of bytes."""
        self._disk.used = self._disk.total - size(space)

    def read_only(self) -> None:
        """Every change fails (EROFS)."""
        self._disk.read_only = True

    def free(self) -> None:
        """A disk with space, and writable."""
        self._disk.used, self._disk.read_only = self._used, False

    @property
    def left(self) -> int:
        """Bytes that still fit."""
        return self._disk.free

    def fake(self, **options: Any) -> Any:
        """A whole file system of pyfakefs (its ``fs``), for absolute paths and exact capacity.

        From here to the end of the test every file is in it, and `fp_state` and the like see none.
        It hides child processes, sqlite and time zones that were not loaded before.
        """
        from pyfakefs.fake_filesystem_unittest import Patcher

        inline = self._inline
        inline.shut("disk")
        inline.shut("files")
        patcher = Patcher(**options)
        patcher.setUp()
        inline.stack.callback(patcher.tearDown)
        return patcher.fs


class MemoryDesk:
    """What ``psutil.virtual_memory`` says."""

    def __init__(self, inline: Inline) -> None:
        self._memory = inline.world.memory

    def use(self, percent: float) -> None:
        """So much of the memory is in use."""
        if not 0 <= percent <= 100:
            raise ValueError(f"memory is used from 0 to 100 percent, not {percent}")
        self._memory.percent = float(percent)

    @property
    def percent(self) -> float:
        """Percent of the memory in use."""
        return self._memory.percent


class EnvDesk:
    """Environment variables, as they were again after the test."""

    def __init__(self) -> None:
        # As it was when the fixture began, not when a name was first touched: monkeypatch may have
        # set it in between, and goes first.
        self._before = dict(os.environ)
        self._touched: set[str] = set()

    def set(self, **values: str) -> None:
        """Set variables: ``fp_env.set(TRADING_MODE="PAPER")``."""
        for name, value in values.items():
            self._touched.add(name)
            os.environ[name] = value

    def unset(self, *names: str) -> None:
        """Remove variables; one that is not there is all right."""
        for name in names:
            self._touched.add(name)
            os.environ.pop(name, None)

    def restore(self) -> None:
        """Give every touched variable back."""
        for name in self._touched:
            os.environ.pop(name, None)
            if name in self._before:
                os.environ[name] = self._before[name]


class ProcessesDesk:
    """Processes and units as ``pgrep``, ``systemctl``, ``psutil`` and ``os.kill`` see them."""

    def __init__(self, inline: Inline) -> None:
        self._inline, self._table = inline, inline.world.processes

    def run(self, name: str, unit: str = "", command: str = "") -> int:
        """Start a process, and give its pid; ``systemctl`` knows it by its unit."""
        self._table.declare(name, shlex.split(command) or ["python3", f"{name}.py"], unit)
        with self._inline.as_world():
            return self._table.spawn(name).pid

    def lookalike(self, command: str) -> int:
        """Start a process that only looks like one of the bot's, and give its pid."""
        with self._inline.as_world():
            return self._table.spawn(f"lookalike {command}", shlex.split(command)).pid

    def _named(self, name: str) -> str:
        return choose(name, self._table.declared, "a process that was started here")

    def kill(self, name: str) -> Held:
        """SIGKILL."""
        return self._inline.hold("process.kill", process=self._named(name))

    def zombie(self, name: str) -> Held:
        """It ended and nobody reaped it: its pid is there, nothing of it runs."""
        return self._inline.hold("process.zombie", process=self._named(name))

    def freeze(self, name: str) -> Held:
        """SIGSTOP: it is there, and does nothing."""
        return self._inline.hold("process.freeze", process=self._named(name))

    def alive(self, name: str) -> bool:
        """Whether it runs: neither stopped nor a zombie."""
        return self._table.alive(self._named(name))

    def pid(self, name: str) -> int | None:
        """The pid of its newest incarnation, or None."""
        entry = self._table.current(self._named(name))
        return entry.pid if entry else None

    def restarts(self, unit: str) -> int:
        """How often somebody restarted a unit, by its name or that of a process in it."""
        base = self._table.declared.get(unit, ((), unit))[1] or unit
        units = {u for _, u in self._table.declared.values() if u}
        if not self._table.of_unit(base):
            choose(unit, {*units, *self._table.declared}, "a unit that was started here")
        wanted = base.removesuffix(".service")
        counts = self._table.restarts.items()
        return sum(n for u, n in counts if u.removesuffix(".service") == wanted)

    def answers(self, command: str, stdout: str = "", stderr: str = "", code: int = 0) -> None:
        """What a command of the test's own answers: ``answers("df -h", stdout=...)``.

        The words given must be the first of the command that is run.
        """
        self._inline.world.commands.answers[tuple(shlex.split(command))] = (code, stdout, stderr)

    @property
    def commands(self) -> list[str]:
        """Every command that was run so far."""
        events = self._inline.world.timeline.of("command")
        return [str(event.facts["command"]) for event in events]
