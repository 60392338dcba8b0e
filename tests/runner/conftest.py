"""Runners over the tiny bots, shared by the tests of a module: each is a warm process."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from pytest_fpharness.runner.runner import Runner
from tests.support.bots import FOLDER

WALL = 1.0


@pytest.fixture(scope="module")
def runner_of() -> Iterator[Callable[[str], Runner]]:
    """Return the runner of a bot, such as ``hanging.py:BusyLoop``; each bot has one per module."""
    with contextlib.ExitStack() as stack:
        known: dict[str, Runner] = {}

        def runner_of(name: str, wall: float = WALL) -> Runner:
            if name not in known:
                made = Runner(name, base=FOLDER, wall=wall)
                known[name] = stack.enter_context(made)
            return known[name]

        yield runner_of
