"""The file functions of the machine, kept before a world replaces them."""

from __future__ import annotations

import os
from typing import Any, Final

# A container, for these names are replaced on the os module while a world is active.
REAL: Final[dict[str, Any]] = {
    name: getattr(os, name)
    for name in (
        "stat", "lstat", "replace", "rename", "unlink", "listdir", "scandir", "access", "utime",
        "mkdir", "statvfs", "open",
    )
}  # fmt: skip


def exists(path: str) -> bool:
    """Whether anything is at a path, without the faults held over it."""
    try:
        REAL["lstat"](path)
    except OSError:
        return False
    return True
