"""The directories of a run: where the bot starts, its temporary files and its home."""

from __future__ import annotations

import os
import tempfile

from .snapshot import Snapshot, empty


class RunArea:
    """A directory with everything that a bot may write to.

    Args:
        path: The directory; the one around it belongs to the same process and holds what is kept.
    """

    def __init__(self, path: str) -> None:
        self.path = os.path.realpath(path)
        self.run = os.path.join(self.path, "run")
        self.tmp = os.path.join(self.path, "tmp")
        self.home = os.path.join(self.path, "home")
        self._all = (self.run, self.tmp, self.home)

    def enter(self) -> None:
        """Make the directories, and let this process use them."""
        for path in self._all:
            os.makedirs(path, exist_ok=True)
        os.chdir(self.run)
        os.environ.update(HOME=self.home, TMPDIR=self.tmp)
        tempfile.tempdir = None  # it is looked up again

    def empty(self) -> None:
        """Remove what is in the directories, and what was made beside them."""
        empty(self.path, keep=self._all)
        for path in self._all:
            empty(path)

    def snapshot(self) -> Snapshot:
        """The directories as they are now."""
        return Snapshot(self._all, os.path.dirname(self.path))
