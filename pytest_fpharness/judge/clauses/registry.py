"""Clause functions by question, and the kinds of events that each reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from pytest_fpharness.judge.case import Case, Clauses
from pytest_fpharness.model.events import Kind
from pytest_fpharness.model.questions import Scope, order_of, question

Ask = Callable[[Case], Clauses]
#: A kind of event; ``end`` is the time of the last event, whatever its kind.
Reads = Kind | Literal["end"]

#: The kinds that ``Case.over``, the end of all faults, reads.
FAULT_ENDS: Final[tuple[Kind, ...]] = ("fault.inject", "fault.clear", "fault.lift")


@dataclass(frozen=True)
class ClauseFunction:
    """A function that answers a question with clauses.

    ``reads`` names the kinds of events that the clauses depend on besides the marks: a mutant that
    changes none of these kinds cannot change them. None means all kinds.
    """

    ask: Ask
    question: str
    asked_of: tuple[Scope, ...]
    reads: frozenset[Reads] | None
    order: float


FUNCTIONS: Final[list[ClauseFunction]] = []


def clause(
    question_id: str, *, reads: Iterable[Reads], only: tuple[Scope, ...] = (), after: int = 0
) -> Callable[[Ask], Ask]:
    """Register a function that answers a question of ``model.questions``.

    Args:
        question_id: The question.
        reads: The kinds of events that the clauses depend on, besides the marks.
        only: The scopes of the question in which it applies; all of them by default.
        after: Its place among the functions of the question; negative for before
            everything that is asked about the fault.
    """

    def register(ask: Ask) -> Ask:
        entry = question(question_id)
        if entry is None:
            raise LookupError(f"no question is called {question_id!r}: see model/questions.py")
        order = order_of("detected" if after < 0 else question_id) + after / 100
        asked_of = only or entry.asked_of
        FUNCTIONS.append(ClauseFunction(ask, question_id, asked_of, frozenset(reads), order))
        return ask

    return register


def functions(scopes: Iterable[Scope], further: Iterable[ClauseFunction]) -> list[ClauseFunction]:
    """The functions for any of the scopes, in the order of the questions."""
    wanted = set(scopes)
    entries: Iterator[ClauseFunction] = (
        entry for entry in [*FUNCTIONS, *further] if wanted.intersection(entry.asked_of)
    )
    return sorted(entries, key=lambda entry: entry.order)
