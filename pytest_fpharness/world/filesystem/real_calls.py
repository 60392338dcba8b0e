"""The real file functions, kept before a world replaces them."""

from __future__ import annotations

import os
from typing import Any, Final

from pytest_fpharness.world.patching import original

# A dict, because these names are replaced in the os module while a world is active.
REAL: Final[dict[str, Any]] = {
    name: original(os, name)
    for name in (
        "stat", "lstat", "replace", "rename", "unlink", "listdir", "scandir", "access", "utime",
        "mkdir", "statvfs", "open",
    )
}  # fmt: skip


def exists(path: str) -> bool:
    """Whether a path exists on the real disk, regardless of faults."""
    try:
        REAL["lstat"](path)
    except OSError:
        return False
    return True
