"""Attempts on files: with every function of Python that creates, changes or removes one."""

from __future__ import annotations

import dbm.dumb
import fileinput
import io
import logging
import logging.handlers
import mmap
import os
import pathlib
import shelve
import shutil
import sqlite3
import tarfile
import tempfile
import zipfile
from os import chmod, link, mkdir, remove, rename, replace, rmdir, symlink, truncate, unlink, utime
from os import open as os_open

from tests.support.escapes import Act, Outside

FILES: dict[str, Act] = {}


def act(function: Act) -> Act:
    FILES[function.__name__] = function
    return function


@act
def open_write(o: Outside) -> None:
    open(o.path("new"), "w").close()


@act
def open_append(o: Outside) -> None:
    with open(o.path("file"), "a") as file:
        file.write("x")


@act
def io_open(o: Outside) -> None:
    open(o.path("new"), "xb").close()


@act
def file_io(o: Outside) -> None:
    io.FileIO(o.path("new"), "w").close()


@act
def open_update(o: Outside) -> None:
    with open(o.path("file"), "r+b") as file:
        file.write(b"y")


@act
def open_opener(o: Outside) -> None:
    open(o.path("new"), "w", opener=lambda path, flags: os_open(path, flags | os.O_CREAT)).close()


@act
def bound_open(o: Outside) -> None:
    os.close(os_open(o.path("new"), os.O_WRONLY | os.O_CREAT))


@act
def open_truncating(o: Outside) -> None:
    os.close(os.open(o.path("file"), os.O_RDONLY | os.O_TRUNC))


@act
def fdopen(o: Outside) -> None:
    with os.fdopen(os.open(o.path("new"), os.O_RDWR | os.O_CREAT), "w") as file:
        file.write("x")


@act
def open_dir_fd(o: Outside) -> None:
    number = os.open(o.folder, os.O_RDONLY | os.O_DIRECTORY)
    os.close(os.open("new", os.O_WRONLY | os.O_CREAT, dir_fd=number))


@act
def open_parent(o: Outside) -> None:
    open(os.path.relpath(o.path("new")), "w").close()


@act
def open_link(o: Outside) -> None:
    symlink(o.folder, "out_link")
    open("out_link/new", "w").close()


@act
def open_file_link(o: Outside) -> None:
    symlink(o.path("file"), "file_link")
    with open("file_link", "w") as file:
        file.write("x")


@act
def path_write_text(o: Outside) -> None:
    pathlib.Path(o.path("new")).write_text("x")


@act
def path_touch(o: Outside) -> None:
    pathlib.Path(o.path("new")).touch()


@act
def path_touch_old(o: Outside) -> None:
    pathlib.Path(o.path("file")).touch()


@act
def path_unlink(o: Outside) -> None:
    pathlib.Path(o.path("file")).unlink()


@act
def path_rename(o: Outside) -> None:
    pathlib.Path(o.path("file")).rename(o.path("renamed"))


@act
def bound_remove(o: Outside) -> None:
    remove(o.path("file"))


@act
def bound_unlink(o: Outside) -> None:
    unlink(o.path("file"))


@act
def remove_link(o: Outside) -> None:
    symlink(o.folder, "away")
    remove("away/file")


@act
def remove_dir_fd(o: Outside) -> None:
    remove("file", dir_fd=os.open(o.folder, os.O_RDONLY))


@act
def bound_rename(o: Outside) -> None:
    rename(o.path("file"), o.path("renamed"))


@act
def rename_in(o: Outside) -> None:
    rename(o.path("file"), "taken")


@act
def replace_out(o: Outside) -> None:
    open("own", "w").close()
    replace("own", o.path("file"))


@act
def bound_mkdir(o: Outside) -> None:
    mkdir(o.path("folder"))


@act
def makedirs(o: Outside) -> None:
    os.makedirs(o.path("a/b/c"))


@act
def bound_rmdir(o: Outside) -> None:
    rmdir(o.path("empty"))


@act
def removedirs(o: Outside) -> None:
    os.removedirs(o.path("empty"))


@act
def bound_symlink(o: Outside) -> None:
    symlink("x", o.path("link"))


@act
def bound_link(o: Outside) -> None:
    link(o.path("file"), o.path("second"))


