"""State files: atomic writes with a verified last good copy, and reads that never guess."""

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
    """A state file is missing, unreadable or not of its shape."""


class MissingError(StateError):
    """There is no such file; what cannot be looked at is a plain StateError: it may be there."""


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


#: Python's own reader takes NaN and Infinity, which no comparison with a limit survives.
_STRICT: Final = json.JSONDecoder(parse_constant=_refuse)
#: Of what the vendor sends a single field may be broken; the other rows are still good.
_LENIENT: Final = json.JSONDecoder()
VENDOR: Final = "data/"
#: A longer log is rotated: with its copy it holds some months of a troubled bot.
MOST_BYTES: Final = 4_000_000


@functools.lru_cache(maxsize=4)
def decode_once(text: str) -> Any:
    """What the same text gave before, for files that are read more often than written.

    Nobody may change it. It is remembered by the text, never by a time stamp: those can lie.
    """
    return _STRICT.decode(text)


def read_json(
    path: str, valid: Valid = lambda content: True, decode: Decode = _STRICT.decode
) -> Any:
    """The content of a JSON file; raises StateError when it is torn, unreadable or not ``valid``.

    NaN and Infinity are no JSON, save in the vendor's data. A file that is not there raises
    MissingError, which is a StateError.
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
    """Replace a JSON file in one step; ``PATH.bak`` then holds the same, written after it.

    A reader sees the old content or the new one, never half. Raises OSError when the disk refuses.
    """
    data = json.dumps(content, sort_keys=True)
    _replace(path, data)
    if backup:
        _replace(f"{path}.bak", data)


def present(path: str) -> bool:
    """Whether anything is at the path, a broken link too; what cannot be told counts as yes."""
    try:
        os.lstat(path)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def append_line(path: str, record: dict[str, Any], *, after_error: bool = False) -> None:
    """Append one JSON line to a log; raises OSError when the disk refuses.

    ``after_error``: the last try may have left half a line, which must not swallow this one.
    """
    with open(path, "a", encoding="utf-8") as file:
        file.write("\n" * after_error + json.dumps(record, sort_keys=True) + "\n")


def rotate(path: str, most: int | None = None) -> None:
    """Move a log of more than ``most`` bytes to ``PATH.1``, in one step; the copy before is gone.

    No line is lost: whoever appends at this very moment appends to the copy. One process rotates a
    log, once in each of its rounds. A disk that refuses is asked again in the next round.
    """
    with suppress(OSError):
        if os.path.getsize(path) > (MOST_BYTES if most is None else most):
            os.replace(path, f"{path}.1")


def read_lines(path: str, last: int = 200) -> list[dict[str, Any]]:
    """The last JSON lines of a log; a torn line, or one that is no text, is left out."""
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
    """The last JSON objects of a log that grows, read on from where the last look ended.

    A rotation between two looks loses and doubles nothing: what is left of the copy comes first.
    """

    def __init__(self, path: str, keep: int = 500) -> None:
        self._path, self._offset = path, 0
        self._last = b""  # the line before the offset: another one there is another file
        self._kept: deque[dict[str, Any]] = deque(maxlen=keep)

    def lines(self, last: int) -> list[dict[str, Any]]:
        """Up to ``last`` objects, oldest first; a torn line is left out until it is whole."""
        try:
            if self._last and (data := self._rest(self._path)) is not None:
                self._take(data)
            else:
                self._begin_anew()
        except OSError:
            return []
        return list(self._kept)[-last:]

    def _rest(self, path: str) -> bytes | None:
        """What follows the offset in the file that was read before; None when this is another."""
        try:
            with open(path, "rb") as file:
                file.seek(self._offset - len(self._last))
                return file.read() if file.read(len(self._last)) == self._last else None
        except FileNotFoundError:
            return None

    def _begin_anew(self) -> None:
        """The first look, or another file is there: read on in the copy, or all of it."""
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
    """What is in a file; nothing where there is none. Raises OSError when it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _copy(path: str, newer: bytes) -> bytes:
    """What the last rotation left; not what was just read as ``newer``, and is rotated since."""
    older = _bytes(f"{path}.1")
    return b"" if newer and older.startswith(newer) else older


def writable(directory: str) -> str:
    """Why no file can be made and written in a directory, or an empty string."""
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
    """Write a file through to the disk; half a file is taken away again, for it holds space."""
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            os.unlink(path)
        raise
