"""Clauses of a flow: a trading signal with a known score, traced through all gates (TEST-1)."""

from __future__ import annotations

from pytest_fpharness.judge.case import Case, Clauses, failed, passed
from pytest_fpharness.model.plan import FlowRule
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.timeline import Event
from .registry import clause


@clause("limited", reads=("decision", "order.filled", "order.submitted"), only=("flow",), after=-1)
def traced(case: Case) -> Clauses:
    """The signal is decided with its score and the trace of its gates; then ordered or blocked."""
    rule = case.plan.flow
    if rule is None:
        return
    decision = _decision(case, rule)
    if decision is None:
        yield failed("flow.decided", "detected", f"no decision about {rule.symbol} was logged")
        return
    facts = decision.facts
    yield _scored(rule, decision)
    trace = [str(gate) for gate in facts.get("trace") or ()]
    if not trace:
        yield failed("flow.trace", "detected", "the decision has no trace of its gates")
    elif rule.ends != "order" and trace[-1] != rule.ends:
        ends = f"the trace ends at {trace[-1]}, not at {rule.ends}"
        yield failed("flow.trace", "detected", ends, decision.at)
    else:
        yield passed("flow.trace", "detected", decision.at)
    if rule.ends == "order":
        yield from _ordered(case, rule, decision)
    else:
        yield from _blocked(case, rule, decision)


def _decision(case: Case, rule: FlowRule) -> Event | None:
    begin = case.marks["injected"]
    decisions = case.evidence.of("decision", begin)
    return next((e for e in decisions if e.facts["symbol"] == rule.symbol), None)


def _scored(rule: FlowRule, decision: Event) -> Clause:
    score = decision.facts.get("score")
    known = rule.score
    if score is None or (known is not None and abs(float(score) - known) > 1e-9):
        reason = f"decided on the score {score}, but {known} was injected"
        return failed("flow.decided", "detected", reason, decision.at)
    return passed("flow.decided", "detected", decision.at)


def _entries(case: Case, rule: FlowRule) -> list[Event]:
    orders = case.evidence.of("order.submitted", case.marks["injected"])
    entries = [e for e in orders if e.facts["symbol"] == rule.symbol]
    return [e for e in entries if e.facts.get("intent") == "entry"]


def _ordered(case: Case, rule: FlowRule, decision: Event) -> Clauses:
    facts = decision.facts
    if facts["action"] != "enter":
        where = facts["gate"] or facts["action"]
        yield failed("flow.order", "limited", f"{rule.symbol} was blocked by {where}", decision.at)
        return
    orders = _entries(case, rule)
    if len(orders) != 1 or orders[0].facts["side"] != rule.side:
        sides = ", ".join(str(e.facts["side"]) for e in orders) or "none"
        reason = f"{len(orders)} entry orders ({sides}) instead of one {rule.side}"
        yield failed("flow.order", "limited", reason, decision.at)
        return
    yield passed("flow.order", "limited", orders[0].at)
    filled = case.evidence.first("order.filled", orders[0].at, id=orders[0].facts["id"])
    if filled is None:
        yield failed("flow.filled", "limited", "the order was never filled", orders[0].at)
    else:
        yield passed("flow.filled", "limited", filled.at)


def _blocked(case: Case, rule: FlowRule, decision: Event) -> Clauses:
    facts = decision.facts
    if facts["action"] not in ("block", "skip") or facts["gate"] != rule.ends:
        what = facts["gate"] or facts["action"]
        reason = f"{rule.symbol} ended at {what}, not blocked by {rule.ends}"
        yield failed("flow.blocked", "limited", reason, decision.at)
    else:
        yield passed("flow.blocked", "limited", decision.at)
    orders = _entries(case, rule)
    if orders:
        yield failed("flow.no_order", "limited", "an order was sent anyway", orders[0].at)
    else:
        yield passed("flow.no_order", "limited")
