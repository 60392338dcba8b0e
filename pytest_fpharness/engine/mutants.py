"""Signal mutants: a recorded timeline with one signal muted, frozen, doubled, delayed or forged.

Each is judged again in every run, for microseconds: a clause that none of them makes fail is
unproven (S18, S31).
"""

from __future__ import annotations

import dataclasses
import operator

from pytest_fpharness.engine import mutants_bot, mutants_trading, mutation
from pytest_fpharness.engine.case import Case
from pytest_fpharness.engine.judge import judge
from pytest_fpharness.engine.mutation import MUTANTS, Events, Mutant
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.verdict import Verdict

__all__ = ["MUTANTS", "killed", "mutants_bot", "mutants_trading", "prove"]

_at = operator.attrgetter("at")


def prove(case: Case, clauses: list[Clause]) -> list[Clause]:
    """The clauses, each with the mutants that made it fail."""
    killers: dict[str, list[str]] = {clause.name: [] for clause in clauses}
    for name, mutant in MUTANTS.items():
        told = _mutated(case, mutant)
        if told is None:
            continue
        for clause in judge(told):
            if clause.name in killers and killed(clause):
                killers[clause.name].append(name)
    return [
        dataclasses.replace(clause, killed_by=tuple(killers[clause.name]))
        if clause.verdict is Verdict.PASS
        else clause
        for clause in clauses
    ]


def killed(clause: Clause) -> bool:
    """Whether it failed by itself: a clause that was only "not reached" proves nothing (S21)."""
    failed = clause.verdict in (Verdict.FAIL, Verdict.VACUOUS)
    return failed and not clause.reason.startswith("not reached")


def _mutated(case: Case, mutant: Mutant) -> Case | None:
    """The case as the mutant tells it, or None when that is no other: there was nothing to change."""
    by_kind = case.evidence.by_kind
    mine = [event for kind in mutant.kinds for event in by_kind.get(kind, ())]
    others: dict[str, list[Event]] = {kind: [] for kind in mutant.kinds}
    for event in sorted(mutant.change(case, sorted(mine, key=_at)), key=_at):
        others[event.kind].append(event)
    if mutant.change is residue:
        return dataclasses.replace(case, residue=("a mutant's residue",))
    if all(events == by_kind.get(kind, []) for kind, events in others.items()):
        return None
    return dataclasses.replace(case, evidence=case.evidence.but(others))


@mutation.mutant()
def residue(case: Case, events: Events) -> Events:
    """Nothing on the timeline: what is left behind in the world stands beside it."""
    return events
