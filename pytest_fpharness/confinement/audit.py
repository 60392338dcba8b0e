"""The portable layer: an audit hook that refuses and records what leaves the run's directory.

An audit hook sees a call however the caller named the function, in every thread, finalizer and
handler, and cannot be removed (PEP 578).
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from .boundary import Boundary, real_path
from .places import bot_place, note_thread

_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_GETPID: Final[Any] = os.getpid
#: Functions of the C library that act outside; ``ctypes`` must not look them up.
C_FUNCTIONS: Final = frozenset((
    "accept", "bind", "chmod", "chown", "clock_settime", "clone", "connect", "creat",
    "execl", "execle", "execlp", "execv", "execve", "execvp", "execvpe", "fchmod", "fchown",
    "fdopen", "fopen", "fopen64", "fork", "kill", "killpg", "lchown", "link", "listen",
    "mkdir", "mkdirat", "mkfifo", "mknod", "mount", "open", "open64", "openat", "openat64",
    "pidfd_send_signal", "pivot_root", "popen", "posix_spawn", "posix_spawnp",
    "process_vm_writev", "ptrace", "reboot", "remove", "rename", "renameat", "renameat2",
    "rmdir", "sendmsg", "sendto", "setdomainname", "sethostname", "setns", "setpriority",
    "settimeofday", "shmat", "shmget", "shm_open", "shm_unlink", "socket", "stime",
    "swapoff", "swapon", "symlink", "symlinkat", "syscall", "system", "tgkill", "truncate",
    "truncate64", "umount", "umount2", "unlink", "unlinkat", "unshare", "utime",
    "utimensat", "utimes", "vfork",
))  # fmt: skip


@dataclass(frozen=True)
class Escape:
    """An attempt to act outside the world.

    ``what`` is ``file``, ``read``, ``network``, ``command``, ``signal`` or ``process``; ``detail``
    the path, address or command; ``place`` the file and line of the bot's code.
    """

    what: str
    detail: str
    place: str


class Refused(PermissionError):
    """The world has nothing outside: the operating system's "not permitted", with our reason."""


class Confinement:
    """Refuses what crosses a boundary, in all threads of this process and of its forks.

    Args:
        boundary: What may be touched.
        on_escape: Called with each attempt, before it is refused.
    """

    def __init__(self, boundary: Boundary, on_escape: Callable[[Escape], None]) -> None:
        self.boundary, self.on_escape = boundary, on_escape
        self._own = threading.local()

    def install(self) -> None:
        """Put the boundary in force, for the rest of this process."""
        sys.addaudithook(self._hook)

    @contextlib.contextmanager
    def suspended(self) -> Iterator[None]:
        """Let this thread, which works for the harness here, act outside."""
        before = getattr(self._own, "suspended", False)
        self._own.suspended = True
        try:
            yield
        finally:
            self._own.suspended = before

    def resume(self) -> None:
        """Confine this thread again, in the child of a fork that the harness made."""
        self._own.suspended = False

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        rule = _RULES.get(event)
        if rule is None or getattr(self._own, "suspended", False):
            return
        self._own.suspended = True  # what the rule does is not the bot's
        try:
            rule(self, *args)
        finally:
            self._own.suspended = False

    def refuse(self, what: str, detail: object) -> None:
        """Record an escape; raises Refused."""
        text = os.fsdecode(detail) if isinstance(detail, bytes) else str(detail)
        self.on_escape(Escape(what, text, bot_place()))
        raise Refused(1, f"the world has no {_NAMES.get(what, what)} outside the run", text)

    def write(self, path: Any, dir_fd: Any = -1, *, last: bool = True) -> None:
        """Refuse to create, change or remove a path outside the boundary."""
        full = _full(path, dir_fd)
        if full is None:
            return
        if not self.boundary.may_write(real_path(full, last=last, known=(self.boundary.root,))):
            self.refuse("file", full)

    def read(self, path: Any) -> None:
        """Refuse to read a path outside the boundary."""
        full = _full(path, -1)
        if full is None:
            return
        known = (self.boundary.root, *self.boundary.readable)
        if not self.boundary.may_read(_own_proc(real_path(full, known=known))):
            self.refuse("read", full)


_NAMES: Final = {"read": "file"}


def _full(path: Any, dir_fd: Any) -> str | None:
    """The absolute path that is meant; None for one that no file has."""
    if path is None:
        return os.getcwd()
    if isinstance(path, int):
        target = _of_descriptor(path)
        return target if target.startswith("/") else None  # pipe:[4711]
    text = os.fsdecode(path)
    if text.startswith("/") or not isinstance(dir_fd, int) or dir_fd < 0:
        return text if text.startswith("/") else f"{os.getcwd()}/{text}"
    return f"{_of_descriptor(dir_fd)}/{text}"


def _of_descriptor(number: int) -> str:
    try:
        return os.fsdecode(_READLINK(f"/proc/self/fd/{number}")).removesuffix(" (deleted)")
    except OSError:
        return ""


_READLINK: Final[Any] = os.readlink


def _own_proc(path: str) -> str:
    own = f"/proc/{_GETPID()}"
    return "/proc/self" + path.removeprefix(own) if path.startswith(own) else path


# -- the rules: one function an event, called with the confinement and the event's arguments ------


def _open(confinement: Confinement, path: Any, mode: Any, flags: Any) -> None:
    if isinstance(path, int):
        return  # was checked when it was opened
    # io.open and FileIO report a mode, os.open reports flags.
    writing = any(letter in mode for letter in "wax+") if isinstance(mode, str) else False
    if writing or (isinstance(flags, int) and flags & _WRITING):
        confinement.write(path)
    else:
        confinement.read(path)


