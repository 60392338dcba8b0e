"""The legs of a record: the control, the broken healer, the run itself (S18, S19, S24)."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_fpharness.judge.case import Case
from pytest_fpharness.judge.deadlines import horizon
from pytest_fpharness.judge.episodes import proven
from pytest_fpharness.judge.evidence import Evidence
from pytest_fpharness.judge.invariants.files import users
from pytest_fpharness.judge.judge import judge, judge_control
from pytest_fpharness.judge.mutants.prove import killed
from pytest_fpharness.judge.timeline_filter import compact_timeline
from pytest_fpharness.model.layout import ABILITIES, Layout, TargetInfo
from pytest_fpharness.model.outcome import Outcome
from pytest_fpharness.model.plain import to_plain
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.record import Clause, Cost, Leg, Record, unrun
from pytest_fpharness.model.timeline import Timeline
from pytest_fpharness.model.verdict import Verdict, worst

#: Questions that a run with a broken healer is asked: it must give up, page, and stay in its colour.
BROKEN_HEALER = ("detected", "coloured", "alerted", "escalated", "healed", "quiet", "safe")


@dataclass(frozen=True)
class Control:
    """A run without any fault, kept for every plan of the same world."""

    leg: Leg
    evidence: Evidence
    length: int


def control_plan(plan: Plan) -> Plan:
    """The plan without its fault: like a twin, it may not show any failure point (S24).

    Nothing of it but world and steady lines is the plan's own, so that every plan of a world has
    the same warm-up and the same control, whichever came first.
    """
    return Plan("", "control", twin=True, world=plan.world, steady=plan.steady)


def control_key(plan: Plan) -> str:
    """Plans with the same key share a control (S34)."""
    same = {"world": plan.world, "steady": [p.text for p in plan.steady]}
    return json.dumps(same, sort_keys=True, default=str)


def control_length(plan: Plan, layout: Layout) -> int:
    """How long after ``injected`` a control must run to serve this plan."""
    return min(horizon(plan, layout), 12 * layout.cycle + plan.watch)


def has_broken_healer(plan: Plan) -> bool:
    """Whether the plan's healer is worth breaking: the bot itself should mend the fault."""
    heal = plan.heal
    return plan.break_healer and heal.kind == "auto" and not heal.gives_up and not plan.twin


def broken_plan(plan: Plan) -> Plan:
    """What is expected when the healer's work does not last: give up and page (SH-1, SH-2)."""
    heal = dataclasses.replace(plan.heal, gives_up=True)
    return dataclasses.replace(plan, heal=heal, again=None)


def judged_control(plan: Plan, outcome: Outcome, info: TargetInfo, length: int) -> Control:
    """The control's leg and evidence."""
    evidence = Evidence(Timeline.from_rows(outcome.rows), info.layout)
    case = Case(control_plan(plan), evidence, info, None, tuple(outcome.residue))
    clauses = judge_control(case)
    users(evidence)  # here, and in none of the children that compare with it
    return Control(_leg("control", clauses, outcome), evidence, length)


def judged_broken(plan: Plan, outcome: Outcome, info: TargetInfo) -> tuple[Leg, Evidence]:
    """The leg in which every repair breaks again."""
    evidence = Evidence(Timeline.from_rows(outcome.rows), info.layout)
    case = Case(broken_plan(plan), evidence, info)
    asked = [c for c in judge(case) if c.question in (*BROKEN_HEALER, "steady", "met")]
    return _leg("broken_healer", asked, outcome), evidence


def _leg(name: str, clauses: list[Clause], outcome: Outcome) -> Leg:
    if outcome.error:
        return Leg(name, Verdict.ERROR, (outcome.error,), digest=outcome.digest)
    if outcome.crash:
        return Leg(name, Verdict.FAIL, (outcome.crash,), digest=outcome.digest)
    reasons = tuple(_worst_first(clauses))
    return Leg(name, verdict_of(clauses), reasons, tuple(clauses), outcome.digest)


def verdict_of(clauses: list[Clause]) -> Verdict:
    """The verdict of one run's clauses; a broken always-true line outranks VACUOUS (S29)."""
    return worst([c.verdict for c in clauses], safe=_safe(clauses))


def _safe(clauses: Iterable[Clause]) -> bool:
    return all(c.verdict is not Verdict.FAIL for c in clauses if c.question == "safe")


