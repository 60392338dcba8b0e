"""State files: deleted, corrupt, written by somebody else, unreadable."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Mapping
from typing import Any

from pytest_fpharness.faults.base import Fault, fault
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.world import World

FILE = ParamSpec("file", "file", "the file's role", required=True)
BACKUP = ParamSpec("backup", "flag", "the bot's backup copy as well", default=False)
_CONTENT = ParamSpec(
    "content", "any", "the content: text as it is, everything else as JSON", required=True
)


class FileFault(Fault):
    """Puts bad bytes on the disk; ends when the bot writes others (S11)."""

    witness = "a process of the bot reads what was put there"

    def __init__(self, world: World, params: Mapping[str, Any]) -> None:
        super().__init__(world, params)
        self.before: dict[str, bytes | None] = {}  # by path, as it was before the first injection

    def content(self, old: bytes | None) -> bytes | None:
        """The bytes to put in place of ``old``; None deletes."""
        raise NotImplementedError

    def inject(self) -> None:
        """Replace the file, and its backup copy if asked."""
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
        """Stop watching; what lies on the disk stays, for the bot has written it."""
        self.files.overlays.pop(self.path, None)
        if not self.lifting:
            return
        for path, data in self.before.items():
            if self.files.raw_bytes(path) == self.bad:
                self.files.put(path, data)

    def clears(self, event: Event) -> bool:
        """The bot put other bytes there."""
        return (
            event.kind == "file.write"
            and event.facts["role"] == self.params["file"]
            and bool(event.actor)
            and self.files.raw_bytes(self.path) != self.bad
        )

    def read(self, data: bytes | None, actor: str) -> bytes | None:
        """What lies on the disk; met when that is what we put there."""
        if data == self.bad:
            self.record_hit(f"read the {self.spec.name.split('.')[1]} file {self.params['file']}")
        return data

    def mtime(self, real: int | None, actor: str) -> int | None:
        return real

    def swallows_writes(self, actor: str) -> bool:
        """Writes go through: they are what ends the fault."""
        return False


@fault("file.delete", "The file is gone.", FILE, BACKUP, port="files", cleared_by="rewrite")
class Delete(FileFault):
    def content(self, old: bytes | None) -> bytes | None:
        return None


@fault(
    "file.blocked",
    "The file is gone, and a folder stands in its place: it cannot be created.",
    FILE,
    port="files",
)
class Blocked(Fault):
    """An empty folder of the file's name."""

    witness = "a process of the bot cannot read the file"

    open_only = True

    def inject(self) -> None:
        """Put a folder in the file's place."""
        self.path = self.role(str(self.params["file"]))
        self.before = self.world.files.raw_bytes(self.path)
        self.world.files.put(self.path, None)
        os.mkdir(self.path)
        self.world.files.overlays[self.path] = self

    def undo(self) -> None:
        """Take the folder away and put the file back, unless the bot has done so."""
        self.world.files.overlays.pop(self.path, None)
        if os.path.isdir(self.path):
            shutil.rmtree(self.path)
        if self.world.files.raw_bytes(self.path) is None:
            self.world.files.put(self.path, self.before)

    def read(self, data: bytes | None, actor: str) -> bytes | None:
        """Not to be read by a simulated process."""
        if actor:
            self.record_hit(f"could not read {self.params['file']}, a folder")
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), self.path)
        return None

    def mtime(self, real: int | None, actor: str) -> int | None:
        return real

    def swallows_writes(self, actor: str) -> bool:
        """The rename fails, as onto any folder."""
        return False


_HOWS = ("truncated", "empty", "nul", "not_json", "wrong_type", "bom")


@fault(
    "file.corrupt",
    "The file's content is damaged.",
    FILE,
    ParamSpec("how", "choice", "what happened to it", default="truncated", choices=_HOWS),
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
    "Somebody else wrote this into the file.",
    FILE,
    _CONTENT,
    port="files",
    cleared_by="rewrite",
)
class Write(FileFault):
    def content(self, old: bytes | None) -> bytes | None:
        """The given content; ``<now+60>`` in it is an epoch time."""
        parameter = self.params["content"]
        text = parameter if isinstance(parameter, str) else json.dumps(parameter)
        return self._times(text).encode()

    def _times(self, text: str) -> str:
        import re

        now = self.world.clock.wall()
        return re.sub(r'"?<now([+-]\d+)?>"?', lambda m: str(int(now + int(m[1] or 0))), text)


@fault(
    "operator.writes",
    "A person writes this into the file, as a manual step says: an act that ends no other fault.",
    FILE,
    _CONTENT,
    port="files",
)
class OperatorWrites(Write):
    """As an acknowledgement; nobody has to undo it, so only a lift of everything ends it."""

    def clears(self, event: Event) -> bool:
        """It is no damage that somebody mends."""
        return False


@fault(
    "file.unreadable",
    "Opening the file fails with an error of the operating system; it is still there.",
    FILE,
    ParamSpec("error", "choice", "the errno name", default="EACCES", choices=("EACCES", "EIO")),
    port="files",
    persistence="pinned",
)
class Unreadable(Fault):
    """EACCES or EIO; never by chmod, which root reads through. A look by stat still succeeds."""

    witness = "a process of the bot cannot read the file"

    open_only = True

    def inject(self) -> None:
        self.world.files.overlays[self.role(str(self.params["file"]))] = self

    def undo(self) -> None:
        self.world.files.overlays.pop(self.role(str(self.params["file"])), None)

    def read(self, data: bytes | None, actor: str) -> bytes | None:
        """Raises the error for a simulated process."""
        if not actor:
            return data
        self.record_hit(f"could not read {self.params['file']}")
        code = getattr(errno, str(self.params["error"]))
        raise OSError(code, os.strerror(code))

    def mtime(self, real: int | None, actor: str) -> int | None:
        return real

    def swallows_writes(self, actor: str) -> bool:
        """Writes fail at the rename, as on a real disk; they are not swallowed."""
        return False
