"""Clauses for the questions steady, met, detected and coloured."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Final

from pytest_fpharness.judge.case import (
    Case,
    Clauses,
    failed,
    in_window,
    not_applicable,
    passed,
    unreached,
    vacuous,
)
from pytest_fpharness.judge.evidence import status_in
from pytest_fpharness.model.damage import NO_PLACE
from pytest_fpharness.model.duration import format_duration
from pytest_fpharness.model.health import NOT_IN_HEALTH, Readiness, Status
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.timeline import Event
from .registry import FAULT_ENDS, clause

#: Why a clause that begins at ``detected`` is not judged.
NOT_DETECTED: Final = "the failure was never detected"

_FP: Final = re.compile(r"\bFP-\d+\.\d+\b")


def text_problem(text: str, fp: str) -> str:
    """What is wrong with a text about a failure point: it is empty or names another; "" if nothing."""
    if not text.strip():
        return "is empty"
    named = _FP.findall(text)
    return "" if not named or fp in named else f"names {named[0]}, not {fp}"


@clause("steady", reads=("check", "sample", "process.crash", "process.exit"))
def steady(case: Case) -> Clauses:
    """The bot was healthy before the fault; otherwise the run proves nothing (S19)."""
    if "steady" in case.marks:
        yield passed("steady", "steady", case.marks["steady"])
        return
    reason = "; ".join([*_unsteady(case), *_deaths(case)]) or "the run ended before the first check"
    yield vacuous("steady", "steady", f"not steady before the fault: {reason}")


def _unsteady(case: Case) -> Iterator[str]:
    """The steady lines that did not hold at the last check with such a line, each with its value."""
    for check in reversed(case.evidence.checks):
        broken = [p for p in case.plan.steady if not case.evidence.holds(p, check.at)]
        for line in broken:
            was = case.evidence.describe_value(line, check.at)
            yield f"{line.text}, but it was {was}" if was else f"not {line.text}"
        if broken:
            return


def _deaths(case: Case) -> Iterator[str]:
    """How each process first ended, which is mostly the cause of the rest."""
    first: dict[str, Event] = {}
    for end in case.evidence.of("process.exit"):
        first.setdefault(end.facts["process"], end)
    for name, end in first.items():
        crash = case.evidence.first("process.crash", end.at, process=name)
        at = format_duration(end.at)
        if crash is not None and crash.at == end.at:
            yield f"{name} crashed {at} into the run: {crash.facts['error']}"
        else:
            yield f"{name} ended {at} into the run with exit code {end.facts['code']}"


@clause("met", reads=("met", "damage.absent", "process.untaken", "fault.inject"))
def met(case: Case) -> Clauses:
    """The bot met the fault: it got an altered answer (S12)."""
    if "injected" not in case.marks:
        yield vacuous("met", "met", "the fault was never injected")
        return
    if _is_absent(case):
        yield vacuous("met", "met", NO_PLACE)
        return
    first = {
        e.facts["fault"]: e.at for e in reversed(case.evidence.of("met", case.marks["injected"]))
    }
    # The witness of a trading signal is the bot's decision; a bot that logs decisions but misses this
    # one fails in the clauses about its log.
    needed = [f for i in case.plan.inject if (f := i.fault) not in first]
    lacking = [f for f in needed if not (f.startswith("signal.") and case.able("decisions"))]
    untaken = case.evidence.first("process.untaken", case.marks["injected"])
    if not first and untaken is not None:
        yield vacuous(
            "met", "met", "{process} never got its task: it is {why}".format(**untaken.facts)
        )
    elif not first:
        yield vacuous("met", "met", f"no process of the bot met the fault{_unknown_process(case)}")
    elif lacking:
        yield vacuous("met", "met", f"no process of the bot met {', '.join(lacking)}")
    else:
        yield passed("met", "met", max(first.values()))


def _unknown_process(case: Case) -> str:
    """A hint that a fault names a process that the bot does not have: it may be misspelt."""
    own = case.info.processes
    named = [str(i.params["process"]) for i in case.plan.inject if "process" in i.params]
    if not (other := next((name for name in named if name not in own), "")):
        return ""
    return f"; {other} is not one of its processes: {', '.join(own)}"


def _is_absent(case: Case) -> bool:
    """Whether damage was never applied, since its place was absent."""
    idle = case.evidence.first("damage.absent", case.marks["injected"])
    if idle is None:
        return False
    return not case.evidence.first("met", case.marks["injected"], fault=idle.facts["fault"])


@clause(
    "detected", reads=("sample", "limit.begins", "decision", "process.crash", "end", *FAULT_ENDS)
)
def detected(case: Case) -> Clauses:
    """The bot noticed within its window, neither late nor early."""
    plan, at = case.plan, case.marks.get("detected")
    by_gate = plan.detect.by == "gate"
    start = _limit_begin(case) if by_gate else case.marks["injected"]
    begin, end = start + plan.detect.not_before, start + plan.detect.within
    clause = in_window("detect", "detected", at, begin, end, "detected")
    if at is None:
        blind = f"no candidate was blocked by the gate {plan.detect.gate}; this"
        subject = (
            blind
            if by_gate
            else f"{_reported_instead(case, end)}{_crash(case)}; {plan.detect.status}"
        )
        reason = f"{subject} was due by {format_duration(end - begin)}"
        clause = dataclasses.replace(clause, reason=reason)
    yield clause
    if not by_gate:
        yield _ok_before(case)
    if not by_gate and at is not None:
        yield _message(case, at)


def _reported_instead(case: Case, due: int) -> str:
    """What health reported until the deadline for a failure point that never had the right status."""
    fp, start = case.plan.fp, case.marks["injected"]
    if not _in_health(case):
        return f"{NOT_IN_HEALTH} {fp}"
    passes = [sample for sample in case.evidence.samples if sample.at >= start]
    statuses = [str(status_in(s.facts, fp)) for s in passes if s.at <= due or s is passes[0]]
    if not statuses:
        return "no monitor pass after the fault"
    other = next((status for status in statuses if status != "OK"), "")
    return f"{fp} became {other}" if other else f"{fp} stayed OK"


def _crash(case: Case) -> str:
    """What crashed after the fault: a dead process detects nothing."""
    crash = case.evidence.first("process.crash", case.marks["injected"])
    if crash is None:
        return ""
    return ", {process} crashed {when}: {error}".format(when=case.text(crash.at), **crash.facts)


def _in_health(case: Case) -> bool:
    return any(case.plan.fp in sample.facts["status"] for sample in case.evidence.samples)


def _limit_begin(case: Case) -> int:
    begins = case.evidence.first("limit.begins")
    return begins.at if begins else case.marks["injected"]


def _ok_before(case: Case) -> Clause:
    """The failure point is OK until the fault; anything else is a false alarm."""
    plan, start = case.plan, case.marks["injected"]
    if not _in_health(case):
        return failed("detect.not_before", "detected", f"{NOT_IN_HEALTH} {plan.fp}")
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


def _message(case: Case, since: int) -> Clause:
    """While it is not OK, health has a message about it, and not the message of a healthy bot."""
    name, fp = "detect.message", case.plan.fp
    usual: set[str] = set()
    until = max(case.over if case.over is not None else case.evidence.end, since + 1)
    if not any(sample.facts.get("message") for sample in case.evidence.samples):
        return not_applicable(name, "detected", "the target has no messages in its health")
    for sample in case.evidence.samples:
        text = str(sample.facts.get("message") or "").strip()
        if status_in(sample.facts, fp) is Status.OK:
            usual.add(text)
        elif since <= sample.at < until:
            wrong = text_problem(text, fp) or (
                "is the one shown while all was OK" if text in usual else ""
            )
            if wrong:
                return failed(name, "detected", f"the message {wrong}", sample.at)
    return passed(name, "detected", since)


@clause(
    "coloured", reads=("sample", "end", *FAULT_ENDS), only=("fault", "episode", "broken_healer")
)
def coloured(case: Case) -> Clauses:
    """Readiness has the colour from ``detected`` until the fault is over; it clears once recovered."""
    plan, marks = case.plan, case.marks
    if "detected" not in marks:
        yield unreached("colour", "coloured", NOT_DETECTED)
        return
    end = case.over if case.over is not None else case.evidence.end
    end = max(end, marks["detected"] + 1)  # an instant fault shows its colour when it is detected
    wrong = None
    for sample in case.evidence.samples:
        if marks["injected"] <= sample.at < marks["detected"]:
            wrong = wrong or _wrong_colour(case, sample, "GREEN", "before it was detected")
        elif marks["detected"] <= sample.at < end:
            wrong = wrong or _wrong_colour(case, sample, plan.readiness, "while the fault lasted")
    name, window = "colour", {"begin": marks["detected"], "end": end}
    if wrong:
        yield failed(name, "coloured", wrong[1], wrong[0], **window)
    else:
        yield passed(name, "coloured", marks["detected"], **window)
    if "recovered" in marks:
        yield _after(case)


def _wrong_colour(case: Case, sample: Event, colour: str, when: str) -> tuple[int, str] | None:
    """What is wrong with a sample's colour: time and reason, or None."""
    if sample.facts["readiness"] == colour != "UNKNOWN":
        return None
    shown, wanted = Readiness(sample.facts["readiness"]), Readiness(colour)
    worst = max([wanted.rank, *_cascade_ranks(case, sample)])
    if wanted.rank <= shown.rank <= worst and shown is not Readiness.UNKNOWN:
        return None
    return sample.at, f"{shown} instead of {wanted} {when}, {case.text(sample.at)}"


_RANKS: Final = {"WARN": 1, "ERROR": 2}


def _cascade_ranks(case: Case, sample: Event) -> list[int]:
    """The ranks to which allowed cascades may raise the colour by now (S22, S25)."""
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


@clause("coloured", reads=("sample",), only=("twin",))
def stayed_green(case: Case) -> Clauses:
    """Every sample since the injection is GREEN."""
    begin = case.marks["injected"]
    for sample in case.evidence.samples:
        shown = sample.facts["readiness"]
        if sample.at >= begin and Readiness(shown) is not Readiness.GREEN:
            reason = f"{shown} although nothing is wrong, {case.text(sample.at)}"
            yield failed("colour", "coloured", reason, sample.at)
            return
    yield passed("colour", "coloured", begin)
