"""The files port: reads and writes of the bot in its working directory."""

from __future__ import annotations

import functools
import io
import json
import os
from collections.abc import Callable, Mapping
from typing import IO, Any, Final, Protocol

from pytest_fpharness.model.layout import FileBinding
from pytest_fpharness.world.context import PortContext
from pytest_fpharness.world.patching import original
from .codecs import CODECS, Codec, decoded
from .disk import Disk
from .raw_file import WorldFile, raw_mode, wrap
from .real_calls import REAL, exists

REAL_OPEN: Final[list[Any]] = [original(io, "open")]


class Overlay(Protocol):
    """A fault that changes how processes see one path."""

    def read(self, data: bytes | None, actor: str) -> bytes | None:
        """The content that ``actor`` gets for ``data``, None if missing; may raise OSError."""
        ...

    def mtime(self, real: int | None, actor: str) -> int | None:
        """The modification time (epoch ns) that ``actor`` sees."""
        ...

    def swallows_writes(self, actor: str) -> bool:
        """Whether writes of ``actor`` are lost."""
        ...


class Files:
    """Opens, reads, writes and renames files under ``root``, with overlays by faults."""

    def __init__(
        self,
        root: str,
        disk: Disk,
        context: PortContext,
        bindings: Mapping[str, FileBinding],
        memory_dirs: tuple[str, ...] = (),
    ) -> None:
        self.root = os.path.realpath(root)
        self.clock, self.actor, self.emit = context.clock, context.actor, context.emit
        self.disk = disk
        self.memory = Disk()
        self.memory_dirs = memory_dirs  # directories on the memory-backed disk
        self.bindings = dict(bindings)
        #: Whether a file outside the root, such as ``.env``, reads as an empty one.
        self.hidden: Callable[[str], bool] = lambda path: False
        self.free: tuple[str, ...] = ()  # writable directories beside the root, without faults
        self.confined = True  # whether writes outside the root are refused
        self.roles = {self.full(b.path): role for role, b in bindings.items()}
        self.overlays: dict[str, Overlay] = {}
        self.on_written: list[Callable[[str, str, str], None]] = []  # (role, path, actor)
        self.on_line: list[Callable[[str, str, str], None]] = []  # (log role, line, actor)
        #: (stamped role, process) -> when it last read the file (wall clock, ns) and the content it got.
        self.last_read: dict[tuple[str, str], tuple[int, Any]] = {}
        self.open_files: list[WorldFile] = []
        self._partial: dict[str, bytes] = {}
        self.stamped: set[str] = set()  # the bot set their times itself (S14)

    # -- paths --------------------------------------------------------------------------------

    def full(self, path: str) -> str:
        """The absolute path of a path relative to the root."""
        return os.path.normpath(os.path.join(self.root, path))

    def disk_of(self, path: str) -> Disk:
        """The disk that holds an absolute path under the root."""
        held = (self.full(name) + "/" for name in self.memory_dirs)
        return self.memory if path.startswith(tuple(held)) else self.disk

    def path_of(self, role: str) -> str:
        """The absolute path of a role; raises KeyError for a role the layout lacks."""
        return self.full(self.bindings[role].path)

    def inside(self, path: Any, dir_fd: int | None = None) -> str | None:
        """The absolute path if a simulated process means a file under the root, else None."""
        if not self.actor() or isinstance(path, int):
            return None
        text = os.fsdecode(path)
        if not text.startswith("/"):
            text = f"{os.getcwd() if dir_fd is None else _path_of(dir_fd)}/{text}"
        return _within(self.root, text)

    # -- opening ------------------------------------------------------------------------------

    def open(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Any = None,
    ) -> IO[Any]:
        """``open`` as a simulated process has it."""
        writing = any(letter in mode for letter in "wax+")
        fd = -1
        if writing and self.actor():
            if opener is not None:
                file, opener, closefd = opener(file, _flags(mode)), None, True
            if isinstance(file, int):
                fd = file
        path = self.inside(_path_of(fd) if fd >= 0 else file)
        if path is None or opener is not None:
            if writing and self.actor() and fd < 0:
                self.refuse_outside(os.fsdecode(file))
            elif self.actor() and not isinstance(file, int) and self.hidden(os.fsdecode(file)):
                file = os.devnull
            more = (buffering, encoding, errors, newline, closefd, opener)
            return REAL_OPEN[0](file, mode, *more)  # type: ignore[no-any-return]
        text = {"encoding": encoding or "utf-8", "errors": errors, "newline": newline}
        try:
            if not writing:
                return self._open_read(path, file, mode, buffering, text)
            return wrap(self._open_write(path, mode, fd, closefd), mode, buffering, text)
        except OSError as error:
            error.filename = file  # as the bot named it; the run's directory differs by worker
            raise

    def refuse_outside(self, path: str) -> None:
        """Raises PermissionError: a world with walls has nothing beyond the run's directory."""
        if path == os.devnull or not self.confined:
            return
        if any(_within(place, os.path.join(os.getcwd(), path)) for place in self.free):
            return
        self.emit("escape", what="file", detail=os.path.basename(path))
        raise PermissionError(13, "the world has no file outside the run's directory", path)

    def _open_read(
        self, path: str, file: Any, mode: str, buffering: int, text: dict[str, Any]
    ) -> IO[Any]:
        role, overlay = self.roles.get(path, ""), self.overlays.get(path)
        data: bytes | None = None
        opened: IO[Any]
        if overlay is None:  # no fault changes the file
            opened = REAL_OPEN[0](file, mode, buffering, **({} if "b" in mode else text))
        else:
            data = overlay.read(self.raw_bytes(path), self.actor())
            if data is None:
                raise FileNotFoundError(2, os.strerror(2), path)
            raw: Any = io.BytesIO(data)
            raw.name = path
            opened = wrap(raw, mode, buffering, text)
        if role and not role.startswith("log."):
            self.emit("file.read", role=role, **self._stamp_facts(role, path, data))
        return opened

    def _stamp_facts(self, role: str, path: str, data: bytes | None) -> dict[str, Any]:
        binding = self.bindings[role]
        if not binding.stamp:
            return {}
        content = decoded(binding.codec, (self.raw_bytes(path) or b"") if data is None else data)
        stamp, now = dig(content, binding.stamp), self.clock.wall_ns_true()
        self.last_read[role, self.actor()] = now, content
        if not isinstance(stamp, int | float):
            return {"age": None}
        return {"age": now - round(stamp * 1e9)}

    def _open_write(self, path: str, mode: str, fd: int = -1, closefd: bool = True) -> io.RawIOBase:
        role, actor = self.roles.get(path, ""), self.actor()
        overlay = self.overlays.get(path)
        if overlay is not None and overlay.swallows_writes(actor):
            return io.BytesIO()  # type: ignore[return-value]
        if not exists(path):
            self.disk_of(path).check_inode(path)
        self.disk_of(path).check_writable(path)
        if "w" in mode:
            self.stamped.discard(path)
        raw = WorldFile(self, path, raw_mode(mode), role, actor, fd, closefd)
        self.open_files.append(raw)
        return raw

    def before_write(self, raw: WorldFile, count: int) -> int:
        self.stamped.discard(raw.path)  # a write after ``os.utime`` has its own time
        return self.disk_of(raw.path).charge(count)

    def closed(self, raw: WorldFile) -> None:
        if not raw.written and raw not in self.open_files:
            return
        if raw in self.open_files:
            self.open_files.remove(raw)
        self._settle(raw.path)
        if raw.role.startswith("log."):
            self._lines(raw.role, b"".join(raw.written), raw.actor)
        elif raw.role:
            self.written(raw.role, raw.path, raw.actor)

    def _settle(self, path: str) -> None:
        if path not in self.stamped and exists(path):
            wall = self.clock.wall_ns()
            REAL["utime"](path, ns=(wall, wall))

    def written(self, role: str, path: str, actor: str) -> None:
        """Record that a role's file has new content, and tell who listens."""
        self.emit("file.write", role=role)
        for listener in self.on_written:
            listener(role, path, actor)

    def _lines(self, role: str, data: bytes, actor: str) -> None:
        *lines, rest = (self._partial.pop(role, b"") + data).split(b"\n")
        if rest:
            self._partial[role] = rest
        for line in lines:
            for listener in self.on_line:
                listener(role, line.decode("utf-8", "replace"), actor)

    def abandon(self, actor: str) -> None:
        """A process was killed: its open files close without a flush (S8)."""
        for raw in [raw for raw in self.open_files if raw.actor == actor]:
            raw.abandoned = True
            self.open_files.remove(raw)
            self._settle(raw.path)

    # -- the harness's own view ---------------------------------------------------------------

    def raw_bytes(self, path: str) -> bytes | None:
        """The bytes on the real disk, or None."""
        try:
            with REAL_OPEN[0](path, "rb") as file:
                return file.read()  # type: ignore[no-any-return]
        except (FileNotFoundError, IsADirectoryError):
            return None

    def state_of(self, path: str) -> tuple[int, ...] | None:
        """Identify the content on the real disk; it differs after any write. None for no file."""
        try:
            stat = REAL["stat"](path)
        except OSError:
            return None
        return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns

    def put(self, path: str, data: bytes | None) -> None:
        """Write or remove (None) a file as the world, not as the bot."""
        full = self.full(path)
        if data is None:
            if exists(full):
                REAL["unlink"](full)
            return
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with REAL_OPEN[0](full, "wb") as file:
            file.write(data)
        wall = self.clock.wall_ns()
        REAL["utime"](full, ns=(wall, wall))

    def codec_of(self, role: str) -> Codec:
        """The codec of a role's file; raises KeyError for an unbound role."""
        return CODECS.named(self.bindings[role].codec).codec

    def json(self, role: str) -> Any:
        """The parsed content of a role's file on the real disk, or None."""
        if role not in self.bindings:
            return None
        try:
            return json.loads(self.raw_bytes(self.path_of(role)) or b"null")
        except (ValueError, RecursionError):
            return None


@functools.lru_cache(maxsize=4096)
def _within(root: str, path: str) -> str | None:
    full = os.path.normpath(path)
    return full if full == root or full.startswith(root + "/") else None


def _path_of(fd: int) -> str:
    """The path of a descriptor, or an unused path where the system does not provide it."""
    try:
        target = os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return os.devnull
    return target if target.startswith("/") else os.devnull  # not so: pipe:[4711]


def _flags(mode: str) -> int:
    """The flags that ``open`` hands to an opener."""
    kinds = {"w": os.O_CREAT | os.O_TRUNC, "a": os.O_CREAT | os.O_APPEND}
    kinds["x"] = os.O_CREAT | os.O_EXCL
    extra = next((flags for letter, flags in kinds.items() if letter in mode), 0)
    return extra | (os.O_RDWR if "+" in mode else os.O_WRONLY) | os.O_CLOEXEC


def dig(content: Any, path: str) -> Any:
    """The value at a dotted path, or None."""
    for part in path.split("."):
        if not isinstance(content, dict) or part not in content:
            return None
        content = content[part]
    return content
