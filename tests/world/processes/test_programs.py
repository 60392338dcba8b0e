from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from pytest_fpharness.model.layout import Layout
from pytest_fpharness.world.processes.programs import mistakes
from pytest_fpharness.world.world import World
from tests.support.world_bench import acting


def ran(line: str, **commands: Any) -> tuple[int, str, str]:
    """How a declared command ends for a process of the bot."""
    world = World("", Layout(commands=commands))
    with acting(world, world.commands):
        done = subprocess.run(line.split(), capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_a_declared_answer() -> None:
    assert ran("uptime -p", uptime=(0, "up 3 days\n")) == (0, "up 3 days\n", "")


def test_more_words_say_more() -> None:
    commands = {"git": (1, ""), "git rev-parse": (0, "abc\n")}
    assert ran("git rev-parse HEAD", **commands) == (0, "abc\n", "")
    assert ran("git status", **commands) == (1, "", "")


def test_a_declared_command_replaces_the_worlds_answer() -> None:
    assert ran("pgrep -f main.py", pgrep=(0, "17\n")) == (0, "17\n", "")


def test_a_callable_does_the_work_of_the_command() -> None:
    def mend(argv: list[str]) -> None:
        print("mended", *argv[1:])
        print("twice", file=sys.stderr)

    assert ran("mend a b", mend=mend) == (0, "mended a b\n", "twice\n")


@pytest.mark.parametrize(
    ("end", "code", "err"),
    [
        (SystemExit(), 0, ""),
        (SystemExit(3), 3, ""),
        (SystemExit("no such file"), 1, "no such file"),
        (KeyError("weights"), 1, "KeyError: 'weights'\n"),
    ],
)
def test_exceptions_and_sys_exit_become_exit_codes(end: BaseException, code: int, err: str) -> None:
    def program(argv: list[str]) -> None:
        print("begun")
        raise end

    assert ran("mend", mend=program) == (code, "begun\n", err)


def test_what_it_does_is_done_by_the_process_that_asked() -> None:
    worlds: list[World] = []
    program = {"who": lambda argv: print(worlds[0].current_process)}
    worlds.append(world := World("", Layout(commands=program)))
    with acting(world, world.commands, actor="monitor"):
        assert subprocess.check_output(["who"], text=True) == "monitor\n"
    (event,) = world.timeline.of("command")
    assert (event.actor, event.facts) == ("monitor", {"command": "who", "code": 0})


@pytest.mark.parametrize("fields", ["text", (0,), (0, b""), ("0", ""), None])
def test_other_answers_are_named(fields: Any) -> None:
    message = f"the command 'who' needs (exit code, output) or a callable, not {fields!r}"
    assert mistakes({"who": fields, "fine": (0, ""), "also": print}) == [message]
    assert len(mistakes({"": (0, "")})) == 1
