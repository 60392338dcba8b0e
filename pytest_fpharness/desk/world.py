"""``fp_world`` and ``pytest_fpharness.world()``: all ports at once."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from pytest_fpharness.desk.clock import ClockDesk
from pytest_fpharness.desk.files import CacheDesk, StateDesk
from pytest_fpharness.desk.hosts import AlpacaDesk, NetworkDesk, UwApiDesk
from pytest_fpharness.desk.inline import Inline
from pytest_fpharness.desk.logs import LogsDesk
from pytest_fpharness.desk.machine import DiskDesk, EnvDesk, MemoryDesk, ProcessesDesk
from pytest_fpharness.model.timeline import Timeline
from pytest_fpharness.world.world import DEFAULT_START


class Desk:
    """The control objects of one world; each opens its ports when it is first asked for."""

    def __init__(self, home: Callable[[], str], start: str = DEFAULT_START) -> None:
        self._inline = Inline(home, start)

    @cached_property
    def clock(self) -> ClockDesk:
        """Time."""
        self._inline.open("clock")
        return ClockDesk(self._inline)

    @cached_property
    def uw_cache(self) -> CacheDesk:
        """The vendor's cache."""
        self._inline.open("files")
        return CacheDesk(self._inline)

    @cached_property
    def state(self) -> StateDesk:
        """The bot's state files."""
        self._inline.open("files")
        return StateDesk(self._inline)

    @cached_property
    def uw_api(self) -> UwApiDesk:
        """The data vendor."""
        self._inline.open("http")
        return UwApiDesk(self._inline)

    @cached_property
    def alpaca(self) -> AlpacaDesk:
        """The broker."""
        self._inline.open("http")
        return AlpacaDesk(self._inline)

    @cached_property
    def network(self) -> NetworkDesk:
        """All hosts."""
        self._inline.open("http")
        return NetworkDesk(self._inline)

    @cached_property
    def disk(self) -> DiskDesk:
        """The disk."""
        self._inline.open("disk")
        return DiskDesk(self._inline)

    @cached_property
    def memory(self) -> MemoryDesk:
        """The memory."""
        self._inline.open("memory")
        return MemoryDesk(self._inline)

    @cached_property
    def processes(self) -> ProcessesDesk:
        """Processes and units."""
        self._inline.open("processes")
        return ProcessesDesk(self._inline)

    @cached_property
    def env(self) -> EnvDesk:
        """Environment variables."""
        desk = EnvDesk()
        self._inline.stack.callback(desk.restore)
        return desk

    @cached_property
    def logs(self) -> LogsDesk:
        """Logs."""
        self._inline.open("directory")
        desk = LogsDesk(self.root)
        desk.start()
        self._inline.stack.callback(desk.stop)
        return desk

    def open_all(self) -> None:
        """Put every port behind the process."""
        self._inline.open("files", "disk", "memory", "processes", "http")
        for name in ("clock", "uw_cache", "state", "uw_api", "alpaca", "disk"):
            getattr(self, name)
        for name in ("memory", "processes", "network", "env", "logs"):
            getattr(self, name)

    @property
    def root(self) -> Path:
        """The test's directory, once a fixture that has to do with files is in use."""
        return Path(self._inline.world.root)

    @property
    def timeline(self) -> Timeline:
        """Everything that happened so far."""
        return self._inline.world.timeline

    def close(self) -> None:
        """Give everything back."""
        self._inline.close()


@contextlib.contextmanager
def world(start: str = DEFAULT_START) -> Iterator[Desk]:
    """All ports for the length of a block, in a directory of its own; for hypothesis tests.

    Within another world it takes that one's place until the block ends.
    """
    memory = "/dev/shm"
    fast = memory if os.path.isdir(memory) and os.access(memory, os.W_OK) else None
    root = tempfile.mkdtemp(prefix="fp-", dir=fast)
    desk = Desk(lambda: root, start)
    try:
        desk.open_all()
        yield desk
    finally:
        desk.close()
        shutil.rmtree(root, ignore_errors=True)
