"""Commands that a target declares: what they answer, or what is run in their place."""

from __future__ import annotations

import contextlib
import io
import shlex
from collections.abc import Callable, Mapping
from typing import Any

Result = tuple[int, str, str]  # exit code, stdout, stderr
Answer = Result | Callable[[list[str]], Result]


def answers_of(commands: Mapping[str, Any]) -> dict[tuple[str, ...], Answer]:
    """The answers by the first words of a command, longest and thus most specific first."""
    answers = {tuple(shlex.split(words)): _answer(value) for words, value in commands.items()}
    return dict(sorted(answers.items(), key=lambda item: -len(item[0])))


def mistakes(commands: Mapping[str, Any]) -> list[str]:
    """Describe what is wrong with the declaration."""
    return [
        f"the command {words!r} needs (exit code, output) or a callable, not {value!r}"
        for words, value in commands.items()
        if not words.split() or not (callable(value) or _is_answer(value))
    ]


def _is_answer(value: object) -> bool:
    return isinstance(value, tuple) and tuple(map(type, value)) == (int, str)


def _answer(value: Any) -> Answer:
    if callable(value):
        return lambda argv: _run(value, argv)
    code, out = value
    return (code, out, "")


def _run(program: Callable[[list[str]], object], argv: list[str]) -> Result:
    """Run like a separate program: exceptions and ``sys.exit`` become the exit code."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            program(argv)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
            err.write(end.code if isinstance(end.code, str) else "")
        except Exception as error:
            code = 1
            err.write(f"{type(error).__name__}: {error}\n")
    return code, out.getvalue(), err.getvalue()