def plan_digest(plan: Plan) -> str:
    """Eight characters that change when the plan does."""
    text = json.dumps(to_plain(plan), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def token_of(plan: Plan, seed: int) -> str:
    """What ``fpharness replay`` takes: the plan, its seed, and a digest of what it said."""
    return f"{plan.id}@{seed}#{plan_digest(plan)}"


def record_of(
    plan: Plan,
    outcome: Outcome,
    info: TargetInfo,
    *,
    control: Control | None = None,
    broken: tuple[Leg, Evidence] | None = None,
    seed: int = 0,
) -> Record:
    """Judge the run, prove its clauses, and put everything into one record."""
    base = _base(plan, outcome, info, seed)
    legs = tuple(leg for leg in (control and control.leg, broken and broken[0]) if leg)
    early = _without_run(outcome)
    if early is not None:
        return dataclasses.replace(base, verdict=early[0], reasons=(early[1],), legs=legs)
    evidence = Evidence(Timeline.from_rows(outcome.rows), info.layout)
    past = control.evidence if control else None
    case = Case(plan, evidence, info, past, tuple(outcome.residue))
    clauses = _cause_first(_injected(case), proven(case))
    if broken is not None:
        clauses = _proven_by_broken(clauses, plan, broken[1], info)
    verdict = _overall(clauses, legs)
    return dataclasses.replace(
        base,
        verdict=verdict,
        clauses=tuple(clauses),
        legs=legs,
        reasons=tuple(_reasons(clauses, legs)),
        marks=case.marks,
        cost=cost_of(case),
        unproven=tuple(_unproven(clauses)),
    )


def run_again(record: Record, digest: str) -> Record:
    """The record with the leg that ran the same plan before: a difference is ERROR (S33)."""
    if digest == record.digest:
        leg = Leg("again", Verdict.PASS, digest=digest)
        return dataclasses.replace(record, legs=(*record.legs, leg))
    reason = f"two runs of the same plan differ: {digest} and {record.digest}"
    leg = Leg("again", Verdict.ERROR, (reason,), digest=digest)
    return dataclasses.replace(
        record,
        verdict=Verdict.ERROR,
        legs=(*record.legs, leg),
        reasons=(f"again: {reason}", *record.reasons),
    )


def _base(plan: Plan, outcome: Outcome, info: TargetInfo, seed: int) -> Record:
    return dataclasses.replace(
        unrun(plan, info.name),
        fault="; ".join(injection.text for injection in plan.inject),
        timeline=compact_timeline(outcome.rows),
        digest=outcome.digest,
        token=token_of(plan, seed),
        output=outcome.output,
        lacks=tuple(name for name in ABILITIES if name not in info.abilities),
    )


def _without_run(outcome: Outcome) -> tuple[Verdict, str] | None:
    if outcome.error:
        return Verdict.ERROR, outcome.error
    if outcome.missing:
        return Verdict.MISSING, f"the target has no {outcome.missing}"
    if outcome.crash:
        return Verdict.FAIL, outcome.crash
    return None


def _cause_first(injected: Clause, others: list[Clause]) -> list[Clause]:
    """All clauses, what was not injected after the reason why."""
    done = injected.verdict is Verdict.PASS
    return [injected, *others] if done else [*others, injected]


def _injected(case: Case) -> Clause:
    at = case.marks.get("injected")
    verdict = Verdict.PASS if at is not None else Verdict.VACUOUS
    reason = "" if at is not None else "never injected"
    return Clause("inject", "injected", verdict, reason, at=at, provable=False)


def _proven_by_broken(
    clauses: list[Clause], plan: Plan, evidence: Evidence, info: TargetInfo
) -> list[Clause]:
    """A clause that fails when the healer is broken is proven by that (S18)."""
    once = dataclasses.replace(plan, again=None)
    failing = {c.name for c in judge(Case(once, evidence, info)) if killed(c)}
    return [
        dataclasses.replace(c, killed_by=(*c.killed_by, "broken_healer"))
        if c.name in failing
        else c
        for c in clauses
    ]


def _overall(clauses: list[Clause], legs: tuple[Leg, ...]) -> Verdict:
    mine = verdict_of(clauses)
    theirs = [leg.verdict for leg in legs]
    if mine is Verdict.PASS and _unproven(clauses):
        mine = Verdict.VACUOUS
    return worst([mine, *theirs], safe=_safe([*clauses, *(c for leg in legs for c in leg.clauses)]))


def _unproven(clauses: list[Clause]) -> list[str]:
    return [c.name for c in clauses if c.verdict is Verdict.PASS and c.provable and not c.killed_by]


def _reasons(clauses: list[Clause], legs: tuple[Leg, ...]) -> list[str]:
    reasons = _worst_first(clauses)
    for leg in legs:
        reasons += [f"{leg.name}: {reason}" for reason in leg.reasons if reason not in reasons]
    reasons += [f"{name}: no mutant made it fail" for name in _unproven(clauses)]
    return reasons


def _worst_first(clauses: Iterable[Clause]) -> list[str]:
    """Why it did not pass; what the target lacks says less than what it did, and comes last."""
    bad = [c for c in clauses if c.verdict not in (Verdict.PASS, Verdict.VOID)]
    bad.sort(key=lambda clause: clause.verdict is Verdict.MISSING)
    return [f"{c.name}: {c.reason}" for c in bad]


def cost_of(case: Case) -> Cost:
    """Minutes blind, and the entry orders and dollars sent meanwhile."""
    start = case.marks.get("injected")
    if start is None or case.plan.twin:
        return Cost()
    alerted = case.marks.get("alerted")
    end = case.evidence.end if alerted is None else alerted
    orders = [
        e
        for e in case.evidence.of("order.submitted", start, end)
        if e.facts.get("intent") == "entry"
    ]
    dollars = sum(float(e.facts.get("notional") or 0) for e in orders)
    return Cost(end - start, alerted is not None, len(orders), round(dollars, 2))
