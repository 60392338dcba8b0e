"""The functions that a world answers, made switchable before a target can bind their names."""

from __future__ import annotations

import builtins
import io
import os
import shutil
import signal
import socket
import sys
from typing import Any, Final

import psutil

from .patching import install_switches

_OS: Final = (
    "_exit", "access", "fork", "getpid", "kill", "listdir", "lstat", "mkdir", "open", "remove",
    "rename", "replace", "stat", "statvfs", "system", "unlink", "urandom", "utime",
)  # fmt: skip
_PSUTIL: Final = ("disk_usage", "pid_exists", "pids", "process_iter", "virtual_memory")


def switch_all() -> None:
    """Install the switches, for the rest of this Python process."""
    functions: list[tuple[Any, str]] = [(os, name) for name in _OS]
    functions += [(psutil, name) for name in _PSUTIL]
    functions += [
        (builtins, "open"), (shutil, "disk_usage"), (signal, "signal"), (socket, "getaddrinfo"),
        (sys.modules.get("_posixsubprocess"), "fork_exec"),
    ]  # fmt: skip
    install_switches([(owner, name) for owner, name in functions if owner is not None])
    io.open = builtins.open  # they are one function
