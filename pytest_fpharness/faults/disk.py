"""Further ways in which a disk takes nothing."""

from __future__ import annotations

from pytest_fpharness.faults.base import fault
from pytest_fpharness.faults.machine import DiskFault, Full
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec


@fault(
    "disk.no_inodes",
    "There is space, and no file can be made; what is open can be written on.",
    port="disk",
    hold="pinned",
)
class NoInodes(DiskFault):
    """ENOSPC for each new file."""

    def inject(self) -> None:
        """Use the last inode up."""
        super().inject()
        self._before = self.world.disk.inodes_free
        self.world.disk.inodes_free = 0

    def undo(self) -> None:
        """Give them back."""
        self.world.disk.inodes_free = self._before


@fault(
    "disk.old_logs",
    "Old copies of the logs, as a rotation leaves them, have filled the disk but for so many bytes.",
    ParamSpec("free", "count", "bytes left", default=50_000_000),
    port="disk",
    hold="once",
    cleared_by="expiry",
)
class OldLogs(Full):
    """Over once they are all removed, and nothing else can end it."""

    def inject(self) -> None:
        """Lay them down; what they hold is accounted for, not written."""
        super().inject()
        files = self.world.files
        logs = [b.path for role, b in files.bindings.items() if role.startswith("log.")]
        self._copies = [files.full(f"{path}.{number}") for path in logs for number in (1, 2)]
        for path in self._copies:
            files.put(path, b"old\n")

    def undo(self) -> None:
        """Take away what is left of them."""
        super().undo()
        for path in self._copies:
            if self.world.files.raw_bytes(path) is not None:
                self.world.files.put(path, None)

    def clears(self, event: Event) -> bool:
        """The last one was removed by a task that ends now."""
        if event.kind != "task.end":
            return False
        return all(self.world.files.raw_bytes(path) is None for path in self._copies)
