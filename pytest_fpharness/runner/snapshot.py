"""The directory that a bot runs in: kept as the warm-up left it, and put back for each companion."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Collection, Iterator, Sequence


class Snapshot:
    """Directories as they are now, in memory; links are kept as links.

    A file comes back as the file that it was, not as a new one of its name: what a process of the bot
    holds open (a log, a database) goes on being that file. It has a second name beside the directory
    for that, and what is open has its offset noted.
    """

    def __init__(self, roots: Sequence[str], keep: str) -> None:
        self.directories: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.files: list[tuple[str, str, bytes, os.stat_result]] = []
        self.offsets = [item for root in roots for item in _offsets(root)]
        self._keep = tempfile.mkdtemp(prefix="kept-", dir=keep)
        for folder, inside, names in (entry for root in roots for entry in os.walk(root)):
            for name in [*inside, *names]:
                path = os.path.join(folder, name)
                if os.path.islink(path):
                    self.links.append((path, os.readlink(path)))
                elif name in inside:
                    self.directories.append(path)
                elif os.path.isfile(path):
                    self._file(path)

    def _file(self, path: str) -> None:
        kept = os.path.join(self._keep, str(len(self.files)))
        with contextlib.suppress(OSError):  # a file system without hard links: a new file each time
            os.link(path, kept)
        with open(path, "rb") as file:
            self.files.append((path, kept, file.read(), os.stat(path)))

    def put_back(self) -> None:
        """Make it again, in the directories, which are empty."""
        for path in self.directories:
            os.mkdir(path)
        for link, aim in self.links:
            os.symlink(aim, link)
        for path, kept, data, was in self.files:
            with contextlib.suppress(OSError):
                os.link(kept, path)
            _write(path, data)
            os.chmod(path, was.st_mode & 0o7777)
            os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
        for number, offset in self.offsets:
            with contextlib.suppress(OSError):  # closed since
                os.lseek(number, offset, os.SEEK_SET)


def _write(path: str, data: bytes) -> None:
    if not os.access(path, os.W_OK) and os.path.exists(path):
        os.chmod(path, 0o600)  # the last companion has made it unwritable
    with open(path, "wb", 0) as file:
        file.write(data)


def _offsets(root: str) -> Iterator[tuple[int, int]]:
    """The files of a directory that this process has open, and where it is in each."""
    with contextlib.suppress(OSError):  # a system without /proc
        for number in map(int, os.listdir("/proc/self/fd")):
            with contextlib.suppress(OSError):  # the listing's own is closed by now
                inside = os.readlink(f"/proc/self/fd/{number}").startswith(root + os.sep)
                if inside and stat.S_ISREG(os.fstat(number).st_mode):
                    yield number, os.lseek(number, 0, os.SEEK_CUR)


def empty(root: str, keep: Collection[str] = ()) -> None:
    """Remove everything in a directory, but not the directory: paths bound to it stay right."""
    for entry in list(os.scandir(root)):
        if entry.path in keep:
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)
