"""Signal mutants: a recorded timeline with one signal muted, frozen, doubled, delayed or forged.

Each is judged again in every run, for microseconds: a clause that none of them makes fail is
unproven (S18, S31).
"""

from __future__ import annotations

from dataclasses import replace

from pytest_fpharness.engine import mutants_bot, mutants_trading
from pytest_fpharness.engine.case import Case
from pytest_fpharness.engine.evidence import Evidence
from pytest_fpharness.engine.judge import judge
from pytest_fpharness.engine.mutation import MUTANTS, Events, Mutate
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.timeline import Timeline
from pytest_fpharness.model.verdict import Verdict

__all__ = ["MUTANTS", "killed", "mutants_bot", "mutants_trading", "prove"]


def prove(case: Case, clauses: list[Clause]) -> list[Clause]:
    """The clauses, each with the mutants that made it fail."""
    killers: dict[str, list[str]] = {clause.name: [] for clause in clauses}
    for name, mutate in MUTANTS.items():
        for clause in judge(_mutated(case, mutate)):
            if clause.name in killers and killed(clause):
                killers[clause.name].append(name)
    return [
        replace(clause, killed_by=tuple(killers[clause.name]))
        if clause.verdict is Verdict.PASS
        else clause
        for clause in clauses
    ]


def killed(clause: Clause) -> bool:
    """Whether it failed by itself: a clause that was only "not reached" proves nothing (S21)."""
    failed = clause.verdict in (Verdict.FAIL, Verdict.VACUOUS)
    return failed and not clause.reason.startswith("not reached")


def _mutated(case: Case, mutate: Mutate) -> Case:
    events = sorted(mutate(case, list(case.evidence.timeline.events)), key=lambda e: e.at)
    evidence = Evidence(Timeline(events), case.evidence.layout)
    residue = ("a mutant's residue",) if mutate is _residue else case.residue
    return Case(case.plan, evidence, case.info, case.control, residue)


def _residue(case: Case, events: Events) -> Events:
    """Nothing on the timeline: what is left behind in the world stands beside it."""
    return events


MUTANTS["residue"] = _residue
