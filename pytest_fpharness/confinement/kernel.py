"""The kernel's layer: namespaces, Landlock, filters of system calls and limits, without root.

Each function puts one layer in force and says whether it could: a kernel or a container may forbid it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from pytest_fpharness.confinement import seccomp
from .boundary import DEVICES, Boundary, existing
from .libc import PR_SET_NO_NEW_PRIVS, call, syscall

LARGEST_FILE: Final = 2**30  # bytes

_CLONE_NEWNS: Final = 0x00020000
_CLONE_NEWIPC: Final = 0x08000000
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWPID: Final = 0x20000000
_CLONE_NEWNET: Final = 0x40000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_RDONLY: Final = 1  # MOUNT_ATTR_RDONLY


@dataclass(frozen=True)
class Layer:
    """One layer of the confinement: its name, whether it is in force, and why it is not."""

    name: str
    in_force: bool
    why: str = ""


def _layer(name: str, *steps: Callable[[], object]) -> Layer:
    try:
        for step in steps:
            step()
    except OSError as error:
        return Layer(name, False, str(error.strerror or error))
    return Layer(name, True)


def separate(root: str) -> list[Layer]:
    """Give this process its own network, mounts, IPC and, for its children, process numbers.

    Args:
        root: The directory that stays writable; all other file systems become read-only.

    Call it with one thread only. Processes that it forks afterwards are in the new namespaces.
    """
    user, group = os.geteuid(), os.getegid()
    flags = _CLONE_NEWUSER | _CLONE_NEWNS | _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWPID
    apart = _layer("namespaces", lambda: call("unshare", flags), lambda: _map(user, group))
    if not apart.in_force:
        return [apart, Layer("read-only file systems", False, "no namespaces")]
    return [apart, _layer("read-only file systems", lambda: _only_writable(root))]


def _map(user: int, group: int) -> None:
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        number = os.open(f"/proc/self/{name}", os.O_WRONLY)
        try:
            os.write(number, text.encode())
        finally:
            os.close(number)


def _only_writable(root: str) -> None:
    path = root.encode()
    call("mount", None, b"/", None, _MS_REC | _MS_PRIVATE, None)
    call("mount", path, path, None, _MS_BIND | _MS_REC, None)
    _set_read_only(b"/", _AT_RECURSIVE, on=True)
    _set_read_only(path, 0, on=False)


def _set_read_only(path: bytes, flags: int, *, on: bool) -> None:
    change = struct.pack("QQQQ", _RDONLY if on else 0, 0 if on else _RDONLY, 0, 0)
    buffer = ctypes.create_string_buffer(change)
    syscall("mount_setattr", _AT_FDCWD, path, flags, buffer, len(change))


# -- Landlock ---------------------------------------------------------------------------------

_CREATE_VERSION: Final = 1
_RULE_PATH: Final = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_EXECUTE, _WRITE_FILE, _TRUNCATE, _IOCTL = 1 << 0, 1 << 1, 1 << 14, 1 << 15
#: Rights that each version of Landlock knows (landlock(7)); later ones add to earlier ones.
_FILE_RIGHTS: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_NETWORK_RIGHTS: Final = {4: 0b11}  # bind and connect by TCP
_SCOPES: Final = {6: 0b11}  # abstract unix sockets and signals


def landlock(boundary: Boundary) -> Layer:
    """Let this process write and read only what the boundary allows."""
    return _layer("Landlock", lambda: _restrict(boundary))


def _restrict(boundary: Boundary) -> None:
    version = syscall("landlock_create_ruleset", None, 0, _CREATE_VERSION)
    rights = _known(_FILE_RIGHTS, version)
    fields = [rights, _known(_NETWORK_RIGHTS, version), _known(_SCOPES, version)]
    count = 3 if version >= 6 else 2 if version >= 4 else 1
    attributes = struct.pack("Q" * count, *fields[:count])
    ruleset = syscall(
        "landlock_create_ruleset", ctypes.create_string_buffer(attributes), len(attributes), 0
    )
    try:
        _allow(ruleset, [boundary.root], rights & ~_EXECUTE)
        _allow(ruleset, boundary.readable, rights & (_READ_FILE | _READ_DIR))
        _allow(ruleset, DEVICES, rights & (_READ_FILE | _WRITE_FILE | _TRUNCATE | _IOCTL))
        call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        syscall("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)


def _known(table: dict[int, int], version: int) -> int:
    return max((rights for since, rights in table.items() if since <= version), default=0)


def _allow(ruleset: int, paths: Iterable[str], rights: int) -> None:
    for path in existing(paths):
        number = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            own = rights if os.path.isdir(path) else rights & ~_READ_DIR
            if not os.path.isdir(path):  # rights on directories are an error for a file
                own &= _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
            rule = ctypes.create_string_buffer(struct.pack("=Qi", own, number))
            with contextlib.suppress(FileNotFoundError):
                syscall("landlock_add_rule", ruleset, _RULE_PATH, rule, 0)
        finally:
            os.close(number)


def restrict(boundary: Boundary, root: str) -> list[Layer]:
    """Put every layer in force that needs no name space, for this process and its children.

    Args:
        boundary: What the audit hook allows.
        root: The directory that may be written, which holds that of the boundary.
    """
    return [
        landlock(replace(boundary, root=root)),
        forbid_programs(),
        limit_resources(LARGEST_FILE),
    ]


# -- system calls and limits ------------------------------------------------------------------


def forbid_programs() -> Layer:
    """Forbid system calls that start programs or act on the machine."""
    return _layer("system calls", seccomp.forbid_programs)


def forbid_processes() -> Layer:
    """Forbid this process to make another one."""
    return _layer("no processes", seccomp.forbid_processes)


def limit_resources(file_bytes: int) -> Layer:
    """Write no core file, and no file larger than ``file_bytes``."""
    return _layer(
        "limits",
        lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
        lambda: _lower(resource.RLIMIT_FSIZE, file_bytes),
    )


def _lower(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (value, value))
