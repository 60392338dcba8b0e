"""Signal mutants: a recorded timeline with one signal muted, frozen, doubled, delayed or forged.

Each is judged again in every run, for microseconds: a clause that none of them makes fail is
unproven (S18, S31).
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Iterable
from typing import Final

from pytest_fpharness.judge.case import Case, Clauses
from pytest_fpharness.judge.evidence import END
from pytest_fpharness.judge.judge import judge, questions
from pytest_fpharness.judge.marks import find_marks
from pytest_fpharness.judge.mutants import monitoring, trading
from pytest_fpharness.judge.mutants.registry import MUTANTS, Events, Mutant, mutant
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.verdict import Verdict

__all__ = ["MUTANTS", "killed", "monitoring", "prove", "trading"]

Question = Callable[[Case], Clauses]

#: What is asked of the ends of faults is remembered in the case, whoever asked first.
FAULTS: Final = frozenset({"fault.inject", "fault.clear", "fault.lift"})

_at = operator.attrgetter("at")


def prove(case: Case, clauses: list[Clause]) -> list[Clause]:
    """The clauses, each with the mutants that made it fail."""
    killers: dict[str, list[str]] = {clause.name: [] for clause in clauses}
    looks = _looks(case)
    for name, mutation in MUTANTS.items():
        told = mutated(case, mutation)
        for clause in () if told is None else _judged(case, told, looks):
            if clause.name in killers and killed(clause):
                killers[clause.name].append(name)
    return [
        dataclasses.replace(clause, killed_by=tuple(killers[clause.name]))
        if clause.verdict is Verdict.PASS
        else clause
        for clause in clauses
    ]


def _looks(case: Case) -> list[tuple[Question, set[str]]]:
    """Each question, the marks first, with the kinds of events that its clauses came from."""
    found: list[tuple[Question, set[str]]] = []
    for question in (_marks, *questions(case)):
        case.evidence.asked = set()
        list(question(case))
        found.append((question, case.evidence.asked))
    case.evidence.asked = set()  # what is looked at from here on is no question's
    return found


def _marks(case: Case) -> Clauses:
    """No clause, but every other one depends on them."""
    find_marks(case.plan, case.evidence)
    yield from ()


def _judged(case: Case, told: Case, looks: list[tuple[Question, set[str]]]) -> Iterable[Clause]:
    """The clauses that may be other ones: who saw nothing of what differs says the same."""
    now, before = told.evidence, case.evidence
    others = {
        kind for kind, events in now.by_kind.items() if events is not before.by_kind.get(kind)
    }
    if now.end != before.end:
        others.add(END)
    (_, of_marks), *rest = looks
    if not of_marks & others:
        told.marks = case.marks
    if told.marks != case.marks or told.residue != case.residue or others & FAULTS:
        return judge(told)
    return (clause for question, kinds in rest if kinds & others for clause in question(told))


def killed(clause: Clause) -> bool:
    """Whether it failed by itself: a clause that was only "not reached" proves nothing (S21)."""
    failed = clause.verdict in (Verdict.FAIL, Verdict.VACUOUS)
    return failed and not clause.reason.startswith("not reached")


def mutated(case: Case, mutant: Mutant) -> Case | None:
    """The case as the mutant tells it, or None when that is no other: there was nothing to change."""
    if mutant.change is residue:
        return dataclasses.replace(case, residue=("a mutant's residue",))
    by_kind = case.evidence.by_kind
    mine = [event for kind in mutant.kinds for event in by_kind.get(kind, ())]
    told: dict[str, list[Event]] = {kind: [] for kind in mutant.kinds}
    for event in sorted(mutant.change(case, sorted(mine, key=_at)), key=_at):
        told[event.kind].append(event)
    others = {kind: events for kind, events in told.items() if events != by_kind.get(kind, [])}
    if not others:
        return None
    return dataclasses.replace(case, evidence=case.evidence.but(others))


@mutant()
def residue(case: Case, events: Events) -> Events:
    """Nothing on the timeline: what is left behind in the world stands beside it."""
    return events
