"""Attempts on processes, the network and secrets."""

from __future__ import annotations

import asyncio
import ctypes
import http.client
import multiprocessing
import os
import pty
import shutil
import signal
import smtplib
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import time
import urllib.request
from os import execv, fork, kill, killpg, popen, posix_spawn, spawnlp, system
from pathlib import Path
from socket import create_connection, getaddrinfo, gethostbyname
from subprocess import Popen, check_output, run
from typing import Any

from tests.support.escapes import Act, Outside

MACHINE: dict[str, Act] = {}


def act(function: Act) -> Act:
    MACHINE[function.__name__] = function
    return function


def touch(o: Outside) -> list[str]:
    return ["/usr/bin/touch", o.path("new")]


# -- commands and processes ---------------------------------------------------------------------


@act
def bound_system(o: Outside) -> None:
    system(" ".join(touch(o)))


@act
def bound_popen_class(o: Outside) -> None:
    Popen(touch(o)).wait()


@act
def subprocess_run(o: Outside) -> None:
    run(touch(o), check=True)


@act
def subprocess_shell(o: Outside) -> None:
    check_output(" ".join(touch(o)), shell=True)


@act
def subprocess_preexec(o: Outside) -> None:
    subprocess.Popen(touch(o), preexec_fn=lambda: None, start_new_session=True).wait()


@act
def bound_popen(o: Outside) -> None:
    popen(" ".join(touch(o))).read()


@act
def bound_exec(o: Outside) -> None:
    execv("/usr/bin/touch", touch(o))


@act
def bound_posix_spawn(o: Outside) -> None:
    os.waitpid(posix_spawn("/usr/bin/touch", touch(o), os.environ), 0)


@act
def bound_spawn(o: Outside) -> None:
    spawnlp(os.P_WAIT, "touch", *touch(o))


@act
def pty_spawn(o: Outside) -> None:
    pty.spawn(touch(o))


@act
def asyncio_exec(o: Outside) -> None:
    async def work() -> None:
        process = await asyncio.create_subprocess_exec(*touch(o))
        await process.wait()

    asyncio.run(work())


@act
def raw_fork_exec(o: Outside) -> None:
    import _posixsubprocess

    words = [word.encode() for word in touch(o)]
    start: Any = _posixsubprocess.fork_exec
    start(words, words[:1], *[None] * 20)  # refused before the arguments are read
    time.sleep(0.05)


def child(o: Outside, pid: int) -> None:
    if pid == 0:
        os.open(o.path("new"), os.O_CREAT)
        os._exit(0)
    os.waitpid(pid, 0)


@act
def bound_fork(o: Outside) -> None:
    child(o, fork())


@act
def pty_fork(o: Outside) -> None:
    child(o, pty.fork()[0])


@act
def os_forkpty(o: Outside) -> None:
    child(o, os.forkpty()[0])


@act
def process_of_multiprocessing(o: Outside) -> None:
    context = multiprocessing.get_context("fork")
    context.Process(target=os.mkdir, args=(o.path("new"),)).start()


# -- signals ------------------------------------------------------------------------------------


@act
def bound_kill(o: Outside) -> None:
    kill(o.victim, signal.SIGKILL)


@act
def bound_killpg(o: Outside) -> None:
    killpg(os.getpgid(o.victim), signal.SIGKILL)


@act
def kill_all(o: Outside) -> None:
    """All that this process may signal; the guard is for a machine without the kernel's layer."""
    kill(o.victim, signal.SIGTERM)


@act
def pidfd(o: Outside) -> None:
    signal.pidfd_send_signal(os.pidfd_open(o.victim), signal.SIGKILL)


@act
def ctypes_kill(o: Outside) -> None:
    ctypes.CDLL(None).kill(o.victim, 9)


@act
def ctypes_syscall(o: Outside) -> None:
    ctypes.CDLL(None).syscall(62, o.victim, 9)


@act
def ctypes_system(o: Outside) -> None:
    ctypes.CDLL(None).system(" ".join(touch(o)).encode())


@act
def ctypes_open(o: Outside) -> None:
    ctypes.CDLL(None).open(o.path("new").encode(), os.O_CREAT | os.O_WRONLY, 0o600)


@act
def ctypes_mkdir(o: Outside) -> None:
    ctypes.CDLL(None)["mkdir"](o.path("new").encode(), 0o700)


# -- the network --------------------------------------------------------------------------------


@act
def connect(o: Outside) -> None:
    with socket.socket() as sock:
        sock.connect(("127.0.0.1", o.tcp))
        sock.sendall(b"x")


