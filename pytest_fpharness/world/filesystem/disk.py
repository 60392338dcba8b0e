"""The disk port: space, inodes and write protection. It raises errno errors and never uses chmod."""

from __future__ import annotations

import errno
import os
from collections import namedtuple
from collections.abc import Callable
from typing import Any, Final

DiskUsage = namedtuple("DiskUsage", ["total", "used", "free"])

TOTAL: Final = 50 * 10**9  # bytes of the virtual disk


class Disk:
    """Free bytes and write errors of the virtual disk that holds the run's directory."""

    def __init__(self) -> None:
        self.total = TOTAL
        self.used = 10 * 10**9
        self.inodes_free = 1_000_000
        self.read_only = False
        self._usage_listeners: list[Callable[[], None]] = []
        self.failed = 0  # writes and calls that failed so far

    @property
    def free(self) -> int:
        return max(0, self.total - self.used)

    def charge(self, count: int) -> int:
        """Use up to ``count`` bytes and return how many fit; raises OSError (ENOSPC) if none fits."""
        self.check_writable("")
        fits = min(count, self.free)
        if count and not fits:
            self.failed += 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.used += fits
        return fits

    def check_writable(self, path: str) -> None:
        """Raise OSError (EROFS) on a read-only file system."""
        if self.read_only:
            self.failed += 1
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    def check_inode(self, path: str) -> None:
        """Raise OSError (ENOSPC or EROFS) when no new file can be created."""
        self.check_writable(path)
        if self.inodes_free <= 0:
            self.failed += 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)

    def add_usage_listener(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever the usage is read; adding it twice has no effect."""
        if listener not in self._usage_listeners:
            self._usage_listeners.append(listener)

    def _notify(self) -> None:
        for listener in self._usage_listeners:
            listener()

    def usage(self) -> DiskUsage:
        self._notify()
        return DiskUsage(self.total, self.used, self.free)

    def statvfs(self, block: int = 4096) -> Any:
        self._notify()
        blocks, free = self.total // block, self.free // block
        inodes = 2_000_000
        return os.statvfs_result(
            (block, block, blocks, free, free, inodes, self.inodes_free, self.inodes_free, 0, 255)
        )
