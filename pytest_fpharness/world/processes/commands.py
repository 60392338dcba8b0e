"""The subprocess port: commands with which a bot inspects and restarts its services."""

from __future__ import annotations

import functools
import io
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Callable, Mapping
from typing import Any, Final

from pytest_fpharness.model.duration import MILLISECOND
from pytest_fpharness.world.context import PortContext
from pytest_fpharness.world.patching import Patcher, behind, install_switches
from .entry import RUNNING, ZOMBIE, Entry
from .programs import Answer, Result
from .table import ProcessTable
from .units import journal, properties, show

QUICK: Final = 5 * MILLISECOND  # ns, pgrep and similar
SERVICE: Final = 500 * MILLISECOND  # ns, systemctl start, stop, restart

#: Redirections that discard output; they do not change the answer of a command.
_DISCARD: Final = re.compile(r"(?:\d|&)?>>?\s*/dev/null|\d>&\d")


class UnknownCommand(Exception):
    """The bot ran a command that the world cannot answer."""


class Commands:
    """Answers ``subprocess`` and ``os.system`` in-process."""

    def __init__(
        self,
        table: ProcessTable,
        context: PortContext,
        answers: Mapping[tuple[str, ...], Answer] | None = None,
        hint: str = "",
    ) -> None:
        self.table = table
        self.clock, self.actor, self.emit = context.clock, context.actor, context.emit
        self.unknown: list[str] = []
        #: First words of a command -> its answer, or a function that runs as the calling process.
        self.answers: dict[tuple[str, ...], Answer] = dict(answers or {})
        self.hint = hint  # advice in the error about an unknown command
        self._patcher = Patcher()

    def run(self, argv: list[str]) -> Result:
        """Answer one command; raises UnknownCommand."""
        text = " ".join(argv)
        argv = _without_sudo(argv)
        for words, result in self.answers.items():
            if tuple(argv[: len(words)]) == words:
                self.clock.yielder(QUICK)
                declared = result(argv) if callable(result) else result
                self.emit("command", command=text, code=declared[0])
                return declared
        name = os.path.basename(argv[0]) if argv else ""
        answer = _ANSWERS.get(name)
        if answer is None:
            raise self._lacks(text)
        slow = name == "systemctl" and any(w in ("restart", "start", "stop") for w in argv[1:])
        self.clock.yielder(SERVICE if slow else QUICK)
        code, out, err = answer(self.table, argv[1:])
        self.emit("command", command=text, code=code)
        return code, out, err

    def _lacks(self, text: str) -> UnknownCommand:
        self.unknown.append(text)
        self.emit("escape", what="command", detail=text)
        known = ", ".join(sorted(_ANSWERS))
        return UnknownCommand(
            f"{text!r} was run, which the world does not answer; it knows {known}"
            + (f" ({self.hint})" if self.hint else "")
        )

    def shell(self, line: str) -> Result:
        """Answer a shell line of commands, ``&&``, ``||``, ``;`` and discarded output.

        Raises UnknownCommand for other shell syntax.
        """
        words = shlex.shlex(_DISCARD.sub(" ", line), posix=True, punctuation_chars=True)
        words.whitespace_split = True
        code, out, err, wanted = 0, "", "", True
        argv: list[str] = []
        for word in [*words, ";"]:
            if word not in ("&&", "||", ";"):
                if set(word) & set("|&<>()`$"):
                    raise self._lacks(line)
                argv.append(word)
                continue
            if wanted and argv:
                code, more, errors = self.run(argv)
                out, err = out + more, err + errors
            wanted = word == ";" or (code == 0) == (word == "&&")
            argv = []
        return code, out, err

    def patch(self) -> None:
        """Put this port behind ``subprocess`` and ``os.system``."""
        port = self

        class WorldPopen(_Popen, subprocess.Popen):  # type: ignore[type-arg, misc]
            commands = port

        @functools.cache
        def in_world(cls: type) -> type:
            """The class, a subclass of the bot's perhaps, with our methods below its own."""
            return type(cls.__name__, (cls, WorldPopen), {})

        def new(cls: type, *args: Any, **options: Any) -> Any:
            if not port.actor():
                return object.__new__(cls)
            return object.__new__(WorldPopen if cls is subprocess.Popen else in_world(cls))

        # In the class itself: the bot may have bound its name long before.
        install_switches([(subprocess.Popen, "__new__")])
        self._patcher.replace(subprocess.Popen, "__new__", new)
        system = behind(os, "system")

        def run_line(line: str) -> int:
            return self.shell(line)[0] << 8 if self.actor() else system(line)

        self._patcher.replace(os, "system", run_line)

    def unpatch(self) -> None:
        self._patcher.undo()


class _Popen:
    """The part of ``subprocess.Popen`` that ``run``, ``check_output`` and waits use."""

    commands: Commands

    def __init__(self, args: Any, *more: Any, **options: Any) -> None:
        self.args = args
        self.pid = 0
        self.returncode: int | None = None
        if options.get("shell"):
            line = args if isinstance(args, str) else str(args[0])
            code, out, err = self.commands.shell(line)
        else:
            argv = [args] if isinstance(args, str | os.PathLike) else args
            code, out, err = self.commands.run([os.fsdecode(arg) for arg in argv])
        if options.get("stderr") == subprocess.STDOUT:
            out, err = out + err, ""
        self._code = code
        keys = ("text", "universal_newlines", "encoding", "errors")
        text = any(options.get(key) for key in keys)
        self.stdin = None
        self.stdout = _stream(options.get("stdout"), out, text)
        self.stderr = _stream(options.get("stderr"), err, text)

    def communicate(self, input: Any = None, timeout: float | None = None) -> tuple[Any, Any]:
        """Return stdout and stderr, None for one that was not captured."""
        self.wait()
        streams = (self.stdout, self.stderr)
        return tuple(s.read() if s is not None else None for s in streams)  # type: ignore[return-value]

    def wait(self, timeout: float | None = None) -> int:
        self.returncode = self._code
        return self._code

    def poll(self) -> int | None:
        return self.wait()

    def send_signal(self, sig: int) -> None:
        """The command is over already."""

    def kill(self) -> None:
        """The command is over already."""

    terminate = kill

    def __class_getitem__(cls, item: Any) -> Any:
        """Support ``Popen[str]`` in annotations."""
        return cls

    def __enter__(self) -> _Popen:
        return self

    def __exit__(self, *exc: object) -> None:
        self.wait()

    def __del__(self) -> None:
        """The command is over: nothing is left to wait for."""


