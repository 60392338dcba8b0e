"""The outcome of a run as text, and the outcome of a run that died."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sysconfig
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pytest_fpharness.model.outcome import Outcome
from pytest_fpharness.model.redact import Redactor, looks_secret
from pytest_fpharness.model.timeline import Event, Timeline
from pytest_fpharness.targets.contract import ContractError
from pytest_fpharness.world.world import CANARY_KEYS
from .forked_child import Answer, Pipe

_STANDARD = (sysconfig.get_paths()["stdlib"] + os.sep, "<frozen ")
#: Also the machine's own keys: a bot may find one in the environment that it inherits.
REDACTOR: Final = Redactor(
    [*CANARY_KEYS.values(), *(value for name, value in os.environ.items() if looks_secret(name))]
)
RAISED = "the run ended with exit code 1"  # how a child ends that an exception left
_BATCH: Final = 64  # events that are sent at once
_HEAD: Final = ("missing", "error", "crash", "residue")


class EventStream:
    """Sends the events of a run to the parent as they happen.

    What was sent stays as it was, whatever becomes of this process.
    """

    def __init__(self, pipe: Pipe, events: Sequence[Event]) -> None:
        self._pipe = pipe
        self._waiting: list[str] = []
        for event in events:
            self.send(event)

    def send(self, event: Event) -> None:
        """Send one event, soon."""
        self._waiting.append(json.dumps(event.to_row(), sort_keys=True, default=str))
        if len(self._waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Send what is left."""
        if self._waiting:
            self._pipe.part(", ".join(self._waiting))
            self._waiting.clear()


def encode_outcome(outcome: Outcome) -> str:
    """The outcome as one line, but for its timeline and its output."""
    return json.dumps({name: getattr(outcome, name) for name in _HEAD})


def text_of(answer: Answer) -> str:
    """The outcome that a child answered, or that its death means: one line."""
    died = outcome_of_death(answer) if answer.died else None
    head = answer.text.rstrip("\n") if died is None else encode_outcome(died)
    ended = "ended" if died is None else ""
    rows = f"[{', '.join(answer.parts)}]"
    return "\t".join((ended, json.dumps(REDACTOR.text(answer.output)), head, rows))


def decode_outcome(text: str) -> Outcome:
    """The outcome of :func:`text_of`; the same plan gives the same digest (S33)."""
    ended, output, head, rows = text.rstrip("\n").split("\t", 3)
    outcome = Outcome(**json.loads(head), output=json.loads(output), rows=json.loads(rows))
    if ended:
        outcome.digest = hashlib.sha256(rows.encode()).hexdigest()[:16]
    return outcome


def first_part(outcome: Outcome, length: int) -> Outcome:
    """The outcome without what happened later than ``length`` ns after the injection."""
    starts = [row[0] for row in outcome.rows if row[1] == "mark"]
    if not starts or not outcome.digest:
        return outcome
    rows = [row for row in outcome.rows if row[0] < starts[0] + length]
    return replace(outcome, rows=rows, digest=Timeline.from_rows(rows).digest())


def outcome_of_death(answer: Answer) -> Outcome:
    """No result: the harness broke only if the innermost frame is its own (S29).

    What the machine or somebody outside did is nobody's fault in the run: an error, too.
    """
    output = REDACTOR.text(answer.output)
    if answer.outside:
        return Outcome(error=answer.died, output=output)
    # A hang or a signal leaves no exception: a traceback in the output is one that the bot printed.
    _, raised, trace = output.rpartition("Traceback (most recent call last)")
    if not raised or answer.died != RAISED:
        return Outcome(crash=answer.died, output=output)
    reason = f"{answer.died}: {trace.rstrip().splitlines()[-1]}"
    if _is_ours(trace) and f"{ContractError.__name__}: " not in reason:
        return Outcome(error=reason, output=output)
    return Outcome(crash=reason, output=output)


def _is_ours(trace: str) -> bool:
    """Whether a traceback's innermost frame outside libraries and ports is the harness's."""
    package = os.path.dirname(os.path.dirname(__file__))
    ports = os.path.join(package, "world") + os.sep
    bot = os.path.join(package, "reference_bot") + os.sep
    frames = re.findall(r'^ *File "([^"]+)"', trace, re.MULTILINE)
    own_frames = [path for path in frames if not path.startswith(ports) and not _is_library(path)]
    return (
        bool(own_frames)
        and own_frames[-1].startswith(package + os.sep)
        and not own_frames[-1].startswith(bot)
    )


def _is_library(path: str) -> bool:
    """Whether a frame is the standard library's; what is installed beside it may be the bot."""
    return path.startswith(_STANDARD) and "-packages" not in path
