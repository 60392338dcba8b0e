"""Place for temporary directories of runs on the real machine."""

from __future__ import annotations

import os


def memory_backed_directory() -> str | None:
    """Return a directory on a file system in memory, or None where there is none."""
    path = "/dev/shm"
    return path if os.path.isdir(path) and os.access(path, os.W_OK) else None