@act
def link_in(o: Outside) -> None:
    link(o.path("file"), "hard")
    with open("hard", "a") as file:
        file.write("x")


@act
def bound_truncate(o: Outside) -> None:
    truncate(o.path("file"), 0)


@act
def ftruncate(o: Outside) -> None:
    os.ftruncate(os.open(o.path("file"), os.O_RDWR), 0)


@act
def bound_chmod(o: Outside) -> None:
    chmod(o.path("file"), 0o777)


@act
def chmod_descriptor(o: Outside) -> None:
    os.chmod(os.open(o.folder, os.O_RDONLY), 0o777)


@act
def fchmod(o: Outside) -> None:
    os.fchmod(os.open(o.path("file"), os.O_RDONLY), 0o777)


@act
def chown(o: Outside) -> None:
    os.chown(o.path("file"), 1, 1)


@act
def lchown(o: Outside) -> None:
    os.lchown(o.path("file"), 1, 1)


@act
def shutil_chown(o: Outside) -> None:
    shutil.chown(o.path("file"), 1, 1)


@act
def bound_utime(o: Outside) -> None:
    utime(o.path("file"), (1, 1))


@act
def utime_link(o: Outside) -> None:
    symlink(o.path("file"), "old")
    utime("old", (1, 1))


@act
def setxattr(o: Outside) -> None:
    os.setxattr(o.path("file"), "user.x", b"1")


@act
def mkfifo(o: Outside) -> None:
    os.mkfifo(o.path("fifo"))


@act
def mkfifo_dir_fd(o: Outside) -> None:
    os.mkfifo("fifo", dir_fd=os.open(o.folder, os.O_RDONLY))


@act
def mknod(o: Outside) -> None:
    os.mknod(o.path("node"))


@act
def copy(o: Outside) -> None:
    open("own", "w").close()
    shutil.copy("own", o.path("copied"))


@act
def copytree(o: Outside) -> None:
    os.mkdir("tree")
    shutil.copytree("tree", o.path("tree"))


@act
def move(o: Outside) -> None:
    shutil.move(o.path("file"), "moved")


@act
def rmtree(o: Outside) -> None:
    shutil.rmtree(o.path("empty"))


@act
def make_archive(o: Outside) -> None:
    shutil.make_archive(o.path("archive"), "tar", ".")


@act
def named_temporary(o: Outside) -> None:
    tempfile.NamedTemporaryFile(dir=o.folder, delete=False).close()


@act
def mkdtemp(o: Outside) -> None:
    tempfile.mkdtemp(dir=o.folder)


@act
def zip_file(o: Outside) -> None:
    zipfile.ZipFile(o.path("new.zip"), "w").close()


@act
def tar_file(o: Outside) -> None:
    tarfile.open(o.path("new.tar"), "w").close()


@act
def log_handler(o: Outside) -> None:
    logging.FileHandler(o.path("new.log")).close()


@act
def rotating_handler(o: Outside) -> None:
    logging.handlers.RotatingFileHandler(o.path("new.log"), maxBytes=1).close()


@act
def shelf(o: Outside) -> None:
    with shelve.open(o.path("shelf")) as db:
        db["x"] = 1


@act
def dumb_dbm(o: Outside) -> None:
    dbm.dumb.open(o.path("dumb"), "c").close()


@act
def in_place(o: Outside) -> None:
    with fileinput.input(o.path("file"), inplace=True) as lines:
        for line in lines:
            print(line.upper(), end="")


@act
def sqlite(o: Outside) -> None:
    with sqlite3.connect(o.path("new.db")) as db:
        db.execute("create table t (x)")


@act
def sqlite_uri(o: Outside) -> None:
    with sqlite3.connect(f"file:{o.path('new.db')}?mode=rwc", uri=True) as db:
        db.execute("create table t (x)")


@act
def memory_map(o: Outside) -> None:
    with open(o.path("file"), "r+b") as file, mmap.mmap(file.fileno(), 0) as data:
        data[0:1] = b"Z"


@act
def change_directory(o: Outside) -> None:
    os.chdir(o.folder)
    open("new", "w").close()


@act
def proc_descriptor(o: Outside) -> None:
    number = os.open(o.folder, os.O_RDONLY)
    open(f"/proc/self/fd/{number}/new", "w").close()