def _stream(target: Any, output: str, text: bool) -> Any:
    """Return a pipe with the output, or write it to ``target`` and return None."""
    if target == subprocess.PIPE:
        return io.StringIO(output) if text else io.BytesIO(output.encode())
    if hasattr(target, "write"):
        target.write(output if isinstance(target, io.TextIOBase) else output.encode())
    return None


def _without_sudo(argv: list[str]) -> list[str]:
    if not argv or os.path.basename(argv[0]) != "sudo":
        return argv
    words = argv[1:]
    while words and words[0].startswith("-"):
        words = words[1:]
    return words


# -- the commands -------------------------------------------------------------------------------


def _matching(table: ProcessTable, argv: list[str]) -> list[Entry]:
    table.emit("processes.read")
    words = [word for word in argv if not word.startswith("-")]
    pattern = re.compile(words[-1] if words else "$^")
    full = any("f" in word for word in argv if word.startswith("-") and not word.startswith("--"))
    exact = "-x" in argv
    entries = []
    for entry in table.live():
        # A zombie has no command line: pgrep -f falls back to its name (procps-ng 4).
        whole = full and entry.status != ZOMBIE
        text = entry.command if whole else os.path.basename(entry.argv[0])[:15]
        if pattern.fullmatch(text) if exact else pattern.search(text):
            entries.append(entry)
    return entries


def _pgrep(table: ProcessTable, argv: list[str]) -> Result:
    matches = _matching(table, argv)
    if "-c" in argv:
        return (0 if matches else 1), f"{len(matches)}\n", ""
    return (0 if matches else 1), "".join(f"{entry.pid}\n" for entry in matches), ""


def _pkill(table: ProcessTable, argv: list[str]) -> Result:
    signum, words = _signal_in(argv)
    matches = _matching(table, words)
    for entry in matches:
        table.send(entry, signum)
    return (0 if matches else 1), "", ""


def _signal_in(argv: list[str]) -> tuple[int, list[str]]:
    """Return the signal number (``-9``, ``-KILL``, ``-s KILL``) and the remaining words."""
    rest: list[str] = []
    signum: int | None = None
    words = iter(argv)
    for word in words:
        if word in ("-s", "--signal"):
            signum = _signal(next(words, ""))
        elif word.startswith("--signal="):
            signum = _signal(word.partition("=")[2])
        elif word.startswith("-") and _signal(word[1:]) is not None:
            signum = _signal(word[1:])
        else:
            rest.append(word)
    return (signal.SIGTERM if signum is None else signum), rest


def _signal(name: str) -> int | None:
    """The number of a signal; 0 only checks that a process exists."""
    if name.isdigit():
        return int(name)
    number = getattr(signal, f"SIG{name.removeprefix('SIG')}", None)
    return int(number) if isinstance(number, signal.Signals) else None


def _kill(table: ProcessTable, argv: list[str]) -> Result:
    signum, words = _signal_in(argv)
    missing = ""
    for word in words:
        entry = table.by_pid(int(word)) if word.isdigit() else None
        if entry is None:
            missing += f"kill: ({word}) - No such process\n"
        else:
            table.send(entry, signum)
    return (1 if missing or not words else 0), "", missing


def _systemctl(table: ProcessTable, argv: list[str]) -> Result:
    words = [word for word in argv if not word.startswith("-")]
    verb, unit = words[0] if words else "", words[-1] if len(words) > 1 else ""
    known = bool(table.of_unit(unit))
    active = known and any(
        e.status == RUNNING for e in table.live() if e.name in table.of_unit(unit)
    )
    if verb == "show":
        table.emit("processes.read")
        return 0, show(table, [word for word in argv if word != verb]), ""
    if verb == "is-failed":
        word = properties(table, unit)["ActiveState"]
        return (0 if word == "failed" else 1), f"{word}\n", ""
    if verb in ("is-active", "status"):
        word = "active" if active else "inactive"
        return (0 if active else 3), f"{word}\n", ""
    if verb == "daemon-reload":
        return 0, "", ""
    act = {"restart": table.restart_unit, "start": table.start_unit, "stop": table.stop_unit}.get(
        verb
    )
    if act is None or not known:
        return 5, "", f"Failed to {verb} {unit}: Unit {unit} not found.\n"
    act(unit)
    return 0, "", ""


def _journalctl(table: ProcessTable, argv: list[str]) -> Result:
    return 0, journal(table, argv), ""


def _ps(table: ProcessTable, argv: list[str]) -> Result:
    table.emit("processes.read")
    rows = "".join(f"{entry.pid} {entry.command}\n" for entry in table.live())
    return 0, "  PID CMD\n" + rows, ""


_ANSWERS: Final[dict[str, Callable[[ProcessTable, list[str]], Result]]] = {
    "pgrep": _pgrep,
    "pkill": _pkill,
    "kill": _kill,
    "systemctl": _systemctl,
    "journalctl": _journalctl,
    "ps": _ps,
}
