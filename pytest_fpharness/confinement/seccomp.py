"""Filters of system calls for this process, its threads and its children (seccomp(2))."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterable
from typing import Final

from .libc import MACHINE, PR_SET_NO_NEW_PRIVS, call, syscall

_SET_MODE_FILTER: Final = 1
_ALLOW: Final = 0x7FFF0000
_TRAP: Final = 0x00030000  # SIGSYS, which faulthandler turns into a stack
_ERRNO: Final = 0x00050000
_EPERM: Final = 1
_ENOSYS: Final = 38
_CLONE_THREAD: Final = 0x00010000
# struct seccomp_data: the call's number, the architecture, the instruction pointer, six arguments.
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16
_LOAD, _EQUAL, _AT_LEAST, _BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_X32: Final = 0x40000000  # the x32 calls of an x86-64 kernel

_ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CALLS: Final[dict[str, dict[str, int]]] = {
    "x86_64": {
        "execve": 59, "execveat": 322, "fork": 57, "vfork": 58, "clone": 56, "clone3": 435,
        "ptrace": 101, "process_vm_writev": 311, "process_vm_readv": 310, "mount": 165,
        "umount2": 166, "pivot_root": 155, "setns": 308, "unshare": 272, "reboot": 169,
        "settimeofday": 164, "clock_settime": 227, "adjtimex": 159, "sethostname": 170,
        "setdomainname": 171, "kexec_load": 246, "init_module": 175, "finit_module": 313,
        "delete_module": 176, "bpf": 321, "perf_event_open": 298, "keyctl": 250, "add_key": 248,
        "request_key": 249, "io_uring_setup": 425, "connect": 42, "bind": 49, "listen": 50,
        "accept": 43, "accept4": 288, "swapon": 167, "swapoff": 168, "syslog": 103,
        "shmget": 29, "semget": 64, "msgget": 68, "mq_open": 240, "pidfd_getfd": 438,
        "quotactl": 179, "acct": 163, "open_by_handle_at": 304, "sendto": 44, "sendmsg": 46,
        "sendmmsg": 307,
    },
    "aarch64": {
        "execve": 221, "execveat": 281, "clone": 220, "clone3": 435, "ptrace": 117,
        "process_vm_writev": 271, "process_vm_readv": 270, "mount": 40, "umount2": 39,
        "pivot_root": 41, "setns": 268, "unshare": 97, "reboot": 142, "settimeofday": 170,
        "clock_settime": 112, "adjtimex": 171, "sethostname": 161, "setdomainname": 162,
        "kexec_load": 104, "init_module": 105, "finit_module": 273, "delete_module": 106,
        "bpf": 280, "perf_event_open": 241, "keyctl": 219, "add_key": 217, "request_key": 218,
        "io_uring_setup": 425, "connect": 203, "bind": 200, "listen": 201, "accept": 202,
        "accept4": 242, "swapon": 224, "swapoff": 225, "syslog": 116, "shmget": 194,
        "semget": 190, "msgget": 186, "mq_open": 180, "pidfd_getfd": 438, "quotactl": 60,
        "acct": 89, "open_by_handle_at": 265, "sendto": 206, "sendmsg": 211, "sendmmsg": 269,
    },
}  # fmt: skip
_PROGRAMS: Final = ("execve", "execveat")
_REFUSED: Final = tuple(
    name for name in _CALLS["x86_64"]
    if name not in (*_PROGRAMS, "fork", "vfork", "clone", "clone3", "io_uring_setup", "sendto")
)  # fmt: skip


def forbid_programs() -> None:
    """End this process, with its stack, when it starts a program; refuse what acts on the machine.

    Raises OSError where the kernel or the architecture has no such filter.
    """
    rules = [(name, _TRAP) for name in _PROGRAMS]
    rules += [(name, _ERRNO | _EPERM) for name in _REFUSED]
    rules += [("io_uring_setup", _ERRNO | _ENOSYS)]  # its calls would pass by this filter
    _install(rules, _to_an_address(_CALLS.get(MACHINE, {}).get("sendto", -1)))


def forbid_processes() -> None:
    """End this process, with its stack, when it makes another one; threads stay possible."""
    # clone3 has its flags in memory, out of a filter's sight. The C library then uses clone.
    rules = [("fork", _TRAP), ("vfork", _TRAP), ("clone3", _ERRNO | _ENOSYS)]
    _install(rules, _but_threads(_CALLS.get(MACHINE, {}).get("clone", -1)))


def _to_an_address(sendto: int) -> list[bytes]:
    """Refuse ``sendto`` with an address, as of a unix socket; ``send`` has none."""
    return [
        _step(_EQUAL, sendto, no=5),
        _step(_LOAD, _FIRST_ARGUMENT + 4 * 8),
        _step(_EQUAL, 0, no=2),
        _step(_LOAD, _FIRST_ARGUMENT + 4 * 8 + 4),  # the upper half of the pointer
        _step(_EQUAL, 0, yes=1),
        _step(_RETURN, _ERRNO | _EPERM),
    ]


def _but_threads(clone: int) -> list[bytes]:
    """Refuse ``clone`` but for a thread."""
    return [
        _step(_EQUAL, clone, no=3),
        _step(_LOAD, _FIRST_ARGUMENT),
        _step(_BITS, _CLONE_THREAD, yes=1),
        _step(_RETURN, _TRAP),
    ]


def _install(rules: Iterable[tuple[str, int]], last: list[bytes]) -> None:
    numbers = _CALLS.get(MACHINE)
    if numbers is None:
        raise OSError(_ENOSYS, f"no filter of system calls for {MACHINE}")
    program = [
        _step(_LOAD, _ARCH),
        _step(_EQUAL, _ARCHITECTURES[MACHINE], yes=1),
        _step(_RETURN, _TRAP),  # the 32-bit calls have other numbers
        _step(_LOAD, _NUMBER),
    ]
    if MACHINE == "x86_64":
        program += [_step(_AT_LEAST, _X32, no=1), _step(_RETURN, _TRAP)]
    for name, action in rules:
        if name in numbers:
            program += [_step(_EQUAL, numbers[name], no=1), _step(_RETURN, action)]
    program += [*last, _step(_RETURN, _ALLOW)]
    code = ctypes.create_string_buffer(b"".join(program))
    description = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    )
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    syscall("seccomp", _SET_MODE_FILTER, 0, description)


def _step(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    """One instruction; ``yes`` and ``no`` are how many to skip (struct sock_filter)."""
    return struct.pack("HBBI", code, yes, no, value)
