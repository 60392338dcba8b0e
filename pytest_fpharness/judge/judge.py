"""``judge``: a pure function from a plan and its timelines to clauses (S18)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pytest_fpharness.judge.case import Case, Clauses, failed, passed
from pytest_fpharness.judge.clauses import (
    alerting,
    detail_pages,
    detection,
    flow,
    gate_limits,
    healing,
    recovery_share,
    visibility,
)
from pytest_fpharness.judge.invariants import questions as invariants
from pytest_fpharness.model.health import Readiness
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.verdict import Verdict

Questions = tuple[Callable[[Case], Clauses], ...]

#: Scopes of a case whose faults come again: one of the two times, or what is asked of the whole run.
EPISODE: Final = "episode"
REST: Final = "rest"


def stayed_green(case: Case) -> Clauses:
    """Whether every sample since the start of the fault was GREEN."""
    begin = case.marks["injected"]
    for sample in case.evidence.samples:
        shown = sample.facts["readiness"]
        if sample.at >= begin and Readiness(shown) is not Readiness.GREEN:
            reason = f"{shown} though nothing is wrong, {case.text(sample.at)}"
            yield failed("colour", "coloured", reason, sample.at)
            return
    yield passed("colour", "coloured", begin)


#: What every run is asked; without a fault there is nothing more to ask.
ALWAYS: Questions = (detection.steady, detection.met)

#: What a fault variant is asked, once it was met.
FAULT: Questions = (
    detection.detected,
    detection.coloured,
    alerting.alerted,
    alerting.escalated,
    healing.healed,
    visibility.visible,
    detail_pages.opened,
    visibility.logged,
    gate_limits.limited,
    gate_limits.held,
    healing.recovered,
    recovery_share.trades_on,
    visibility.quiet,
)

#: What of it is asked each time that the faults come.
EACH_TIME: Questions = (
    detection.detected,
    detection.coloured,
    alerting.alerted,
    alerting.escalated,
    healing.healed,
    healing.recovered,
)

#: What a flow is asked: it breaks nothing, so nobody must notice anything.
FLOW: Questions = (
    flow.traced,
    visibility.logged,
    visibility.quiet,
)

#: What a twin is asked: it must be met, and nothing may happen (S24).
TWIN: Questions = (stayed_green, visibility.quiet)


def questions(case: Case) -> Questions:
    """What a run is asked, in this order; nothing but ALWAYS before something was injected."""
    plan = case.plan
    if case.scope == REST:
        once = (question for question in FAULT if question not in EACH_TIME)
        return (*once, *_whole_run())
    if "injected" not in case.marks:
        return ALWAYS
    if case.scope == EPISODE:
        return (*ALWAYS, *EACH_TIME)
    return (*ALWAYS, *(TWIN if plan.twin else FLOW if plan.flow else FAULT), *_whole_run())


def _whole_run() -> Questions:
    return (*invariants(), visibility.clean)


def judge(case: Case) -> list[Clause]:
    """Every clause of one run; all are evaluated, in the order of the questions."""
    return [clause for question in questions(case) for clause in question(case)]


def judge_control(case: Case) -> list[Clause]:
    """A run without the fault: any status, alert, heal action or colour change fails (S24)."""
    clauses = list(detection.steady(case))
    if clauses[0].verdict is not Verdict.PASS:
        return clauses
    begin = case.marks["steady"]
    case.marks.setdefault("injected", begin)
    return [*clauses, *(clause for question in (*TWIN, *_whole_run()) for clause in question(case))]
