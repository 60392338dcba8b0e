"""The environment and memory ports."""

from __future__ import annotations

import os
from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Final

VirtualMemory = namedtuple("VirtualMemory", ["total", "available", "percent", "used", "free"])

TOTAL_MEMORY: Final = 8 * 1024**3  # bytes
RESIDENT: Final = 80 * 1024**2  # bytes of a process of which nothing else is said


class Environment:
    """``os.environ`` of the simulated processes; given back by :meth:`restore`."""

    def __init__(self) -> None:
        self._before = dict(os.environ)

    def set(self, values: Mapping[str, str]) -> None:
        os.environ.update(values)

    def unset(self, name: str) -> str | None:
        """Remove a variable and return what it was."""
        return os.environ.pop(name, None)

    def restore(self) -> None:
        """The environment as it was when this port was made."""
        os.environ.clear()
        os.environ.update(self._before)


class Memory:
    """What ``psutil.virtual_memory`` reads, in percent of the machine."""

    def __init__(self) -> None:
        self.percent = 40.0
        self.process_bytes: dict[str, int] = {}  # process name -> resident bytes
        self.on_read: Callable[[], None] = lambda: None

    def virtual(self) -> VirtualMemory:
        self.on_read()
        used = int(TOTAL_MEMORY * self.percent / 100)
        return VirtualMemory(
            TOTAL_MEMORY, TOTAL_MEMORY - used, self.percent, used, TOTAL_MEMORY - used
        )
