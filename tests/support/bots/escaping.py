"""Bots whose cycle leaves the world in one way each; the paths are beside this file."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import socket
import sqlite3
import threading
from collections.abc import Callable, Mapping
from os import kill, mkdir, system  # names that are bound before any world exists
from pathlib import Path
from subprocess import Popen

from tests.support.bots.tiny import TinyBot

OUTSIDE = Path(__file__).with_name("escaped")


class Escaping(TinyBot):
    """Acts once in every cycle, and goes on when it is refused."""

    def act(self) -> None:
        raise NotImplementedError

    def start_bot(self) -> Mapping[str, Callable[[], object]]:
        tasks = super().start_bot()

        def cycle() -> None:
            with contextlib.suppress(OSError, sqlite3.Error):
                self.act()
            tasks["cycle"]()

        return {**tasks, "cycle": cycle}


class Mkdir(Escaping):
    def act(self) -> None:
        mkdir(OUTSIDE)


class RawFile(Escaping):
    def act(self) -> None:
        io.FileIO(OUTSIDE, "w").close()


class Touch(Escaping):
    def act(self) -> None:
        OUTSIDE.touch()


class Link(Escaping):
    """Through a link that lies inside the run."""

    def act(self) -> None:
        if not Path("out").is_symlink():
            os.symlink(OUTSIDE.parent, "out")
        Path("out", OUTSIDE.name).mkdir()


class Database(Escaping):
    def act(self) -> None:
        sqlite3.connect(OUTSIDE).close()


class Reads(Escaping):
    def act(self) -> None:
        Path("/etc/shadow").read_bytes()


class Kill(Escaping):
    """The port answers: there is no such process in the world."""

    def act(self) -> None:
        kill(os.getppid(), 9)


class Command(Escaping):
    def act(self) -> None:
        Popen(["touch", str(OUTSIDE)])


class Shell(Escaping):
    def act(self) -> None:
        system(f"touch {OUTSIDE}")


class Sends(Escaping):
    def act(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"secret", ("192.0.2.1", 53))


class Listens(Escaping):
    def act(self) -> None:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))


class Thread(Escaping):
    """In a thread that nobody of the world has started."""

    def act(self) -> None:
        thread = threading.Thread(target=self.make)
        thread.start()
        thread.join()

    def make(self) -> None:
        with contextlib.suppress(OSError):
            os.mkdir(OUTSIDE)


class Finalizer(Escaping):
    class Junk:
        def __init__(self) -> None:
            self.own = self

        def __del__(self) -> None:
            with contextlib.suppress(OSError):
                os.mkdir(OUTSIDE)

    def act(self) -> None:
        self.Junk()
        gc.collect()


class Temporary(Escaping):
    """Allowed: temporary files and the home directory lie inside the run."""

    def act(self) -> None:
        import tempfile

        with tempfile.NamedTemporaryFile() as file:
            file.write(b"x")
        Path.home().joinpath("seen").touch()
