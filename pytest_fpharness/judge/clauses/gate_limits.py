"""Clauses for the question limited: gates that block for a time, and the lines of ``holds``."""

from __future__ import annotations

from pytest_fpharness.judge.case import Case, Clauses, failed, not_applicable, passed, vacuous
from pytest_fpharness.judge.evidence import signal_key
from pytest_fpharness.model.duration import format_duration
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.verdict import Verdict
from .registry import FAULT_ENDS, clause


@clause("limited", reads=("decision", "limit.begins", "order.submitted"), only=("fault",))
def limited(case: Case) -> Clauses:
    """The gate blocks its symbol until the second at which the limit ends, and no other symbol."""
    rule = case.plan.limit
    if rule is None:
        return
    began = case.evidence.first("limit.begins")
    if began is None:
        yield vacuous("limit", "limited", "the limit never began")
        return
    until = began.at + rule.until
    blocks = _blocks(case, began.at, until)
    yield blocks
    if blocks.verdict is Verdict.FAIL:
        yield not_applicable("limit.ends", "limited", "the limit did not hold")
    else:
        yield _frees_after(case, until)
    if rule.frees:
        yield _frees_others(case, began.at, until)


def _blocks(case: Case, begin: int, until: int) -> Clause:
    rule = case.plan.limit
    assert rule is not None
    tried = [
        e
        for e in case.evidence.of("decision", begin + 1, until - 1)
        if e.facts["symbol"] == rule.blocks
    ]
    if not tried:
        return vacuous("limit.blocks", "limited", f"{rule.blocks} was never tried")
    for event in tried:
        if event.facts["action"] != "block" or event.facts["gate"] != rule.gate:
            after = format_duration(event.at - begin)
            what = event.facts["gate"] or event.facts["action"]
            reason = f"{rule.blocks} {after} into the limit: {what}, not blocked by {rule.gate}"
            return failed("limit.blocks", "limited", reason, event.at)
    orders = case.evidence.of("order.submitted", begin + 1, until - 1)
    crossed = [
        e for e in orders if e.facts["symbol"] == rule.blocks and e.facts["intent"] == "entry"
    ]
    if crossed:
        return failed("limit.blocks", "limited", "an entry crossed the limit", crossed[0].at)
    return passed("limit.blocks", "limited", tried[-1].at)


def _frees_after(case: Case, until: int) -> Clause:
    rule = case.plan.limit
    assert rule is not None
    tried = [e for e in case.evidence.of("decision", until) if e.facts["symbol"] == rule.blocks]
    if not tried:
        return vacuous("limit.ends", "limited", f"{rule.blocks} was not tried after the limit")
    if tried[0].facts["gate"] == rule.gate:
        late = format_duration(tried[0].at - until)
        return failed("limit.ends", "limited", f"still blocked {late} after its end", tried[0].at)
    return passed("limit.ends", "limited", tried[0].at)


def _frees_others(case: Case, begin: int, until: int) -> Clause:
    rule = case.plan.limit
    assert rule is not None
    orders = case.evidence.of("order.submitted", case.marks["injected"], until)
    if any(e.facts["symbol"] == rule.frees and e.facts["intent"] == "entry" for e in orders):
        return passed("limit.frees", "limited")
    return failed("limit.frees", "limited", f"{rule.frees} was not traded meanwhile")


@clause("limited", reads=("check", "end", *FAULT_ENDS), only=("fault",), after=1)
def holds_during_fault(case: Case) -> Clauses:
    """Each line of ``holds`` holds at every check during the fault (S16)."""
    begin = case.marks["injected"]
    end = case.evidence.end if case.over is None else case.over
    checks = [check.at for check in case.evidence.checks if begin <= check.at <= end]
    for line in case.plan.invariants:
        name = f"holds.{signal_key(line.signal, line.argument)}"
        wrong = next((at for at in checks if not case.evidence.holds(line, at)), None)
        if not checks:
            yield failed(name, "limited", "nothing was checked while the fault lasted")
        elif wrong is None:
            yield passed(name, "limited", checks[-1])
        else:
            value = case.evidence.describe_value(line, wrong) or "otherwise"
            reason = f"not {line.text}: it was {value}, {case.text(wrong)}"
            yield failed(name, "limited", reason, wrong)
