"""State file faults: deleted, corrupt, unreadable, or written by another program."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Mapping
from typing import Any

from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.world import World
from .base import Fault, fault

FILE = ParamSpec("file", "file", "role of the file", required=True)
BACKUP = ParamSpec("backup", "flag", "change the bot's backup copy as well", default=False)
_CONTENT = ParamSpec(
    "content", "any", "the content: text is written as it is, other values as JSON", required=True
)


class FileFault(Fault):
    """Replaces the content of a file; ends when the bot writes other content (S11)."""

    witness = "a process of the bot reads the changed file"

    def __init__(self, world: World, params: Mapping[str, Any]) -> None:
        super().__init__(world, params)
        self.before: dict[str, bytes | None] = {}  # path -> content before the first injection

    def content(self, old: bytes | None) -> bytes | None:
        """Return the bytes that replace ``old``, or None to delete the file."""
        raise NotImplementedError

    def inject(self) -> None:
        role = str(self.params["file"])
        self.path, self.files = self.role(role), self.world.files
        old = self.files.raw_bytes(self.path)
        self.bad = self.content(old)
        copy = self.world.layout.files[role].backup if self.params.get("backup") else ""
        paths = [self.path, self.files.full(copy)] if copy else [self.path]
        for path in paths:
            self.before.setdefault(path, self.files.raw_bytes(path))
            self.files.put(path, self.bad)
        self.files.overlays[self.path] = self

    def undo(self) -> None:
        """Restore files that still have the bad content, but only when the harness lifts the fault."""
        self.files.overlays.pop(self.path, None)
        if not self.lifting:
            return
        for path, data in self.before.items():
            if self.files.raw_bytes(path) == self.bad:
                self.files.put(path, data)

    def clears(self, event: Event) -> bool:
        return (
            event.kind == "file.write"
            and event.facts["role"] == self.params["file"]
            and bool(event.actor)
            and self.files.raw_bytes(self.path) != self.bad
        )

    def read(self, data: bytes | None, actor: str) -> bytes | None:
        """Return the bytes on the disk; record a hit if they are the bad ones."""
        if data == self.bad:
            self.record_hit(f"read the {self.spec.name.split('.')[1]} file {self.params['file']}")
        return data

    def mtime(self, real: int | None, actor: str) -> int | None:
        return real

    def swallows_writes(self, actor: str) -> bool:
        """Let writes through: they end the fault."""
        return False


@fault("file.delete", "The file is missing.", FILE, BACKUP, port="files", cleared_by="rewrite")
class Delete(FileFault):
    def content(self, old: bytes | None) -> bytes | None:
        return None


@fault(
    "file.blocked",
    "A directory has the file's name, so the file cannot be read or created.",
    FILE,
    port="files",
)
class Blocked(Fault):
    witness = "a process of the bot cannot read the file"

    open_only = True

    def inject(self) -> None:
        self.path = self.role(str(self.params["file"]))
        self.before = self.world.files.raw_bytes(self.path)
        self.world.files.put(self.path, None)
        os.mkdir(self.path)
        self.world.files.overlays[self.path] = self

    def undo(self) -> None:
        """Remove the directory and restore the file, unless the bot has written it."""
        self.world.files.overlays.pop(self.path, None)
        if os.path.isdir(self.path):
            shutil.rmtree(self.path)
        if self.world.files.raw_bytes(self.path) is None:
            self.world.files.put(self.path, self.before)

    def read(self, data: bytes | None, actor: str) -> bytes | None:
        if actor:
            self.record_hit(f"could not read {self.params['file']}, a folder")
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), self.path)
        return None

    def mtime(self, real: int | None, actor: str) -> int | None:
        return real

    def swallows_writes(self, actor: str) -> bool:
        """Let writes through: renaming onto a directory fails."""
        return False


_DAMAGES = ("truncated", "empty", "nul", "not_json", "wrong_type", "bom")


@fault(
    "file.corrupt",
    "The file's content is damaged.",
    FILE,
    ParamSpec("how", "choice", "the damage", default="truncated", choices=_DAMAGES),
    BACKUP,
    port="files",
    cleared_by="rewrite",
)
class Corrupt(FileFault):
    def content(self, old: bytes | None) -> bytes | None:
        data = old or b"{}"
        return {
            "truncated": data[: max(1, len(data) // 2)],
            "empty": b"",
            "nul": b"\0" * max(16, len(data)),
            "not_json": b"<html>502 Bad Gateway</html>",
            "wrong_type": b'["not", "a", "mapping"]',
            "bom": b"\xff\xfe" + data,
        }[str(self.params["how"])]


@fault(
    "file.write",
    "Another program has written this content into the file.",
    FILE,
    _CONTENT,
    port="files",
    cleared_by="rewrite",
)
class Write(FileFault):
    def content(self, old: bytes | None) -> bytes | None:
        """The given content; ``<now+60>`` in it becomes an epoch time in seconds."""
        parameter = self.params["content"]
        text = parameter if isinstance(parameter, str) else json.dumps(parameter)
        return self._times(text).encode()

    def _times(self, text: str) -> str:
        import re

        now = self.world.clock.wall()
        return re.sub(r'"?<now([+-]\d+)?>"?', lambda m: str(int(now + int(m[1] or 0))), text)


@fault(
    "operator.writes",
    "A person writes this content into the file, as a manual step; this does not end other faults.",
    FILE,
    _CONTENT,
    port="files",
)
class OperatorWrites(Write):
    """For example an acknowledgement. The bot does not undo it, so only a lift ends it."""

    def clears(self, event: Event) -> bool:
        """Never: it is not damage that the bot repairs."""
        return False


@fault(
    "file.unreadable",
    "The file exists, but opening it fails with this error.",
    FILE,
    ParamSpec("error", "choice", "name of the errno", default="EACCES", choices=("EACCES", "EIO")),
    port="files",
    persistence="pinned",
)
class Unreadable(Fault):
    """EACCES or EIO, without chmod, which root ignores; ``stat`` still succeeds."""

    witness = "a process of the bot cannot read the file"

    open_only = True

    def inject(self) -> None:
        self.world.files.overlays[self.role(str(self.params["file"]))] = self

    def undo(self) -> None:
        self.world.files.overlays.pop(self.role(str(self.params["file"])), None)

    def read(self, data: bytes | None, actor: str) -> bytes | None:
        """Raise the error for a simulated process."""
        if not actor:
            return data
        self.record_hit(f"could not read {self.params['file']}")
        code = getattr(errno, str(self.params["error"]))
        raise OSError(code, os.strerror(code))

    def mtime(self, real: int | None, actor: str) -> int | None:
        return real

    def swallows_writes(self, actor: str) -> bool:
        """Let writes through: they fail at the rename, as on a real disk."""
        return False