def _write(*positions: int, last: bool = True) -> Callable[..., None]:
    """A rule for functions that change the path at the first position; the second is its dir_fd."""

    def rule(confinement: Confinement, *args: Any) -> None:
        dir_fd = args[positions[1]] if len(positions) > 1 and len(args) > positions[1] else -1
        confinement.write(args[positions[0]], dir_fd, last=last)

    return rule


def _rename(confinement: Confinement, src: Any, dst: Any, src_fd: Any, dst_fd: Any) -> None:
    confinement.write(src, src_fd, last=False)
    confinement.write(dst, dst_fd, last=False)


def _symlink(confinement: Confinement, src: Any, dst: Any, dir_fd: Any) -> None:
    confinement.write(dst, dir_fd, last=False)


def _read(confinement: Confinement, path: Any, *_rest: Any) -> None:
    confinement.read(path)


def _sqlite(confinement: Confinement, database: Any) -> None:
    text = os.fsdecode(database)
    if text.startswith("file:"):
        text = text.removeprefix("file:").partition("?")[0]
        text = "/" + text.lstrip("/") if text.startswith("/") else text
    if text not in ("", ":memory:"):
        confinement.write(text)


def _refused(what: str, detail: Callable[..., object]) -> Callable[..., None]:
    def rule(confinement: Confinement, *args: Any) -> None:
        confinement.refuse(what, detail(*args))

    return rule


def _address(confinement: Confinement, sock: Any, address: Any) -> None:
    if isinstance(address, str | bytes):  # AF_UNIX, by path or in the abstract name space
        text = os.fsdecode(address)
        if text and not text.startswith("\0"):
            confinement.write(text)
            return
    confinement.refuse("network", address)


def _kill(confinement: Confinement, pid: int, signum: int) -> None:
    if signum != 0:
        confinement.refuse("signal", f"{signum} to {pid}")


def _dlsym(confinement: Confinement, library: Any, name: Any) -> None:
    text = name.decode() if isinstance(name, bytes) else str(name)
    if text in C_FUNCTIONS or text.startswith(("pthread_kill", "__libc_")):
        confinement.refuse("process", f"{text} of the C library")


def _thread(confinement: Confinement, function: Any, *_rest: Any) -> None:
    note_thread(function)


def _line(argv: Any) -> str:
    if isinstance(argv, str | bytes):
        return os.fsdecode(argv)
    return " ".join(os.fsdecode(word) for word in argv)


_RULES: Final[dict[str, Callable[..., None]]] = {
    "open": _open,
    "os.listdir": _read,
    "os.scandir": _read,
    "os.walk": _read,
    "os.getxattr": _read,
    "os.listxattr": _read,
    "os.remove": _write(0, 1, last=False),
    "os.mkdir": _write(0, 2),
    "os.rmdir": _write(0, 1, last=False),
    "os.rename": _rename,
    "os.link": _rename,
    "os.symlink": _symlink,
    "os.truncate": _write(0),
    "os.chmod": _write(0, 2),
    "os.lchmod": _write(0),
    "os.chown": _write(0, 3),
    "os.utime": _write(0, 3),
    "os.setxattr": _write(0),
    "os.removexattr": _write(0),
    "os.chflags": _write(0),
    "os.mkfifo": _write(0, 1),
    "os.mknod": _write(0, 1),
    "shutil.chown": _write(0),
    "sqlite3.connect": _sqlite,
    "dbm.open": _write(0),
    "os.system": _refused("command", _line),
    "os.exec": _refused("command", lambda path, argv, env: _line(argv) or _line(path)),
    "os.posix_spawn": _refused("command", lambda path, argv, env: _line(argv)),
    "os.spawn": _refused("command", lambda mode, path, argv, env: _line(argv)),
    "pty.spawn": _refused("command", _line),
    "subprocess.Popen": _refused("command", lambda program, argv, *rest: _line(argv)),
    "fpharness.fork_exec": _refused("command", _line),
    "os.fork": _refused("process", lambda: "os.fork"),
    "os.forkpty": _refused("process", lambda: "os.forkpty"),
    "os.kill": _kill,
    "os.killpg": _kill,
    "fpharness.pidfd_send_signal": _kill,
    "fpharness.privileged": _refused("process", str),
    "resource.prlimit": lambda confinement, pid, *rest: (
        confinement.refuse("process", f"prlimit of {pid}") if pid not in (0, _GETPID()) else None
    ),
    "socket.connect": _address,
    "socket.bind": _address,
    "socket.sendto": _address,
    "socket.sendmsg": lambda confinement, sock, address: (
        _address(confinement, sock, address) if address is not None else None
    ),
    "socket.getaddrinfo": _refused("network", lambda host, *rest: host),
    "socket.gethostbyname": _refused("network", str),
    "socket.gethostbyaddr": _refused("network", str),
    "socket.getnameinfo": _refused("network", str),
    "socket.sethostname": _refused("process", lambda name: "sethostname"),
    "ctypes.dlsym": _dlsym,
    "ctypes.dlsym/handle": _dlsym,
    "_thread.start_new_thread": _thread,
    "_thread.start_joinable_thread": _thread,
    "syslog.openlog": _refused("process", lambda *args: "syslog"),
    "syslog.syslog": _refused("process", lambda *args: "syslog"),
}