@act
def connect_ex(o: Outside) -> None:
    with socket.socket() as sock:
        if sock.connect_ex(("127.0.0.1", o.tcp)) == 0:
            sock.sendall(b"x")


@act
def bound_connection(o: Outside) -> None:
    with create_connection(("127.0.0.1", o.tcp), 1) as sock:
        sock.sendall(b"x")


@act
def udp(o: Outside) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", ("127.0.0.1", o.udp))


@act
def udp_sendmsg(o: Outside) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendmsg([b"x"], [], 0, ("127.0.0.1", o.udp))


@act
def udp_connected(o: Outside) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", o.udp))
        sock.send(b"x")


@act
def unix_datagram(o: Outside) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", o.unix)


@act
def unix_connected(o: Outside) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.connect(o.unix)
        sock.send(b"x")


@act
def http_client(o: Outside) -> None:
    http.client.HTTPConnection("127.0.0.1", o.tcp, timeout=1).request("GET", "/")


@act
def urllib_request(o: Outside) -> None:
    urllib.request.urlopen(f"http://127.0.0.1:{o.tcp}/", timeout=0.2)


@act
def smtp(o: Outside) -> None:
    smtplib.SMTP("127.0.0.1", o.tcp, timeout=0.2)


@act
def tls(o: Outside) -> None:
    with create_connection(("127.0.0.1", o.tcp), 1) as sock:
        ssl.create_default_context().wrap_socket(sock, server_hostname="x")


@act
def asyncio_connection(o: Outside) -> None:
    async def work() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", o.tcp)
        writer.write(b"x")
        await writer.drain()

    asyncio.run(work())


@act
def ctypes_connect(o: Outside) -> None:
    sock = socket.socket()
    address = (
        (2).to_bytes(2, "little") + o.tcp.to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
    )
    ctypes.CDLL(None).connect(sock.fileno(), address, 16)
    sock.send(b"x")


@act
def bind_unix(o: Outside) -> None:
    socket.socket(socket.AF_UNIX).bind(o.path("socket"))


@act
def resolve(o: Outside) -> object:
    return getaddrinfo("localhost", 80) and b""


@act
def resolve_old(o: Outside) -> object:
    return gethostbyname("localhost") and b""


# -- what others may not read -------------------------------------------------------------------


@act
def read_open(o: Outside) -> object:
    with open(o.secret, "rb") as file:
        return file.read()


@act
def read_path(o: Outside) -> object:
    return Path(o.secret).read_bytes()


@act
def read_raw(o: Outside) -> object:
    return os.read(os.open(o.secret, os.O_RDONLY), 100)


@act
def read_link(o: Outside) -> object:
    os.symlink(o.secret, "innocent")
    return Path("innocent").read_bytes()


@act
def read_copy(o: Outside) -> object:
    shutil.copyfile(o.secret, "copy")
    return Path("copy").read_bytes()


@act
def read_hard_link(o: Outside) -> object:
    os.link(o.secret, "hard")
    return Path("hard").read_bytes()


@act
def read_database(o: Outside) -> object:
    db = sqlite3.connect(f"file:{o.secret}?mode=ro", uri=True)
    return db.execute("select * from sqlite_master").fetchall() and b""


@act
def read_ctypes(o: Outside) -> object:
    number = ctypes.CDLL(None).open(o.secret.encode(), 0)
    return os.read(number, 100) if number >= 0 else b""


@act
def list_folder(o: Outside) -> object:
    return b"the key of the machine" if "file" in os.listdir(o.folder) else b""


@act
def scan_folder(o: Outside) -> object:
    names = [entry.name for entry in os.scandir(o.folder)]
    return b"the key of the machine" if "file" in names else b""


# -- SQLite, which opens files below Python -----------------------------------------------------


@act
def attach(o: Outside) -> None:
    with sqlite3.connect(":memory:") as db:
        db.execute(f"attach '{o.path('new.db')}' as other")
        db.execute("create table other.t (x)")


@act
def vacuum_into(o: Outside) -> None:
    sqlite3.connect(":memory:").execute(f"vacuum into '{o.path('new.db')}'")


@act
def temporary_elsewhere(o: Outside) -> None:
    tempfile.tempdir = o.folder
    tempfile.NamedTemporaryFile(delete=False).close()


@act
def priority(o: Outside) -> None:
    os.setpriority(os.PRIO_PROCESS, o.victim, 19)


@act
def affinity(o: Outside) -> None:
    os.sched_setaffinity(o.victim, {0})
