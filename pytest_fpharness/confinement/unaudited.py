"""Audit events for functions of Python that have an effect and raise none."""

from __future__ import annotations

import _posixsubprocess
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Final


def install() -> None:
    """Replace the functions, in their modules; call before any other module binds their names."""
    for owner, name, event, arguments in _FUNCTIONS:
        real = getattr(owner, name, None)
        if real is not None and not hasattr(real, "__wrapped__"):
            setattr(owner, name, _audited(real, event, arguments))
    subprocess._fork_exec = _posixsubprocess.fork_exec  # type: ignore[attr-defined]


def _audited(
    real: Callable[..., Any], event: str, arguments: Callable[..., tuple[Any, ...]]
) -> Callable[..., Any]:
    @functools.wraps(real)
    def call(*args: Any, **more: Any) -> Any:
        sys.audit(event, *arguments(*args, **more))
        return real(*args, **more)

    return call


def _path(path: Any, *args: Any, dir_fd: int | None = None, **more: Any) -> tuple[Any, ...]:
    return path, -1 if dir_fd is None else dir_fd


def _named(name: str) -> Callable[..., tuple[Any, ...]]:
    return lambda *args, **more: (name,)


_PRIVILEGED: Final = (
    (os, "setpriority"), (os, "sched_setaffinity"), (os, "sched_setparam"),
    (os, "sched_setscheduler"), (time, "clock_settime"), (time, "clock_settime_ns"),
    (os, "setns"), (os, "unshare"),
)  # fmt: skip
_FUNCTIONS: Final[tuple[tuple[Any, str, str, Callable[..., tuple[Any, ...]]], ...]] = (
    (os, "mkfifo", "os.mkfifo", _path),
    (os, "mknod", "os.mknod", _path),
    (signal, "pidfd_send_signal", "fpharness.pidfd_send_signal", lambda fd, signum, *rest: (
        f"descriptor {fd}", int(signum))),
    (_posixsubprocess, "fork_exec", "fpharness.fork_exec", lambda argv, *rest: (argv,)),
    *((owner, name, "fpharness.privileged", _named(name)) for owner, name in _PRIVILEGED),
)  # fmt: skip
