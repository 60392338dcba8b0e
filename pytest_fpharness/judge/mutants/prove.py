"""Prove clauses with mutants: timelines in which one kind of evidence is removed or forged.

Every run is judged again with each mutant; a clause that no mutant makes fail is unproven
(S18, S31).
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Iterable
from typing import Final

from pytest_fpharness.judge.case import Case
from pytest_fpharness.judge.clauses.registry import FAULT_ENDS, ClauseFunction, Reads
from pytest_fpharness.judge.judge import functions_of, judge
from pytest_fpharness.judge.mutants import monitoring, trading
from pytest_fpharness.model.events import Kind
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.verdict import Verdict
from .registry import MUTANTS, Events, Mutant, mutant

__all__ = ["MUTANTS", "killed", "monitoring", "prove", "trading"]

#: The kinds that marks are found from; every clause depends on the marks.
MARK_READS: Final[frozenset[Reads]] = frozenset(
    ("alert", "check", "decision", "limit.begins", "mark", "order.submitted", "sample", "end",
     *FAULT_ENDS)
)  # fmt: skip

_at = operator.attrgetter("at")


def prove(case: Case, clauses: list[Clause]) -> list[Clause]:
    """Return the clauses, each with the mutants that made it fail."""
    killers: dict[str, list[str]] = {clause.name: [] for clause in clauses}
    entries = functions_of(case)
    for name, mutation in MUTANTS.items():
        mutated = mutate(case, mutation)
        for clause in () if mutated is None else _judged_again(case, mutated, entries):
            if clause.name in killers and killed(clause):
                killers[clause.name].append(name)
    return [
        dataclasses.replace(clause, killed_by=tuple(killers[clause.name]))
        if clause.verdict is Verdict.PASS
        else clause
        for clause in clauses
    ]


def _judged_again(case: Case, mutated: Case, entries: list[ClauseFunction]) -> Iterable[Clause]:
    """Judge the functions that read what the mutant changed; all if it changed a mark."""
    changed = _changed(case, mutated)
    if not changed & MARK_READS:
        mutated.marks = case.marks
    if mutated.marks != case.marks or mutated.residue != case.residue:
        return judge(mutated)
    return (
        clause
        for entry in entries
        if entry.reads is None or entry.reads & changed
        for clause in entry.ask(mutated)
    )


def _changed(case: Case, mutated: Case) -> set[Reads]:
    before, now = case.evidence, mutated.evidence
    changed: set[Reads] = {
        kind for kind, events in now.by_kind.items() if events is not before.by_kind.get(kind)
    }
    return changed if now.end == before.end else {*changed, "end"}


def killed(clause: Clause) -> bool:
    """Whether a mutant made it fail; one whose window never began proves nothing (S21)."""
    return clause.reached and clause.verdict in (Verdict.FAIL, Verdict.VACUOUS)


def mutate(case: Case, mutation: Mutant) -> Case | None:
    """Return the case with the mutant's change, or None if it changes nothing."""
    if mutation.change is residue:
        return dataclasses.replace(case, residue=("a mutant's residue",))
    by_kind = case.evidence.by_kind
    events = [event for kind in mutation.kinds for event in by_kind.get(kind, ())]
    changed: dict[Kind, list[Event]] = {kind: [] for kind in mutation.kinds}
    for event in sorted(mutation.change(case, sorted(events, key=_at)), key=_at):
        changed[event.kind].append(event)
    others = {kind: events for kind, events in changed.items() if events != by_kind.get(kind, [])}
    if not others:
        return None
    return dataclasses.replace(case, evidence=case.evidence.but(others))


@mutant()
def residue(case: Case, events: Events) -> Events:
    """Marker: :func:`mutate` sets ``Case.residue``; no event changes."""
    return events
