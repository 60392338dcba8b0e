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
from .patience import Patience

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
READY: Final = "ready"  # the part that a server sends when it watches over its own children
#: Signals that only others send: the world answers those of the bot, and a crash has other ones.
_FROM_OUTSIDE: Final = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_CRASHES: Final = {
    signal.SIGSEGV: "a crash in C code", signal.SIGABRT: "a crash in C code",
    signal.SIGBUS: "a crash in C code", signal.SIGFPE: "a crash in C code",
    signal.SIGILL: "a crash in C code",
    signal.SIGSYS: "a system call that leaves the world",
}  # fmt: skip
_PART, _ANSWER = b"+", b"="  # how the lines of a child begin
GRACE: Final = 0.5  # seconds for a stack dump before the kill


class HungUp(BaseException):
    """The caller's pipe closed. A BaseException, so that ``except Exception`` does not swallow it."""


@dataclass
class Answer:
    """The answer of a child, or how it ended without one."""

    text: str = ""
    died: str = ""  # how it ended: its exit status, or the wall budget
    output: str = ""
    parts: list[str] = field(default_factory=list)  # what it sent before the answer
    outside: bool = False  # it died of the machine, or of a signal that somebody else sent


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
        """Send a part, which the parent gets with the next answer, or with the news of the death."""
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

    def ask(self, request: str, budget: float | None, caller: int | None = None) -> Answer:
        """One answer, for which the child may use ``budget`` seconds of processor time, None for any.

        A child that uses more, or waits for what never happens, is ended. One that sends a part at
        once is a server: from then on it watches over its own children, and may take any time.

        ``caller`` is a pipe from the process that waits for the answer. If its other end closes
        meanwhile, the child is ended and HungUp is raised.
        """
        with contextlib.suppress(BrokenPipeError):  # a quick child has answered and gone already
            os.write(self._requests, request.encode() + b"\n")
        patience = None if budget is None else Patience(self.pid, budget)
        return self.read(patience, caller)

    def read(self, patience: Patience | None = None, caller: int | None = None) -> Answer:
        """The next answer, as :meth:`ask` returns it."""
        poll = select.poll()  # select() refuses descriptors from 1024 on
        poll.register(self._answers, select.POLLIN)
        if caller is not None:
            poll.register(caller, 0)  # only its hanging up
        lines = _Lines()
        while lines.answer is None:
            ready = dict(poll.poll(None if patience is None else 1000 * patience.pause))
            if caller in ready:
                _REAL["kill"](self.pid, signal.SIGKILL)
                self._dead("")
                raise HungUp
            if patience is not None and (why := patience.over()):
                _end(self.pid)
                return self._dead(why, lines.parts, machine=patience.machine)
            if not ready:
                continue
            chunk = os.read(self._answers, 1 << 20)
            if not chunk:
                return self._dead("", lines.parts)
            lines.add(chunk)
            if lines.parts[:1] == [READY]:
                patience = None
        return Answer(text=lines.answer, parts=lines.parts)

    def _dead(self, why: str, parts: Sequence[str] = (), *, machine: bool = False) -> Answer:
        _, status = os.waitpid(self.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        output = self.tail()
        self.close()
        died = why or f"{self.name} ended with {_status(code)}"
        outside = machine or (not why and -code in _FROM_OUTSIDE)
        return Answer(died=died, output=output, parts=list(parts), outside=outside)

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


def in_child(work: Callable[[Pipe], str], budget: float) -> Answer:
    """Fork, run ``work`` in the child and return what it sends; see :meth:`Child.ask`."""
    child = Child(lambda pipe: pipe.answer(work(pipe)))
    answer = child.ask("go", budget)
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
        faulthandler.enable(file=2)  # the stack of a crash
        faulthandler.register(signal.SIGUSR1, file=2, all_threads=True)
        faulthandler.register(signal.SIGSYS, file=2, all_threads=True, chain=True)
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
    if code >= 0:
        return f"exit code {code}"
    crash = next((text for number, text in _CRASHES.items() if number == -code), "")
    return f"signal {-code}" + (f", {crash}" if crash else "")
