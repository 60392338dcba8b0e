"""A lock on a report directory: two sessions must not write one journal."""

from __future__ import annotations

import os


class DirectoryLock:
    """One session at a time writes to a directory; raises BlockingIOError while another one does.

    Locked until :meth:`release`, or until the process ends in whatever way.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        import fcntl  # not on every system that can read a journal

        self._number = os.open(directory, os.O_RDONLY)
        try:
            fcntl.flock(self._number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            raise
        except OSError:
            pass  # a file system without locks

    def release(self) -> None:
        """Let others write; may be called twice."""
        if self._number >= 0:
            os.close(self._number)
            self._number = -1
