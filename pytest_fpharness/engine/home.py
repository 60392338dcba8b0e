"""The directory that a bot runs in: kept as the warm-up left it, and put back for each leg."""

from __future__ import annotations

import os
import shutil


class Snapshot:
    """A directory as it is now, in memory; links are kept as links."""

    def __init__(self, root: str) -> None:
        self.directories: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.files: list[tuple[str, bytes, os.stat_result]] = []
        for folder, inside, names in os.walk(root):
            for name in [*inside, *names]:
                path = os.path.join(folder, name)
                if os.path.islink(path):
                    self.links.append((path, os.readlink(path)))
                elif name in inside:
                    self.directories.append(path)
                elif os.path.isfile(path):
                    with open(path, "rb") as file:
                        self.files.append((path, file.read(), os.stat(path)))

    def put_back(self) -> None:
        """Make it again, in the empty directory that it was."""
        for path in self.directories:
            os.mkdir(path)
        for link, aim in self.links:
            os.symlink(aim, link)
        for path, data, stat in self.files:
            with open(path, "wb", 0) as file:
                file.write(data)
            os.chmod(path, stat.st_mode & 0o7777)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def empty(root: str) -> None:
    """Remove everything in a directory, but not the directory: paths bound to it stay right."""
    for entry in list(os.scandir(root)):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)
