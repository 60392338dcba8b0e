"""Further ways in which a disk takes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pytest_fpharness.faults.base import MissingRole, fault
from pytest_fpharness.faults.machine import DiskFault, DiskFull
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.world import World

_OLD: Final = b"old\n"


@fault(
    "disk.no_inodes",
    "There is space, and no file can be made; what is open can be written on.",
    port="disk",
    persistence="pinned",
)
class NoInodes(DiskFault):
    """ENOSPC for each new file."""

    def inject(self) -> None:
        """Use the last inode up."""
        super().inject()
        self._before = self.world.disk.inodes_free
        self.world.disk.inodes_free = 0

    def undo(self) -> None:
        self.world.disk.inodes_free = self._before


@fault(
    "disk.old_logs",
    "Old copies of the logs, as a rotation leaves them, have filled the disk but for so many bytes.",
    ParamSpec("free", "count", "bytes left", default=50_000_000),
    port="disk",
    persistence="once",
    cleared_by="expiry",
)
class OldLogs(DiskFull):
    """Over once they are all removed, and nothing else can end it."""

    def __init__(self, world: World, params: Mapping[str, Any]) -> None:
        super().__init__(world, params)
        self._copies: dict[str, bytes | None] = {}  # by path, what was there before

    def inject(self) -> None:
        """Lay them down, MissingRole without a log; what they hold is accounted for, not written."""
        files = self.world.files
        logs = [b.path for role, b in files.bindings.items() if role.startswith("log.")]
        if not logs:
            raise MissingRole("log.*")
        super().inject()
        for path in (files.full(f"{log}.{number}") for log in logs for number in (1, 2)):
            self._copies.setdefault(path, files.raw_bytes(path))
            files.put(path, _OLD)

    def reapply(self) -> None:
        """DiskFull again; what was used before all this stays what it is."""
        used = self._used
        self.inject()
        self._used = used

    def undo(self) -> None:
        """Take away what is left of them; a copy of the bot's own stays or comes back."""
        super().undo()
        for path, before in self._copies.items():
            if self.world.files.raw_bytes(path) == _OLD:
                self.world.files.put(path, before)

    def clears(self, event: Event) -> bool:
        """The last one was removed by a task that ends now."""
        if event.kind != "task.end":
            return False
        return all(self.world.files.raw_bytes(path) is None for path in self._copies)
