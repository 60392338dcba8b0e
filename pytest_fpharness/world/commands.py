"""What ``subprocess`` answers: the few commands with which a bot looks at and restarts its services."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Callable
from typing import Any
from typing import Final

from pytest_fpharness.model.duration import MILLISECOND
from pytest_fpharness.world.clock import Clock
from pytest_fpharness.world.patching import Patcher
from pytest_fpharness.world.processes import RUNNING
from pytest_fpharness.world.processes import Entry
from pytest_fpharness.world.processes import ProcessTable

QUICK: Final = 5 * MILLISECOND  # pgrep and its like
SERVICE: Final = 500 * MILLISECOND  # systemctl start, stop, restart

Result = tuple[int, str, str]  # exit code, stdout, stderr


class UnknownCommand(Exception):
    """The bot ran a command that the world does not answer; the harness says so instead of guessing."""


class Commands:
    """An in-process answer to ``subprocess`` and ``os.system``."""

    def __init__(
        self,
        table: ProcessTable,
        clock: Clock,
        actor: Callable[[], str],
        emit: Callable[..., None],
    ) -> None:
        self.table, self.clock, self.actor, self.emit = table, clock, actor, emit
        self.unknown: list[str] = []
        self._patcher = Patcher()

    def run(self, argv: list[str]) -> Result:
        """The answer to one command; raises UnknownCommand for one that the world lacks."""
        name = os.path.basename(argv[0]) if argv else ""
        answer = _ANSWERS.get(name)
        if answer is None:
            self.unknown.append(" ".join(argv))
            self.emit("escape", what="command", command=" ".join(argv))
            raise UnknownCommand(
                f"the bot ran {' '.join(argv)!r}, which the world does not answer; "
                f"it knows {', '.join(sorted(_ANSWERS))}"
            )
        slow = name == "systemctl" and len(argv) > 1 and argv[1] in ("restart", "start", "stop")
        self.clock.yielder(SERVICE if slow else QUICK)
        code, out, err = answer(self.table, [a for a in argv[1:] if a != "sudo"])
        self.emit("command", command=" ".join(argv), code=code)
        return code, out, err

    def patch(self) -> None:
        """Put this port behind ``subprocess`` and ``os.system``."""
        port = self
        real = subprocess.Popen

        class WorldPopen(_Popen):
            def __new__(cls, args: Any, *more: Any, **options: Any) -> Any:
                if not port.actor():
                    return real(args, *more, **options)
                return object.__new__(cls)

            commands = port

        self._patcher.replace(subprocess, "Popen", WorldPopen)
        self._patcher.replace(os, "system", lambda line: WorldPopen(line, shell=True).wait() << 8)

    def unpatch(self) -> None:
        """Give ``subprocess`` back."""
        self._patcher.undo()


class _Popen:
    """As much of ``subprocess.Popen`` as ``run``, ``check_output`` and plain waits use."""

    commands: Commands

    def __init__(self, args: Any, *more: Any, **options: Any) -> None:
        shell = options.get("shell", False)
        argv = shlex.split(args) if isinstance(args, str) else [str(arg) for arg in args]
        if not shell and isinstance(args, str):
            argv = [args]
        self.args = args
        self.pid = 0
        self.returncode: int | None = None
        text = any(options.get(key) for key in ("text", "universal_newlines", "encoding"))
        code, out, err = self.commands.run(argv)
        self._code = code
        self._out: Any = out if text else out.encode()
        self._err: Any = err if text else err.encode()
        self.stdout = self.stderr = self.stdin = None

    def communicate(self, input: Any = None, timeout: float | None = None) -> tuple[Any, Any]:
        self.wait()
        return self._out, self._err

    def wait(self, timeout: float | None = None) -> int:
        self.returncode = self._code
        return self._code

    def poll(self) -> int | None:
        self.returncode = self._code
        return self._code

    def kill(self) -> None:
        """The command is over already."""

    terminate = kill

    def __enter__(self) -> _Popen:
        return self

    def __exit__(self, *exc: object) -> None:
        return None


# -- the commands -------------------------------------------------------------------------------


def _matching(table: ProcessTable, argv: list[str]) -> list[Entry]:
    table.emit("processes.read")
    words = [word for word in argv if not word.startswith("-")]
    pattern = re.compile(words[-1] if words else "$^")
    full = any("f" in word for word in argv if word.startswith("-") and not word.startswith("--"))
    exact = "-x" in argv
    found = []
    for entry in table.live():
        text = entry.command if full else os.path.basename(entry.argv[0])[:15]
        if pattern.fullmatch(text) if exact else pattern.search(text):
            found.append(entry)
    return found


def _pgrep(table: ProcessTable, argv: list[str]) -> Result:
    found = _matching(table, argv)
    if "-c" in argv:
        return (0 if found else 1), f"{len(found)}\n", ""
    return (0 if found else 1), "".join(f"{entry.pid}\n" for entry in found), ""


def _pkill(table: ProcessTable, argv: list[str]) -> Result:
    signum = next((s for word in argv if (s := _signal(word))), signal.SIGTERM)
    found = _matching(table, [word for word in argv if not _signal(word)])
    for entry in found:
        table.send(entry, signum)
    return (0 if found else 1), "", ""


def _signal(word: str) -> int:
    name = word.removeprefix("-").removeprefix("SIG")
    if not word.startswith("-") or word == "-f":
        return 0
    if name.isdigit():
        return int(name)
    return int(getattr(signal, f"SIG{name}", 0))


def _kill(table: ProcessTable, argv: list[str]) -> Result:
    signum = next((s for word in argv if (s := _signal(word))), signal.SIGTERM)
    for word in argv:
        if word.isdigit() and (entry := table.by_pid(int(word))):
            table.send(entry, signum)
            return 0, "", ""
    return 1, "", "kill: no such process\n"


def _systemctl(table: ProcessTable, argv: list[str]) -> Result:
    words = [word for word in argv if not word.startswith("-")]
    verb, unit = words[0] if words else "", words[-1] if len(words) > 1 else ""
    known = bool(table.of_unit(unit))
    active = known and any(
        e.status == RUNNING for e in table.live() if e.name in table.of_unit(unit)
    )
    if verb in ("is-active", "status", "show"):
        word = "active" if active else "inactive"
        return (0 if active else 3), f"{word}\n" if verb != "show" else f"ActiveState={word}\n", ""
    if verb == "daemon-reload":
        return 0, "", ""
    act = {"restart": table.restart_unit, "start": table.start_unit, "stop": table.stop_unit}.get(verb)
    if act is None or not known:
        return 5, "", f"Failed to {verb} {unit}: Unit {unit} not found.\n"
    act(unit)
    return 0, "", ""


def _ps(table: ProcessTable, argv: list[str]) -> Result:
    table.emit("processes.read")
    rows = "".join(f"{entry.pid} {entry.command}\n" for entry in table.live())
    return 0, "  PID CMD\n" + rows, ""


_ANSWERS: Final[dict[str, Callable[[ProcessTable, list[str]], Result]]] = {
    "pgrep": _pgrep,
    "pkill": _pkill,
    "kill": _kill,
    "systemctl": _systemctl,
    "ps": _ps,
}
