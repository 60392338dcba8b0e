"""What a target may touch: one directory to write to, and a list of places to read from."""

from __future__ import annotations

import os
import stat
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

# Kept here, because a world replaces these names on ``os``.
_LSTAT: Final[Any] = os.lstat
_READLINK: Final[Any] = os.readlink
_MOST_LINKS: Final = 40  # as Linux: path_resolution(7)

#: Directories and files of the system that a program may read: libraries, zone data, certificates.
SYSTEM: Final = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin",
    "/etc/alternatives", "/etc/ca-certificates", "/etc/debian_version", "/etc/fonts",
    "/etc/gai.conf", "/etc/group", "/etc/host.conf", "/etc/hosts", "/etc/ld.so.cache",
    "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/locale.alias", "/etc/localtime",
    "/etc/mime.types", "/etc/nsswitch.conf", "/etc/os-release", "/etc/passwd", "/etc/pki",
    "/etc/protocols", "/etc/resolv.conf", "/etc/services", "/etc/ssl", "/etc/timezone",
    "/proc/cpuinfo", "/proc/filesystems", "/proc/loadavg", "/proc/meminfo", "/proc/self",
    "/proc/stat", "/proc/sys", "/proc/thread-self", "/proc/uptime", "/proc/version",
    "/sys/devices/system", "/sys/fs/cgroup", "/sys/kernel/mm",
)  # fmt: skip
#: Devices without an effect on anything else.
DEVICES: Final = ("/dev/full", "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero")
#: Never readable, though their directory is.
PRIVATE: Final = ("/etc/ssl/private", "/proc/self/mem", "/usr/local/etc")
#: Names of files with keys, in a project's own directories.
KEY_NAMES: Final = (
    ".aws", ".env", ".git-credentials", ".gnupg", ".netrc", ".pgpass", ".pypirc", ".ssh",
    "credentials.json", "id_dsa", "id_ecdsa", "id_ed25519", "id_rsa", "secrets.json", "secrets.toml",
    "secrets.yaml", "secrets.yml",
)  # fmt: skip


@dataclass(frozen=True)
class Boundary:
    """What a target may touch.

    Args:
        root: The directory of the run; everything in it may be written.
        readable: Files and directories that may be read.
        projects: Those of them that belong to the owner, where files with keys are not readable.
    """

    root: str
    readable: tuple[str, ...]
    projects: tuple[str, ...] = ()

    def may_write(self, path: str) -> bool:
        """Whether a real path may be created, changed or removed."""
        return path in DEVICES or _inside(path, self.root)

    def may_read(self, path: str) -> bool:
        """Whether a real path may be read."""
        if _inside(path, self.root) or path in DEVICES:
            return True
        if any(_inside(path, private) for private in PRIVATE) or self.holds_keys(path):
            return False
        return any(_inside(path, place) for place in self.readable)

    def holds_keys(self, path: str) -> bool:
        """Whether a path names a file with keys in a directory of the owner's."""
        if not any(_inside(path, project) for project in self.projects):
            return False
        return any(part in KEY_NAMES or part.startswith(".env.") for part in path.split("/"))


def boundary(root: str, projects: Iterable[str]) -> Boundary:
    """The boundary of a target whose code lies in ``projects``, run in ``root``.

    Python's own directories are found from the running interpreter.
    """
    own = tuple(dict.fromkeys(real_path(path) for path in projects if path))
    python = {
        sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix,
        *sysconfig.get_paths().values(), *(path for path in sys.path if path),
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
    }  # fmt: skip
    places = {real_path(path) for path in (*SYSTEM, *python) if os.path.lexists(path)}
    # /proc/self is a link to a pid, which differs in each forked process.
    places |= {path for path in SYSTEM if path.startswith("/proc/")}
    return Boundary(real_path(root), tuple(sorted(places | set(own))), own)


def _inside(path: str, place: str) -> bool:
    return path == place or path.startswith(place + "/")


def real_path(path: str, *, last: bool = True, known: Iterable[str] = ()) -> str:
    """The absolute path without links; ``last=False`` leaves a link at the end as it is.

    ``known`` are directories that are real paths already, which saves a look at each of their parts.
    Parts that do not exist stay as they are. A path with too many links is returned as "/", which
    nothing may write.
    """
    if not path.startswith("/"):
        path = f"{os.getcwd()}/{path}"
    done = next((place for place in known if path.startswith(place + "/")), "")
    rest, links = _parts(path[len(done) :]), 0
    while rest:
        part = rest.pop()
        if part == "..":
            done = done.rpartition("/")[0]
            continue
        here = f"{done}/{part}"
        target = _link(here) if rest or last else None
        if target is None:
            done = here
            continue
        links += 1
        if links > _MOST_LINKS:
            return "/"
        if target.startswith("/"):
            done = ""
        rest += _parts(target)
    return done or "/"


def _parts(path: str) -> list[str]:
    """The parts of a path, last first."""
    return [part for part in reversed(path.split("/")) if part not in ("", ".")]


def _link(path: str) -> str | None:
    """Where a symbolic link leads, or None for anything else."""
    # /proc/self/fd/3 and its like lead to files by another way than their text.
    if path in ("/proc/self", "/proc/thread-self"):
        return None
    try:
        if not stat.S_ISLNK(_LSTAT(path).st_mode):
            return None
        return os.fsdecode(_READLINK(path))
    except (OSError, ValueError):
        return None


def existing(paths: Iterable[str]) -> Iterator[str]:
    """Those of the paths that exist."""
    for path in paths:
        try:
            _LSTAT(path)
        except OSError:
            continue
        yield path
