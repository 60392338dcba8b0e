"""The questions that a run is asked, and the columns of the report that they count for.

To add a question, add an entry to :data:`QUESTIONS` and a function to ``judge/clauses`` that is
registered for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

#: What a run can be: ``always`` whatever it is, ``episode`` one of the times that its faults come.
Scope = Literal["always", "fault", "twin", "flow", "episode", "broken_healer"]


@dataclass(frozen=True)
class Column:
    """A column of the report's matrix.

    ``always_applies``: a failure point for which every answer is "not applicable" has a gap here.
    """

    asks: str
    always_applies: bool = False


@dataclass(frozen=True)
class Question:
    """One question; it applies to runs of the scopes in ``asked_of`` and to no others.

    ``failed`` is the headline of a run that failed it, ``finding`` what that says of the bot on the
    report's first screen. A question that is not ``required`` counts for its column where it is
    asked, but the column does not need it.
    """

    id: str
    column: str
    failed: str
    finding: str
    asked_of: tuple[Scope, ...]
    required: bool = True


COLUMNS: Final[Mapping[str, Column]] = {
    "documented": Column("heading, file, and all six fields of the document"),
    "injected": Column("the world was really changed", always_applies=True),
    "met": Column("steady before, and the bot met the fault", always_applies=True),
    "detected": Column(
        "this failure point was detected in time, and no other", always_applies=True
    ),
    "coloured": Column("the readiness colour was right, and right again afterwards"),
    "alerted": Column("an alert left the bot in time, exactly as often as required"),
    "escalated": Column("a person was paged with the manual steps"),
    "healed": Column("the cause was removed, judged by its effect"),
    "visible": Column("the dashboard and the logs were right"),
    "recovered": Column("the bot trades again"),
    "safe": Column("no harm was done meanwhile, and nothing was left behind", always_applies=True),
    "proven": Column(
        "each clause failed when the recording was changed to a bot that misses things"
    ),
}

#: In the order in which a reader asks them.
QUESTIONS: Final[list[Question]] = [
    Question(
        "injected", "injected", "nothing was injected", "nothing was injected", ("always",)
    ),
    Question(
        "steady", "met", "the bot was not steady before the fault", "not steady before the fault",
        ("always", "broken_healer"), required=False,
    ),
    Question(
        "met", "met", "the bot never met the fault", "never met the fault",
        ("always", "broken_healer"),
    ),
    Question(
        "detected", "detected", "the bot did not detect it",
        "not detected as required", ("fault", "episode", "broken_healer"),
    ),
    Question(
        "coloured", "coloured", "readiness had the wrong colour",
        "readiness has the wrong colour", ("fault", "twin", "episode", "broken_healer"),
    ),
    Question(
        "alerted", "alerted", "the alert was not sent as required",
        "the alert is not sent as required", ("fault", "episode", "broken_healer"),
    ),
    Question(
        "escalated", "escalated", "no page was sent as required",
        "no page is sent as required", ("fault", "episode", "broken_healer"),
    ),
    Question(
        "healed", "healed", "it was not healed as required",
        "detected, but not healed as required", ("fault", "episode", "broken_healer"),
    ),
    Question(
        "visible", "visible", "the dashboard did not show it",
        "the dashboard does not show it correctly", ("fault",),
    ),
    Question(
        "logged", "visible", "the log line is missing", "the log line is missing",
        ("fault", "flow"), required=False,
    ),
    Question(
        "limited", "detected", "the limit did not hold, or did not end",
        "a limit does not hold, or does not end", ("fault", "flow"),
    ),
    Question(
        "recovered", "recovered", "the bot did not trade again", "the bot does not trade again",
        ("fault", "episode"),
    ),
    Question(
        "quiet", "detected", "the bot did something forbidden",
        "the bot does something forbidden meanwhile", ("fault", "twin", "flow", "broken_healer"),
        required=False,
    ),
    Question(
        "safe", "safe", "the bot did harm", "the bot did harm",
        ("fault", "twin", "flow", "broken_healer"),
    ),
    Question(
        "clean", "safe", "the run left something behind", "runs leave something behind",
        ("fault", "twin", "flow"), required=False,
    ),
]  # fmt: skip


def question(id: str) -> Question | None:
    """The question of that id, or None: a journal may hold others."""
    return next((entry for entry in QUESTIONS if entry.id == id), None)


def order_of(id: str) -> int:
    """Where a reader asks the question; unknown ones come last."""
    return next((at for at, entry in enumerate(QUESTIONS) if entry.id == id), len(QUESTIONS))
