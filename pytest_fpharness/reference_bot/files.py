"""State files and logs: atomic writes with a backup, and validated reads."""

from __future__ import annotations

import functools
import json
import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

Valid = Callable[[Any], bool]
Decode = Callable[[str], Any]


class StateError(Exception):
    """A state file is missing, unreadable or malformed."""


class MissingError(StateError):
    """The file does not exist; one that cannot be accessed raises StateError instead."""


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


#: Python's own decoder accepts NaN and Infinity, which break comparisons with limits.
_STRICT: Final = json.JSONDecoder(parse_constant=_refuse)
#: In the vendor's data a single field may be broken while the other rows are still good.
_LENIENT: Final = json.JSONDecoder()
VENDOR: Final = "data/"
#: Logs above this size are rotated; with the copy that covers months of a failing bot.
MOST_BYTES: Final = 4_000_000


@functools.lru_cache(maxsize=4)
def decode_once(text: str) -> Any:
    """Decode JSON with a cache, for files that are read more often than written.

    The result must not be modified. The cache key is the text, not a timestamp: those can be wrong.
    """
    return _STRICT.decode(text)


def read_json(
    path: str, valid: Valid = lambda content: True, decode: Decode = _STRICT.decode
) -> Any:
    """Read a JSON file; raises StateError if it is unreadable, not JSON or not ``valid``.

    NaN and Infinity are accepted in the vendor's data only. A missing file raises MissingError,
    which is a StateError.
    """
    if path.startswith(VENDOR):
        decode = _LENIENT.decode
    try:
        with open(path, "rb") as file:
            content = decode(file.read().decode())
    except FileNotFoundError as error:
        raise MissingError(f"{path}: {error}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise StateError(f"{path}: {error}") from error
    if not valid(content):
        raise StateError(f"{path}: not of the expected shape")
    return content


def write_json(path: str, content: Any, *, backup: bool = True) -> None:
    """Replace a JSON file atomically, then write the same content to ``PATH.bak``.

    Readers see either the old or the new content. Raises OSError if it cannot be written.
    """
    data = json.dumps(content, sort_keys=True)
    _replace(path, data)
    if backup:
        _replace(f"{path}.bak", data)


def present(path: str) -> bool:
    """Whether the path exists, also as a broken link; True if that cannot be determined."""
    try:
        os.lstat(path)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def append_line(path: str, record: dict[str, Any], *, after_error: bool = False) -> None:
    """Append a JSON line to a log; raises OSError if it cannot be written.

    ``after_error``: start on a new line, because the failed write may have left half a line.
    """
    with open(path, "a", encoding="utf-8") as file:
        file.write("\n" * after_error + json.dumps(record, sort_keys=True) + "\n")


def rotate(path: str, most: int | None = None) -> None:
    """Move a log of more than ``most`` bytes to ``PATH.1`` atomically, replacing the last copy.

    No line is lost: a concurrent append goes to the copy. Only one process rotates a log, once per
    cycle; a failed rotation is tried again in the next one.
    """
    with suppress(OSError):
        if os.path.getsize(path) > (MOST_BYTES if most is None else most):
            os.replace(path, f"{path}.1")


def read_lines(path: str, last: int = 200) -> list[dict[str, Any]]:
    """The last JSON lines of a log, without those that are torn or not text."""
    try:
        newer = _bytes(path)
        lines = newer.splitlines()[-last:]
        if len(lines) < last:
            lines = [*_copy(path, newer).splitlines(), *lines][-last:]
    except OSError:
        return []
    rows = []
    for line in lines:
        with suppress(ValueError):
            rows.append(json.loads(line.decode(errors="replace")))
    return rows


class Tail:
    """Follow a growing log: each read continues where the last one ended.

    A rotation between two reads neither loses nor repeats a line: the rest of the copy comes first.
    """

    def __init__(self, path: str, keep: int = 500) -> None:
        self._path, self._offset = path, 0
        self._last = b""  # the line before the offset; if it differs, the file was replaced
        self._kept: deque[dict[str, Any]] = deque(maxlen=keep)

    def lines(self, last: int) -> list[dict[str, Any]]:
        """Up to ``last`` JSON objects, oldest first; a torn line is left out until it is complete."""
        try:
            if self._last and (data := self._rest(self._path)) is not None:
                self._take(data)
            else:
                self._start_over()
        except OSError:
            return []
        return list(self._kept)[-last:]

    def _rest(self, path: str) -> bytes | None:
        """The content after the offset, or None if this is a different file."""
        try:
            with open(path, "rb") as file:
                file.seek(self._offset - len(self._last))
                return file.read() if file.read(len(self._last)) == self._last else None
        except FileNotFoundError:
            return None

    def _start_over(self) -> None:
        """Read the log from its start, after the rest of a rotated copy or all of it."""
        newer = _bytes(self._path)
        older = self._rest(f"{self._path}.1") if self._last else None
        if older is None:
            self._kept.clear()
            older = _copy(self._path, newer)
        self._take(older)
        self._offset, self._last = 0, b""
        self._take(newer)

    def _take(self, data: bytes) -> None:
        lines = data[: data.rfind(b"\n") + 1].splitlines(keepends=True)
        self._offset += sum(map(len, lines))
        self._last = lines[-1] if lines else self._last
        for line in lines[-(self._kept.maxlen or 0) :]:
            with suppress(ValueError):
                row = json.loads(line)
                if isinstance(row, dict):
                    self._kept.append(row)


def _bytes(path: str) -> bytes:
    """The content of a file, empty if it is missing; raises OSError if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _copy(path: str, newer: bytes) -> bytes:
    """The rotated copy; empty if it is the content just read as ``newer``, rotated since."""
    older = _bytes(f"{path}.1")
    return b"" if newer and older.startswith(newer) else older


def writable(directory: str) -> str:
    """Why files cannot be written in a directory, or an empty string."""
    probe = f"{directory}/.probe.{os.getpid()}"
    try:
        _put(probe, "probe")
        os.unlink(probe)
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _replace(path: str, data: str) -> None:
    temporary = f"{path}.{os.getpid()}.tmp"
    _put(temporary, data)
    os.replace(temporary, path)


def _put(path: str, data: str) -> None:
    """Write a file and sync it to disk; remove a partial file, because it takes up space."""
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            os.unlink(path)
        raise
