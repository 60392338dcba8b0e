"""A plan whose faults come again: each time is judged as its own case, and the rest once."""

from __future__ import annotations

import dataclasses

from pytest_fpharness.judge.case import Case, failed
from pytest_fpharness.judge.judge import EPISODE, REST, judge
from pytest_fpharness.judge.mutants.prove import prove
from pytest_fpharness.model.record import Clause


def proven(case: Case) -> list[Clause]:
    """Every clause of one run, with the mutants that made it fail.

    Clauses about the second time are called ``again.alert.fire`` and so on.
    """
    if case.plan.again is None or "injected" not in case.marks:
        return prove(case, judge(case))
    first, second = times(case)
    rest = dataclasses.replace(case, scope=REST)
    clauses = prove(first, judge(first))
    if second is None:
        clauses.append(failed("again", "recovered", "it did not recover, so it never failed again"))
    else:
        repeated = [clause for clause in prove(second, judge(second)) if clause.name != "steady"]
        clauses += [dataclasses.replace(c, name=f"again.{c.name}") for c in repeated]
    return [*clauses, *prove(rest, judge(rest))]


def times(case: Case) -> tuple[Case, Case | None]:
    """The first time, up to the second injection, and the second, from the first recovery on.

    Both see the same world's truth: what it was in the steady state does not change.
    """
    begins = case.marks.get("again")
    plan = dataclasses.replace(case.plan, again=None)
    base = dataclasses.replace(case, plan=plan, scope=EPISODE, residue=())
    if begins is None:
        return base, None
    first = dataclasses.replace(base, evidence=case.evidence.between(0, begins - 1))
    healthy = first.marks.get("recovered", begins)
    second = dataclasses.replace(base, evidence=case.evidence.between(healthy, case.evidence.end))
    return first, second
