"""Clauses: steady, met, detected, coloured."""

from __future__ import annotations

from typing import Final

from pytest_fpharness.engine.case import (
    Case,
    Clauses,
    failed,
    in_window,
    passed,
    vacuous,
)
from pytest_fpharness.engine.evidence import status_in
from pytest_fpharness.model.health import Readiness, Status
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.timeline import Event


def steady(case: Case) -> Clauses:
    """Everything healthy before the fault, or the run proves nothing (S19)."""
    if "steady" in case.marks:
        yield passed("steady", "steady", case.marks["steady"])
        return
    last = case.evidence.checks[-1].at if case.evidence.checks else 0
    broken = [p.text for p in case.plan.steady if not case.evidence.holds(p, last)]
    yield vacuous("steady", "steady", "not steady before the fault: " + "; ".join(broken))


def met(case: Case) -> Clauses:
    """The bot met the fault: an altered answer was handed to it (S12)."""
    if "injected" not in case.marks:
        yield vacuous("met", "met", "the fault was never injected")
        return
    found = case.evidence.first("met", case.marks["injected"])
    if found is None:
        yield vacuous("met", "met", "no process of the bot met the fault")
    else:
        yield passed("met", "met", found.at)


def detected(case: Case) -> Clauses:
    """The bot noticed, in its window: not late, and not too early."""
    plan, start = case.plan, case.marks["injected"]
    if plan.detect.by == "gate":
        start = _limit_begin(case)
        what = f"no candidate was blocked by the gate {plan.detect.gate}"
    else:
        what = f"{plan.fp} never became {plan.detect.status}"
    at = case.marks.get("detected")
    begin, end = start + plan.detect.not_before, start + plan.detect.within
    yield in_window("detect", "detected", at, begin, end, what if at is None else "detected")
    if plan.detect.by == "health":
        yield _nothing_sooner(case)


def _limit_begin(case: Case) -> int:
    begins = case.evidence.first("limit.begins")
    return begins.at if begins else case.marks["injected"]


def _nothing_sooner(case: Case) -> Clause:
    """Another status of this failure point before the fault is a false alarm."""
    plan, start = case.plan, case.marks["injected"]
    if not any(plan.fp in s.facts["status"] for s in case.evidence.samples):
        return failed("detect.not_before", "detected", f"health has no {plan.fp}")
    early = next(
        (
            s.at
            for s in case.evidence.samples
            if case.marks.get("steady", 0) < s.at < start
            and status_in(s.facts, plan.fp) is not Status.OK
        ),
        None,
    )
    if early is not None:
        return failed("detect.not_before", "detected", "not OK before the fault", early)
    return passed("detect.not_before", "detected")


def coloured(case: Case) -> Clauses:
    """The colour holds from ``detected`` until the fault is over, and clears after ``recovered``."""
    plan, marks = case.plan, case.marks
    if "detected" not in marks:
        yield failed("colour", "coloured", "not reached: detected")
        return
    end = case.over if case.over is not None else case.evidence.end
    end = max(end, marks["detected"] + 1)  # a fault of an instant shows its colour when detected
    wrong = None
    for sample in case.evidence.samples:
        if marks["injected"] <= sample.at < marks["detected"]:
            wrong = wrong or _unless(case, sample, "GREEN", "before it was detected")
        elif marks["detected"] <= sample.at < end:
            wrong = wrong or _unless(case, sample, plan.readiness, "while the fault held")
    name, window = "colour", {"begin": marks["detected"], "end": end}
    if wrong:
        yield failed(name, "coloured", wrong[1], wrong[0], **window)
    else:
        yield passed(name, "coloured", marks["detected"], **window)
    if "recovered" in marks:
        yield _after(case)


def _unless(case: Case, sample: Event, colour: str, when: str) -> tuple[int, str] | None:
    """What is wrong with one sample's colour, if anything."""
    if sample.facts["readiness"] == colour != "UNKNOWN":
        return None
    shown, wanted = Readiness(sample.facts["readiness"]), Readiness(colour)
    worst = max([wanted.rank, *_cascade_ranks(case, sample)])
    if wanted.rank <= shown.rank <= worst and shown is not Readiness.UNKNOWN:
        return None
    return sample.at, f"{shown} instead of {wanted} {when}, {case.text(sample.at)}"


_RANKS: Final = {"WARN": 1, "ERROR": 2}


def _cascade_ranks(case: Case, sample: Event) -> list[int]:
    """How far allowed cascades may raise the colour by now (S22, S25)."""
    since = sample.at - case.marks["injected"]
    status = sample.facts["status"]
    return [
        _RANKS.get(status.get(fp, ""), 0)
        for fp, after in case.plan.allowed.items()
        if since >= after
    ]


def _after(case: Case) -> Clause:
    begin = case.marks["recovered"] + case.check
    wanted = case.plan.readiness_after
    for sample in case.evidence.samples:
        if sample.at >= begin and sample.facts["readiness"] != wanted:
            shown = sample.facts["readiness"]
            reason = f"{shown} instead of {wanted} after the recovery, {case.text(sample.at)}"
            return failed("colour.after", "coloured", reason, sample.at)
    return passed("colour.after", "coloured", begin)
