"""``judge``: a pure function from a plan and its timelines to clauses (S18)."""

from __future__ import annotations

from collections.abc import Callable

from pytest_fpharness.engine import holds, invariants, limits, notice, pages, repair, seen, trace
from pytest_fpharness.engine.case import Case, Clauses, failed, passed
from pytest_fpharness.model.health import Readiness
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.verdict import Verdict

#: What a fault variant is asked, once it was met.
FAULT: tuple[Callable[[Case], Clauses], ...] = (
    notice.detected,
    notice.coloured,
    notice.alerted,
    notice.escalated,
    repair.healed,
    seen.visible,
    pages.opened,
    seen.logged,
    limits.limited,
    holds.held,
    repair.recovered,
    seen.quiet,
    invariants.safe,
    seen.clean,
)

#: What a flow is asked: it breaks nothing, so nobody must notice anything.
FLOW: tuple[Callable[[Case], Clauses], ...] = (
    trace.traced,
    seen.logged,
    seen.quiet,
    invariants.safe,
    seen.clean,
)

#: What a twin is asked: it must be met, and nothing may happen (S24).
TWIN: tuple[Callable[[Case], Clauses], ...] = (seen.quiet, invariants.safe, seen.clean)


def judge(case: Case) -> list[Clause]:
    """Every clause of one run; all are evaluated, in the order of the questions."""
    clauses = [*notice.steady(case), *notice.met(case)]
    if "injected" not in case.marks:
        return clauses
    if case.plan.twin:
        clauses += _stayed_green(case)
    asked = TWIN if case.plan.twin else FLOW if case.plan.flow else FAULT
    for question in asked:
        clauses += question(case)
    return clauses


def judge_control(case: Case) -> list[Clause]:
    """A run without the fault: any status, alert, heal action or colour change fails (S24)."""
    clauses = list(notice.steady(case))
    if clauses[0].verdict is not Verdict.PASS:
        return clauses
    begin = case.marks["steady"]
    case.marks.setdefault("injected", begin)
    return [
        *clauses,
        *_stayed_green(case),
        *seen.quiet(case),
        *invariants.safe(case),
        *seen.clean(case),
    ]


def _stayed_green(case: Case) -> list[Clause]:
    begin = case.marks["injected"]
    for sample in case.evidence.samples:
        shown = sample.facts["readiness"]
        if sample.at >= begin and Readiness(shown) is not Readiness.GREEN:
            reason = f"{shown} though nothing is wrong, {case.text(sample.at)}"
            return [failed("colour", "coloured", reason, sample.at)]
    return [passed("colour", "coloured", begin)]
