from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pytest_fpharness.runner.forked_child import Answer
from pytest_fpharness.runner.world_process import outcome_of_death

PACKAGE = str(Path(sys.modules["pytest_fpharness"].__file__ or "").parent)
HEAD = "Traceback (most recent call last):\n"
RAISED = "the run ended with exit code 1"


def frame(path: str) -> str:
    return f'  File "{path}", line 1, in work\n    work()\n'


OURS = frame(f"{PACKAGE}/simulation/fault_injector.py")
PORT = frame(f"{PACKAGE}/world/files.py")
BOT = frame("/home/me/bot/trader.py")
REFERENCE = frame(f"{PACKAGE}/reference_bot/trader.py")
LIBRARY = frame(f"{Path(os.__file__).parent}/json/decoder.py")
INSTALLED = frame(f"{Path(os.__file__).parent}/site-packages/bot/trader.py")


@pytest.mark.parametrize(
    ("frames", "ours"),
    [
        ([OURS], True),
        ([OURS, LIBRARY], True),
        ([BOT, OURS], True),
        ([OURS, PORT], True),
        ([OURS, BOT], False),
        ([OURS, BOT, LIBRARY], False),
        ([OURS, BOT, PORT, LIBRARY], False),
        ([OURS, INSTALLED], False),
        ([OURS, REFERENCE], False),
    ],
)
def test_the_innermost_frame_decides_whether_the_harness_raised(
    frames: list[str], ours: bool
) -> None:
    result = outcome_of_death(
        Answer(died=RAISED, output=HEAD + "".join(frames) + "KeyError: 'x'\n")
    )
    reason = f"{RAISED}: KeyError: 'x'"
    assert (result.error, result.crash) == ((reason, "") if ours else ("", reason))


@pytest.mark.parametrize("died", ["the run ended with signal 9", "no result within 2 s"])
def test_a_traceback_printed_before_a_hang_or_signal_is_not_the_reason(died: str) -> None:
    result = outcome_of_death(Answer(died=died, output=f"{HEAD}{OURS}KeyError: 'x'\n"))
    assert (result.error, result.crash) == ("", died)
