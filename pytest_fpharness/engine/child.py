"""A forked child: runs one leg of one plan, sends one answer, exits (S35)."""

from __future__ import annotations

import faulthandler
import os
import select
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pytest_fpharness.world.clock import real_monotonic

# Containers: these names are replaced on os while a world is active.
_REAL: Final = {"exit": os._exit, "kill": os.kill, "write": os.write, "read": os.read}
OUTPUT_TAIL: Final = 6000  # characters of a run's output that are kept
GRACE: Final = 0.5  # seconds for a stack dump before the kill


@dataclass
class Answer:
    """What came out of a child: its text, or why there is none."""

    text: str = ""
    died: str = ""  # exit status or wall budget, in words
    output: str = ""


def in_child(work: Callable[[], str], wall: float) -> Answer:
    """Fork, run ``work`` in the child and return what it sends within ``wall`` real seconds."""
    reader, writer = os.pipe()
    with tempfile.TemporaryFile() as output:
        pid = os.fork()
        if pid == 0:
            _child(work, writer, output.fileno())
        os.close(writer)
        answer = _collect(pid, reader, wall)
        output.seek(0)
        answer.output = output.read()[-OUTPUT_TAIL:].decode("utf-8", "replace")
    return answer


def _child(work: Callable[[], str], writer: int, output: int) -> None:
    """Never returns: whatever happens, this process ends here."""
    code = 1
    try:
        os.dup2(output, 1)
        os.dup2(output, 2)
        faulthandler.register(signal.SIGUSR1, file=2, all_threads=True)
        data = work().encode("ascii", "backslashreplace")
        sys.stdout.flush()
        sys.stderr.flush()
        while data:
            data = data[_REAL["write"](writer, data) :]  # type: ignore[operator]
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        _REAL["exit"](code)  # type: ignore[operator]


def _collect(pid: int, reader: int, wall: float) -> Answer:
    deadline = real_monotonic() + wall
    chunks: list[bytes] = []
    late = False
    while True:
        left = deadline - real_monotonic()
        ready, _, _ = select.select([reader], [], [], max(0.0, left))
        if not ready:
            late = True
            _end(pid)
            break
        chunk = os.read(reader, 1 << 20)
        if not chunk:
            break
        chunks.append(chunk)
    os.close(reader)
    _, status = os.waitpid(pid, 0)
    if late:
        return Answer(died=f"no result within {wall:g} s of real time: the bot never yields")
    if status:
        code = os.waitstatus_to_exitcode(status)
        return Answer(died=f"the run ended with {'signal' if code < 0 else 'exit code'} {abs(code)}")
    return Answer(text=b"".join(chunks).decode())


def _end(pid: int) -> None:
    """Ask for the stack, then kill."""
    _REAL["kill"](pid, signal.SIGUSR1)  # type: ignore[operator]
    select.select([], [], [], GRACE)
    _REAL["kill"](pid, signal.SIGKILL)  # type: ignore[operator]
