"""The environment and memory ports."""

from __future__ import annotations

import os
from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Final

VirtualMemory = namedtuple("VirtualMemory", ["total", "available", "percent", "used", "free"])

TOTAL_MEMORY: Final = 8 * 1024**3  # bytes
RESIDENT: Final = 80 * 1024**2  # bytes of a process that does not leak


class Environment:
    """``os.environ`` of the simulated processes; :meth:`restore` undoes all changes."""

    def __init__(self) -> None:
        self._before = dict(os.environ)

    def set(self, values: Mapping[str, str]) -> None:
        os.environ.update(values)

    def unset(self, name: str) -> str | None:
        """Remove a variable and return its old value."""
        return os.environ.pop(name, None)

    def restore(self) -> None:
        """Restore the environment from when this port was created."""
        os.environ.clear()
        os.environ.update(self._before)


class Memory:
    """Memory usage as ``psutil.virtual_memory`` reports it, in percent of the machine."""

    def __init__(self) -> None:
        self.percent = 40.0
        self.process_bytes: dict[str, int] = {}  # process name -> resident bytes
        self._read_listeners: list[Callable[[], None]] = []

    def add_read_listener(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever the usage is read; adding it twice has no effect."""
        if listener not in self._read_listeners:
            self._read_listeners.append(listener)

    def virtual(self) -> VirtualMemory:
        for listener in self._read_listeners:
            listener()
        used = int(TOTAL_MEMORY * self.percent / 100)
        return VirtualMemory(
            TOTAL_MEMORY, TOTAL_MEMORY - used, self.percent, used, TOTAL_MEMORY - used
        )
