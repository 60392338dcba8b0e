"""Judge plans with ``again``: each episode is a separate case, the rest is judged once."""

from __future__ import annotations

import dataclasses

from pytest_fpharness.judge.mutants.prove import prove
from pytest_fpharness.model.record import Clause
from .case import Case, failed
from .judge import EPISODE, REST, judge


def proven(case: Case) -> list[Clause]:
    """Judge one run and prove its clauses with mutants.

    Clauses of the second episode are named ``again.alert.fire`` and so on.
    """
    if case.plan.again is None or "injected" not in case.marks:
        return prove(case, judge(case))
    first, second = times(case)
    rest = dataclasses.replace(case, scope=REST)
    clauses = prove(first, judge(first))
    if second is None:
        reason = "it never recovered, so the faults were not injected again"
        clauses.append(failed("again", "recovered", reason))
    else:
        repeated = [clause for clause in prove(second, judge(second)) if clause.name != "steady"]
        clauses += [dataclasses.replace(c, name=f"again.{c.name}") for c in repeated]
    return [*clauses, *prove(rest, judge(rest))]


def times(case: Case) -> tuple[Case, Case | None]:
    """Split a run into its episodes, at the second injection; the second begins when it recovered.

    Both keep the earlier checks, in which the bot was steady.
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
