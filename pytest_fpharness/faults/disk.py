"""Disk faults: full, read-only, without inodes, filled by old logs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.world import World
from .base import READER, Fault, MissingRole, fault

_OLD: Final = b"old\n"


class DiskFault(Fault):
    """The bot meets it when a call on the disk fails or it reads the free space."""

    witness = "a call on the disk fails, or the bot reads the free space"

    def inject(self) -> None:
        self._failed = self.world.disk.failed
        self.world.disk.add_usage_listener(self._usage_read)

    def _usage_read(self) -> None:
        self.record_hit("asked for the free space")

    def watch(self, event: Event) -> None:
        if self.world.disk.failed > getattr(self, "_failed", 1 << 60):
            self._failed = self.world.disk.failed
            if event.actor == READER:
                return
            self.record_hit_for("the disk refused", event.actor or "a process")


@fault(
    "disk.full",
    "Only the given number of bytes is free on the disk.",
    ParamSpec("free", "count", "free bytes", default=0),
    port="disk",
    persistence="pinned",
)
class DiskFull(DiskFault):
    def inject(self) -> None:
        super().inject()
        self._used = self.world.disk.used
        self.world.disk.used = self.world.disk.total - int(self.params["free"])

    def undo(self) -> None:
        self.world.disk.used = self._used


@fault("disk.read_only", "The file system is read-only.", port="disk", persistence="pinned")
class ReadOnly(DiskFault):
    def inject(self) -> None:
        super().inject()
        self.world.disk.read_only = True

    def undo(self) -> None:
        self.world.disk.read_only = False


@fault(
    "disk.no_inodes",
    "The disk has free space but no free inodes: no file can be created, open files can be written.",
    port="disk",
    persistence="pinned",
)
class NoInodes(DiskFault):
    def inject(self) -> None:
        super().inject()
        self._before = self.world.disk.inodes_free
        self.world.disk.inodes_free = 0

    def undo(self) -> None:
        self.world.disk.inodes_free = self._before


@fault(
    "disk.old_logs",
    "Rotated copies of the logs fill the disk; only the given number of bytes is free.",
    ParamSpec("free", "count", "free bytes", default=50_000_000),
    port="disk",
    persistence="once",
    cleared_by="expiry",
)
class OldLogs(DiskFull):
    """Ends when all copies are removed, and only then."""

    def __init__(self, world: World, params: Mapping[str, Any]) -> None:
        super().__init__(world, params)
        self._copies: dict[str, bytes | None] = {}  # path -> content before

    def inject(self) -> None:
        """Create the copies; their size counts as used but is not written. Raises MissingRole."""
        files = self.world.files
        logs = [b.path for role, b in files.bindings.items() if role.startswith("log.")]
        if not logs:
            raise MissingRole("log.*")
        super().inject()
        for path in (files.full(f"{log}.{number}") for log in logs for number in (1, 2)):
            self._copies.setdefault(path, files.raw_bytes(path))
            files.put(path, _OLD)

    def reapply(self) -> None:
        """Fill the disk again, but remember the usage from before the first injection."""
        used = self._used
        self.inject()
        self._used = used

    def undo(self) -> None:
        """Remove the remaining copies; restore or keep files of the bot with such names."""
        super().undo()
        for path, before in self._copies.items():
            if self.world.files.raw_bytes(path) == _OLD:
                self.world.files.put(path, before)

    def clears(self, event: Event) -> bool:
        """Whether the task that ends now has removed the last copy."""
        if event.kind != "task.end":
            return False
        return all(self.world.files.raw_bytes(path) is None for path in self._copies)
