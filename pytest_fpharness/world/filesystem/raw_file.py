"""Files below Python's buffers: what a bot opens under the run's directory (S12)."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import IO, Any, Final, Protocol


class FileOwner(Protocol):
    """Receives the reads and writes of raw files."""

    def before_write(self, raw: WorldFile, count: int) -> int:
        """How many bytes may be written now; raises OSError when none may."""
        ...

    def closed(self, raw: WorldFile) -> None:
        """The file was closed by the bot."""
        ...


class WorldFile(io.FileIO):
    """A raw file whose writes and close go through the files port."""

    def __init__(
        self,
        owner: FileOwner,
        path: str,
        mode: str,
        role: str,
        actor: str,
        fd: int = -1,
        closefd: bool = True,
    ) -> None:
        self.owner = owner
        self.path = path
        self.role = role
        self.actor = actor
        self.written: list[bytes] = []
        self.abandoned = False  # the process was killed: nothing more reaches the disk (S8)
        super().__init__(path if fd < 0 else fd, mode, closefd)

    def write(self, data: Any) -> int:
        """Write what fits; raises OSError as a full or read-only disk does."""
        if self.abandoned:
            return len(data)
        chunk = bytes(data)
        fits = self.owner.before_write(self, len(chunk))
        count = super().write(chunk[:fits]) or 0
        self.written.append(chunk[:count])
        return count

    def close(self) -> None:
        """Close, and tell the port once."""
        if self.closed:
            return
        super().close()
        if not self.abandoned:
            self.owner.closed(self)


def wrap(raw: io.RawIOBase, mode: str, buffering: int, text: dict[str, Any]) -> IO[Any]:
    """The buffered or text file over ``raw`` that ``open`` would give; raises ValueError as it does."""
    binary = "b" in mode
    if buffering == 0:
        if not binary:
            raise ValueError("can't have unbuffered text I/O")
        return raw  # type: ignore[return-value]
    size = buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE
    buffer: Any
    if "+" in mode:
        buffer = io.BufferedRandom(raw, size)
    elif any(letter in mode for letter in "wax"):
        buffer = io.BufferedWriter(raw, size)
    else:
        buffer = io.BufferedReader(raw, size)
    if binary:
        return buffer  # type: ignore[no-any-return]
    return io.TextIOWrapper(buffer, line_buffering=buffering == 1, **text)


def raw_mode(mode: str) -> str:
    """The ``io.FileIO`` mode of an ``open`` mode."""
    return mode.replace("t", "").replace("b", "")


#: Given by the sequence itself; Python 3.13 refuses them a second time.
_IN_SEQUENCE: Final = ("st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size")


def changed_stat(real: os.stat_result, *, mtime_ns: int | None, size: int | None) -> os.stat_result:
    """A stat result with another modification time or size."""
    fields = list(real)[:10]
    names = [name for name in dir(real) if name.startswith("st_") and name not in _IN_SEQUENCE]
    extra = {name: getattr(real, name) for name in names}
    if size is not None:
        fields[6] = size
    if mtime_ns is not None:
        fields[8] = mtime_ns // 1_000_000_000
        # As time.time() is made: an age computed from both is exact to the microsecond.
        extra["st_mtime"] = mtime_ns // 1_000_000_000 + mtime_ns // 1000 % 1_000_000 / 1e6
        extra["st_mtime_ns"] = mtime_ns
    return os.stat_result(fields, extra)


Opener = Callable[..., IO[Any]]
