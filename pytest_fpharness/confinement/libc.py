"""System calls that Python does not offer, by number."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from typing import Any, Final

LINUX: Final = sys.platform == "linux"
MACHINE: Final = platform.machine()
_LIBC: Final[Any] = ctypes.CDLL(None, use_errno=True) if LINUX else None

#: Numbers of the calls that this package makes; the newer ones are the same on every architecture.
_SAME: Final = {
    "mount_setattr": 442, "landlock_create_ruleset": 444, "landlock_add_rule": 445,
    "landlock_restrict_self": 446,
}  # fmt: skip
_NUMBERS: Final = {"x86_64": {"seccomp": 317, **_SAME}, "aarch64": {"seccomp": 277, **_SAME}}

PR_SET_PDEATHSIG: Final = 1
PR_SET_NO_NEW_PRIVS: Final = 38


def syscall(name: str, *args: Any) -> int:
    """Make a system call; raises OSError, also on an architecture whose numbers are not known."""
    number = _NUMBERS.get(MACHINE, {}).get(name)
    if number is None or _LIBC is None:
        raise OSError(38, f"no {name} on {sys.platform} {MACHINE}")
    return _checked(_LIBC.syscall(number, *args), name)


def call(name: str, *args: Any) -> int:
    """Call a function of the C library that sets errno; raises OSError."""
    if _LIBC is None:
        raise OSError(38, f"no {name} on {sys.platform}")
    return _checked(getattr(_LIBC, name)(*args), name)


def _checked(result: int, name: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result
