"""The disk port: how much fits, whether it can be written, what fails. errno faults, never chmod."""

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
        self.on_usage: Callable[[], None] = lambda: None  # told when somebody asks for the space
        self.failed = 0  # writes and calls refused so far

    @property
    def free(self) -> int:
        return max(0, self.total - self.used)

    def charge(self, count: int) -> int:
        """How many of ``count`` bytes still fit; raises OSError (ENOSPC) when none does."""
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
        """Raise OSError when a new file can not be made."""
        self.check_writable(path)
        if self.inodes_free <= 0:
            self.failed += 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)

    def usage(self) -> DiskUsage:
        self.on_usage()
        return DiskUsage(self.total, self.used, self.free)

    def statvfs(self, block: int = 4096) -> Any:
        self.on_usage()
        blocks, free = self.total // block, self.free // block
        inodes = 2_000_000
        return os.statvfs_result(
            (block, block, blocks, free, free, inodes, self.inodes_free, self.inodes_free, 0, 255)
        )
