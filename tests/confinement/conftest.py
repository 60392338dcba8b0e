"""Plays attempts in a confined process, and looks outside for their effects."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest

from pytest_fpharness.confinement import kernel, unaudited
from pytest_fpharness.confinement.audit import Confinement, Escape
from pytest_fpharness.confinement.boundary import boundary
from tests.support.escapes import SECRET, Act, Outside
from tests.support.escapes.contexts import CONTEXTS
from tests.support.escapes.files import FILES
from tests.support.escapes.machine import MACHINE

ROOT = Path(__file__).parents[2]
#: Acts that every context tries.
TRIED = (
    "open_write", "file_io", "bound_remove", "bound_mkdir", "sqlite", "bound_kill", "bound_system",
    "bound_popen_class", "bound_fork", "connect", "udp", "read_open",
)  # fmt: skip
ACTS: dict[str, Act] = {**FILES, **MACHINE}


def _in_context(context: Callable[..., Any], act: Act) -> Act:
    return lambda outside: context(act, outside)


ATTEMPTS: dict[str, Act] = {
    **ACTS,
    **{f"{act} in {c}": _in_context(CONTEXTS[c], ACTS[act]) for c in CONTEXTS for act in TRIED},
}


@dataclass
class Tried:
    """What became of an attempt."""

    effect: str = ""  # what shows outside
    escapes: list[list[str]] = field(default_factory=list)  # what, detail, place
    ended: str = ""  # the error that it got, or the signal that ended it


class World:
    """Things outside, and a confined process that tries to reach them."""

    def __init__(self, base: Path, *, audit: bool, with_kernel: bool) -> None:
        self.base, self.audit, self.with_kernel = base, audit, with_kernel
        self.area = base / "area"
        self.area.mkdir()
        self.victim: subprocess.Popen[bytes] | None = None
        self.tcp, self.udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        self.unix = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        for sock in (self.tcp, self.udp):
            sock.bind(("127.0.0.1", 0))
        self.unix.bind(str(base / "socket"))
        self.tcp.listen()
        for sock in (self.tcp, self.udp, self.unix):
            sock.setblocking(False)
        self.layers: list[str] = []
        self._make()
        self._start()

    def _make(self) -> None:
        shutil.rmtree(self.base / "outside", ignore_errors=True)
        outside = self.base / "outside"
        (outside / "empty").mkdir(parents=True)
        (outside / "file").write_text("content\n")
        (self.base / "secret").write_bytes(SECRET)
        os.utime(outside / "file", (1000, 1000))
        if self.victim is None or self.victim.poll() is not None:
            self.victim = subprocess.Popen(["sleep", "600"], start_new_session=True)
        self.before = self._state()

    def _state(self) -> Any:
        rows = []
        for path in sorted((self.base / "outside").rglob("*")):
            info = path.lstat()
            data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            names = os.listxattr(path, follow_symlinks=False)
            owner = (info.st_uid, info.st_gid, info.st_nlink)
            rows.append((str(path), info.st_mode, info.st_mtime, owner, data, names))
        return rows, (self.base / "outside").stat().st_mode

    @property
    def outside(self) -> Outside:
        assert self.victim is not None
        return Outside(
            folder=str(self.base / "outside"),
            secret=str(self.base / "secret"),
            victim=self.victim.pid,
            tcp=self.tcp.getsockname()[1],
            udp=self.udp.getsockname()[1],
            unix=str(self.base / "socket"),
        )

    def _effect(self, answer: str) -> str:
        if self._state() != self.before:
            return "files"
        assert self.victim is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.victim.wait(0.002)
        if self.victim.poll() is not None:
            return "signal"
        if os.getpriority(os.PRIO_PROCESS, self.victim.pid) > os.getpriority(os.PRIO_PROCESS, 0):
            return "priority"
        for sock in (self.udp, self.unix):
            with contextlib.suppress(BlockingIOError):
                sock.recv(100)
                return "datagram"
        with contextlib.suppress(BlockingIOError):
            self.tcp.accept()[0].close()
            return "connection"
        return "secret" if SECRET.decode() in answer else ""

    def attempt(self, name: str) -> Tried:
        """Let the confined process try it."""
        self._requests.write(json.dumps([name, vars(self.outside)]) + "\n")
        self._requests.flush()
        answer = json.loads(self._answers.readline())
        effect = self._effect(answer["value"])
        if effect:
            self._make()
        return Tried(effect, answer["escapes"], answer["ended"])

    def close(self) -> None:
        self._requests.close()
        os.waitpid(self.pid, 0)
        self._answers.close()
        assert self.victim is not None
        self.victim.kill()
        self.victim.wait()
        for sock in (self.tcp, self.udp, self.unix):
            sock.close()

    # -- the confined process -----------------------------------------------------------------

    def _start(self) -> None:
        request_reader, requests = os.pipe()
        answers, answer_writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(requests)
            os.close(answers)
            _exit_after(lambda: self._confined(request_reader, answer_writer))
        os.close(request_reader)
        os.close(answer_writer)
        self._requests, self._answers = os.fdopen(requests, "w"), os.fdopen(answers)
        self.layers = json.loads(self._answers.readline())

    def _confined(self, reader: int, writer: int) -> None:
        area = str(self.area)
        layers = kernel.separate(area) if self.with_kernel else []
        pid = os.fork()
        if pid:
            os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) % 256)
        os.chdir(area)
        own = boundary(area, [str(ROOT)])
        if self.with_kernel:
            layers += kernel.restrict(own, area)
        escapes: list[Escape] = []
        self.confinement = Confinement(own, escapes.append)
        unaudited.install()
        if self.audit:
            self.confinement.install()
        os.write(writer, (json.dumps([x.name for x in layers if x.in_force]) + "\n").encode())
        for line in os.fdopen(reader):
            name, outside = json.loads(line)
            with self.confinement.suspended():
                answer = self._grandchild(ATTEMPTS[name], Outside(**outside), escapes)
                os.write(writer, (json.dumps(answer) + "\n").encode())

    def _grandchild(self, act: Act, outside: Outside, escapes: list[Escape]) -> dict[str, Any]:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._try(act, outside, escapes, writer)
        os.close(writer)
        with os.fdopen(reader) as file:
            text = file.read()
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        for entry in list(os.scandir(".")):
            shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(
                entry.path
            )
        nothing = {"escapes": [], "value": "", "ended": f"exit {status}"}
        return dict(json.loads(text)) if text else nothing

    def _try(self, act: Act, outside: Outside, escapes: list[Escape], writer: int) -> NoReturn:
        signal.alarm(20)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        if self.with_kernel:
            kernel.forbid_processes()
        self.confinement.resume()
        ended, value = "", None
        try:
            value = act(outside)
        except BaseException as error:
            ended = f"{type(error).__name__}: {error}"
        with self.confinement.suspended():
            rows = [[e.what, e.detail, e.place] for e in escapes]
            answer = {"escapes": rows, "value": repr(value), "ended": ended}
            os.write(writer, json.dumps(answer).encode())
            os._exit(0)


def _exit_after(work: Callable[[], None]) -> NoReturn:
    try:
        work()
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(1)


@pytest.fixture(scope="package")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], World]]:
    """The world of a mode: ``audit``, ``kernel`` or ``both``; each has one confined process."""
    known: dict[str, World] = {}

    def world(mode: str) -> World:
        if mode not in known:
            base = tmp_path_factory.mktemp(mode)
            audit, with_kernel = mode != "kernel", mode != "audit"
            known[mode] = World(base, audit=audit, with_kernel=with_kernel)
        return known[mode]

    yield world
    for made in reversed(known.values()):  # a later one holds the pipes of the earlier ones
        made.close()
