"""Forked children: a stem that answers requests, and a run that sends one answer and exits (S35)."""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final, NoReturn

from pytest_fpharness.world.patching import original
from pytest_fpharness.world.time.clock import real_monotonic

# A container, for these names are replaced on os while a world is active.
_REAL: Final[dict[str, Any]] = {
    "exit": original(os, "_exit"), "kill": original(os, "kill"), "fork": original(os, "fork"),
}  # fmt: skip
OUTPUT_TAIL: Final = 6000  # bytes of a run's output that are kept
# Our ends of the pipes of all children: a later child must not keep an earlier one's pipe open.
_open: set[int] = set()
# Loaded before anything is patched; prctl(2) is Linux's own.
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG: Final = 1
_PART, _ANSWER = b"+", b"="  # how the lines of a child begin
GRACE: Final = 0.5  # seconds for a stack dump before the kill

TIMED_OUT: Final = (
    "timed out after {wall:g} s of real time (--fp-wall): the bot blocked, or the machine is slow"
)


class HungUp(BaseException):
    """The caller's pipe closed. A BaseException, so that ``except Exception`` does not swallow it."""


@dataclass
class Answer:
    """The answer of a child, or how it ended without one."""

    text: str = ""
    died: str = ""  # how it ended: its exit status, or the wall budget
    output: str = ""
    parts: list[str] = field(default_factory=list)  # what it sent before the answer


class Pipe:
    """The child's end: requests in, one line each, and answers out."""

    def __init__(self, reader: int, writer: int) -> None:
        self._lines = os.fdopen(reader, "r")
        self._writer = writer

    def __iter__(self) -> Iterator[str]:
        return (line.rstrip("\n") for line in self._lines)

    def close(self) -> None:
        """Close both ends, which another process uses."""
        self._lines.close()
        os.close(self._writer)

    def part(self, text: str) -> None:
        """Send a part of what the parent gets with the next answer, even if there is none."""
        self._send(_PART, text)

    def answer(self, text: str) -> None:
        """Send one answer: a line of ASCII."""
        self._send(_ANSWER, text)

    def _send(self, kind: bytes, text: str) -> None:
        data = kind + text.encode("ascii", "backslashreplace") + b"\n"
        while data:
            data = data[os.write(self._writer, data) :]


class Child:
    """A forked child that serves requests until its pipe closes; ``name`` says what it is."""

    def __init__(self, serve: Callable[[Pipe], None], name: str = "the run") -> None:
        self.name = name
        request_reader, self._requests = os.pipe()
        self._answers, answer_writer = os.pipe()
        self._output = _temporary_file()
        self.pid = _REAL["fork"]()
        if self.pid == 0:
            _open.update((self._requests, self._answers))
            _serve(serve, (request_reader, answer_writer), self._output.fileno())
        os.close(request_reader)
        os.close(answer_writer)
        _open.update((self._requests, self._answers))

    def ask(self, request: str, wall: float, caller: int | None = None) -> Answer:
        """One answer within ``wall`` real seconds; a child that gives none is ended.

        ``caller`` is a pipe from the process that waits for the answer. If its other end closes
        meanwhile, the child is ended and HungUp is raised.
        """
        with contextlib.suppress(BrokenPipeError):  # a quick child has answered and gone already
            os.write(self._requests, request.encode() + b"\n")
        return self.read(wall, caller)

    def read(self, wall: float, caller: int | None = None) -> Answer:
        """The next answer, as :meth:`ask` returns it."""
        poll = select.poll()  # select() refuses descriptors from 1024 on
        poll.register(self._answers, select.POLLIN)
        if caller is not None:
            poll.register(caller, 0)  # only its hanging up
        deadline = real_monotonic() + wall
        lines = _Lines()
        while lines.answer is None:
            ready = dict(poll.poll(1000 * max(0.0, deadline - real_monotonic())))
            if caller in ready:
                _REAL["kill"](self.pid, signal.SIGKILL)
                self._dead("")
                raise HungUp
            if not ready:
                _end(self.pid)
                return self._dead(TIMED_OUT.format(wall=wall), lines.parts)
            chunk = os.read(self._answers, 1 << 20)
            if not chunk:
                return self._dead("", lines.parts)
            lines.add(chunk)
        return Answer(text=lines.answer, parts=lines.parts)

    def _dead(self, why: str, parts: Sequence[str] = ()) -> Answer:
        _, status = os.waitpid(self.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        output = self.tail()
        self.close()
        died = why or f"{self.name} ended with {_status(code)}"
        return Answer(died=died, output=output, parts=list(parts))

    def tail(self) -> str:
        """The end of what the child has printed so far."""
        self._output.seek(0)
        return self._output.read()[-OUTPUT_TAIL:].decode("utf-8", "replace")

    def close(self) -> None:
        """Close the pipes; the child then ends."""
        self._output.close()
        for number in (self._requests, self._answers):
            _open.discard(number)
            os.close(number)


class _Lines:
    """What a child has sent: whole lines, of which the last is its answer."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.answer: str | None = None
        self._begun: list[bytes] = []  # of the line that has not ended

    def add(self, chunk: bytes) -> None:
        *ended, rest = chunk.split(b"\n")
        for line in ended:
            whole = b"".join([*self._begun, line])
            self._begun.clear()
            if whole.startswith(_PART):
                self.parts.append(whole[1:].decode())
            else:
                self.answer = whole[1:].decode()
        self._begun.append(rest)


def in_child(work: Callable[[Pipe], str], wall: float) -> Answer:
    """Fork, run ``work`` in the child and return what it sends within ``wall`` real seconds."""
    child = Child(lambda pipe: pipe.answer(work(pipe)))
    answer = child.ask("go", wall)
    if not answer.died:
        os.waitpid(child.pid, 0)
        answer.output = child.tail()
        child.close()
    return answer


def _temporary_file() -> IO[bytes]:
    """A file that no directory has, so that it can be made in confinement, too."""
    if hasattr(os, "memfd_create"):
        return open(os.memfd_create("output"), "w+b")
    return tempfile.TemporaryFile()


def _serve(serve: Callable[[Pipe], None], ends: tuple[int, int], output: int) -> None:
    """Never returns: whatever happens, this process ends here."""
    code = 1
    try:
        die_with_parent(True)
        os.dup2(output, 1)
        os.dup2(output, 2)
        pipe = Pipe(*ends)
        while _open:
            os.close(_open.pop())
        faulthandler.register(signal.SIGUSR1, file=2, all_threads=True)
        serve(pipe)
        sys.stdout.flush()
        sys.stderr.flush()
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        _REAL["exit"](code)


def end_as(pid: int) -> NoReturn:
    """Wait for a child and end in its way; a request for a stack goes to the child."""
    faulthandler.unregister(signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, lambda signum, frame: os.kill(pid, signum))
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code < 0:
        os.kill(os.getpid(), -code)
        time.sleep(GRACE)  # until it has arrived
    _REAL["exit"](code)
    raise AssertionError


def die_with_parent(yes: bool) -> None:
    """Let the kernel kill this process when its parent dies, on Linux: a busy loop never notices.

    The kernel treats the thread that forked as the parent.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL) if yes else 0)


def _end(pid: int) -> None:
    _REAL["kill"](pid, signal.SIGUSR1)
    select.select([], [], [], GRACE)
    _REAL["kill"](pid, signal.SIGKILL)


def _status(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
