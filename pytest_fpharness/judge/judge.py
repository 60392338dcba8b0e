"""``judge``: a pure function from a plan and its timelines to clauses (S18)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_fpharness.judge.clauses.registry import ClauseFunction
from pytest_fpharness.model.questions import Scope
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.verdict import Verdict
from .case import Case
from .clauses import functions
from .invariants import invariant_functions

#: Scopes of a case with `again`: one of its two episodes, or the questions about the whole run.
EPISODE: Final = "episode"
REST: Final = "rest"


def functions_of(case: Case) -> list[ClauseFunction]:
    """The clause functions for a run, in order; without an injection, only the ``always`` ones."""
    if case.scope == REST:
        return [entry for entry in _asked("fault") if "episode" not in entry.asked_of]
    if "injected" not in case.marks:
        return _asked("always")
    if case.scope == EPISODE:
        return _asked("always", "episode")
    return _asked("always", "twin" if case.plan.twin else "flow" if case.plan.flow else "fault")


def _asked(*scopes: Scope) -> list[ClauseFunction]:
    return functions(scopes, invariant_functions())


def judge(case: Case) -> list[Clause]:
    """Evaluate every clause of one run, in the order of the questions."""
    return [clause for entry in functions_of(case) for clause in entry.ask(case)]


def judge_control(case: Case) -> list[Clause]:
    """Judge a run without faults: any status, alert, heal action or colour change fails (S24)."""
    clauses = list(_steady(case))
    if clauses[0].verdict is not Verdict.PASS:
        return clauses
    case.marks.setdefault("injected", case.marks["steady"])
    return [*clauses, *(clause for entry in _asked("twin") for clause in entry.ask(case))]


def _steady(case: Case) -> Iterator[Clause]:
    for entry in _asked("always"):
        if entry.question == "steady":
            yield from entry.ask(case)
