"""The ``os`` functions of simulated processes (stat, rename, unlink, ...), subject to faults."""

from __future__ import annotations

import builtins
import functools
import io
import os
import pathlib
import shutil
from typing import Any

from pytest_fpharness.world.patching import Patcher, behind
from .files import Files
from .raw_file import changed_stat
from .real_calls import REAL, exists


class OsCalls:
    """The functions of ``os`` and ``shutil`` that name files, as ``files`` has them."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._patcher = Patcher()

    def os_open(self, path: Any, flags: int, mode: int = 0o777, **more: Any) -> int:
        """``os.open``: refused as ``open`` would be; ``tempfile`` and ``touch`` begin with it."""
        full = self.files.inside(path, more.get("dir_fd"))
        if full is not None and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            if flags & os.O_CREAT and not exists(full):
                self.files.disk_of(full).check_inode(full)
            self.files.disk_of(full).check_writable(full)
        return REAL["open"](path, flags, mode, **more)  # type: ignore[no-any-return]

    def stat(self, path: Any, *, dir_fd: int | None = None, follow_symlinks: bool = True) -> Any:
        """``os.stat``, subject to the faults of the path."""
        full = self.files.inside(path, dir_fd)
        real = functools.partial(REAL["stat"], path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
        overlay = self.files.overlays.get(full) if full else None
        if overlay is None or full is None or getattr(overlay, "open_only", False):
            return real()
        data = overlay.read(self.files.raw_bytes(full), self.files.actor())
        if data is None:
            raise FileNotFoundError(2, os.strerror(2), path)
        result = real()
        mtime = overlay.mtime(result.st_mtime_ns, self.files.actor())
        return changed_stat(result, mtime_ns=mtime, size=len(data))

    def lstat(self, path: Any, *, dir_fd: int | None = None) -> Any:
        if self.files.inside(path, dir_fd) in self.files.overlays:
            return self.stat(path, dir_fd=dir_fd)
        return REAL["lstat"](path, dir_fd=dir_fd)

    def access(self, path: Any, mode: int, **more: Any) -> bool:
        full = self.files.inside(path, more.get("dir_fd"))
        if full in self.files.overlays:
            try:
                self.stat(path, dir_fd=more.get("dir_fd"))
            except OSError:
                return False
        if full and mode & os.W_OK and self.files.disk_of(full).read_only:
            return False
        return bool(REAL["access"](path, mode, **more))

    def replace(self, src: Any, dst: Any, **more: Any) -> None:
        """``os.replace`` and ``os.rename``: an atomic write, or one that a fault swallows."""
        source = self.files.inside(src, more.get("src_dir_fd"))
        target = self.files.inside(dst, more.get("dst_dir_fd"))
        if self.files.actor() and (target is None or source is None):
            self.files.refuse_outside(os.fsdecode(src if source is None else dst))
        if target is None:
            return REAL["replace"](src, dst, **more)  # type: ignore[no-any-return]
        self.files.disk_of(target).check_writable(target)
        overlay = self.files.overlays.get(target)
        if overlay is not None and overlay.swallows_writes(self.files.actor()):
            return REAL["unlink"](source or src)  # type: ignore[no-any-return]
        REAL["replace"](src, dst, **more)
        role = self.files.roles.get(target, "")
        gone = self.files.roles.get(source or "", "")
        if gone:
            self.files.emit("file.delete", role=gone)
        if role:
            self.files.written(role, target, self.files.actor())
        return None

    def unlink(self, path: Any, **more: Any) -> None:
        full = self.files.inside(path, more.get("dir_fd"))
        if full is not None:
            self.files.disk_of(full).check_writable(full)
        elif self.files.actor():
            self.files.refuse_outside(os.fsdecode(path))
        REAL["unlink"](path, **more)
        if full and (role := self.files.roles.get(full, "")):
            self.files.emit("file.delete", role=role)
            for listener in self.files.on_written:
                listener(role, full, self.files.actor())

    def listdir(self, path: Any = ".") -> list[str]:
        """``os.listdir`` in a stable order (S33)."""
        return sorted(REAL["listdir"](path))

    def utime(self, path: Any, times: Any = None, **more: Any) -> None:
        """``os.utime``: a time that the bot sets itself stays (S14)."""
        full = self.files.inside(path, more.get("dir_fd"))
        if full is not None:
            if times is None and "ns" not in more:
                wall = self.files.clock.wall_ns()
                more["ns"] = (wall, wall)
            else:
                self.files.stamped.add(full)
        if times is None:
            REAL["utime"](path, **more)
        else:
            REAL["utime"](path, times, **more)

    def mkdir(self, path: Any, mode: int = 0o777, **more: Any) -> None:
        full = self.files.inside(path, more.get("dir_fd"))
        if full is not None and not exists(full):
            self.files.disk_of(full).check_inode(full)
        REAL["mkdir"](path, mode, **more)

    def patch(self) -> None:
        """Put this port behind the file functions of the process."""
        replace = self._patcher.replace
        replace(builtins, "open", self.files.open)
        replace(io, "open", self.files.open)
        for name in ("stat", "lstat", "access", "replace", "unlink", "listdir", "utime", "mkdir"):
            replace(os, name, getattr(self, name))
        accessor = getattr(pathlib, "_NormalAccessor", None)  # Python 3.10 keeps its own references
        if accessor is not None:
            for name in ("stat", "replace", "unlink", "listdir", "mkdir"):
                replace(accessor, name, getattr(self, name))
            replace(accessor, "rename", self.replace)
            replace(accessor, "open", self.files.open)
        replace(os, "rename", self.replace)
        replace(os, "remove", self.unlink)
        replace(os, "open", self.os_open)
        usage = behind(shutil, "disk_usage")
        statvfs = REAL["statvfs"]
        files = self.files
        replace(os, "statvfs", lambda p: files.disk.statvfs() if files.actor() else statvfs(p))
        replace(shutil, "disk_usage", lambda p: files.disk.usage() if files.actor() else usage(p))

    def unpatch(self) -> None:
        self._patcher.undo()
