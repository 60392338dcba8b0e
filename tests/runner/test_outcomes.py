from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from pytest_fpharness.model.outcome import Outcome
from pytest_fpharness.model.timeline import Event, Timeline
from pytest_fpharness.runner.forked_child import Answer, Pipe
from pytest_fpharness.runner.outcomes import (
    EventStream,
    decode_outcome,
    encode_outcome,
    outcome_of_death,
    text_of,
)

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


@pytest.mark.parametrize("died", ["the run ended with signal 11, a crash in C code", "timed out"])
def test_a_traceback_printed_before_a_hang_or_signal_is_not_the_reason(died: str) -> None:
    result = outcome_of_death(Answer(died=died, output=f"{HEAD}{OURS}KeyError: 'x'\n"))
    assert (result.error, result.crash) == ("", died)


def test_an_outcome_travels_as_text_with_its_timeline_and_output() -> None:
    outcome = Outcome(missing="file a\tb", residue=["x"])
    rows = ['[0, "met", "", {}]', '[1, "mark", "", {"name": "injected"}]']
    answer = Answer(text=encode_outcome(outcome), output="line\ttab\n", parts=[", ".join(rows)])
    again = decode_outcome(text_of(answer))
    assert (again.missing, again.residue, again.output) == ("file a\tb", ["x"], "line\ttab\n")
    assert again.rows == [[0, "met", "", {}], [1, "mark", "", {"name": "injected"}]]
    assert again.digest == Timeline.from_rows(again.rows).digest()


def test_a_run_that_died_keeps_its_timeline_and_has_no_digest() -> None:
    answer = Answer(died="timed out", parts=['[0, "met", "", {}]'])
    again = decode_outcome(text_of(answer))
    assert (again.crash, again.digest) == ("timed out", "")
    assert again.rows == [[0, "met", "", {}]]


def test_events_are_sent_in_order_and_stay_as_they_were() -> None:
    class Sent(Pipe):
        def __init__(self) -> None:
            self.parts: list[str] = []

        def part(self, text: str) -> None:
            self.parts.append(text)

    pipe = Sent()
    facts = {"fault": "x"}
    stream = EventStream(pipe, [Event(0, "met", "", facts)])
    facts["fault"] = "forged"
    for at in range(1, 100):
        stream.send(Event(at, "met"))
    stream.flush()
    rows = json.loads(f"[{', '.join(pipe.parts)}]")
    assert [row[0] for row in rows] == list(range(100))
    assert rows[0][3] == {"fault": "x"}
    assert len(pipe.parts) > 1  # not only at the end


def test_what_somebody_outside_did_is_an_error_and_not_the_bots() -> None:
    result = outcome_of_death(Answer(died="the run ended with signal 9", outside=True))
    assert (result.error, result.crash) == ("the run ended with signal 9", "")
