"""Judge all runs of a plan and build its record (S18, S19, S24)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pytest_fpharness.judge.invariants.files import file_users
from pytest_fpharness.judge.mutants.prove import killed
from pytest_fpharness.model.layout import ABILITIES, TargetInfo
from pytest_fpharness.model.outcome import Outcome
from pytest_fpharness.model.plain import to_plain
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.questions import question
from pytest_fpharness.model.record import Clause, CompanionRun, Cost, Record, unrun
from pytest_fpharness.model.timeline import Timeline
from pytest_fpharness.model.verdict import Verdict, worst
from .case import Case
from .episodes import proven
from .evidence import Evidence
from .judge import judge, judge_control
from .timeline_filter import compact_timeline


@dataclass(frozen=True)
class ControlRun:
    """A judged run without faults, shared by all plans of a world."""

    run: CompanionRun
    evidence: Evidence
    length: int  # ns after the injection


def judge_control_run(outcome: Outcome, plan: Plan, info: TargetInfo, length: int) -> ControlRun:
    """Judge the control run of a world; ``plan`` is the one without faults."""
    evidence = Evidence(Timeline.from_rows(outcome.rows), info.layout)
    clauses = judge_control(Case(plan, evidence, info, None, tuple(outcome.residue)))
    file_users(evidence)  # cached once here, instead of in each forked child that compares with it
    return ControlRun(_companion("control", clauses, outcome), evidence, length)


def _asked_of_broken_healer(clause: Clause) -> bool:
    """Whether a run with a broken healer is asked this: give up, page, keep the colour, do no harm."""
    entry = question(clause.question)
    return entry is not None and "broken_healer" in entry.asked_of


def _companion(name: str, clauses: list[Clause], outcome: Outcome) -> CompanionRun:
    if outcome.error:
        return CompanionRun(name, Verdict.ERROR, (outcome.error,), digest=outcome.digest)
    if outcome.crash:
        return CompanionRun(name, Verdict.FAIL, (outcome.crash,), digest=outcome.digest)
    reasons = tuple(_worst_first(clauses))
    return CompanionRun(name, verdict_of(clauses), reasons, tuple(clauses), outcome.digest)


def verdict_of(clauses: list[Clause]) -> Verdict:
    """The verdict of one run's clauses; a broken always-true line outranks VACUOUS (S29)."""
    return worst([c.verdict for c in clauses], safe=_safe(clauses))


def _safe(clauses: Iterable[Clause]) -> bool:
    return all(c.verdict is not Verdict.FAIL for c in clauses if c.question == "safe")


def plan_digest(plan: Plan) -> str:
    """Eight hex digits that change with the plan."""
    text = json.dumps(to_plain(plan), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def token_of(plan: Plan, seed: int) -> str:
    """The argument of ``fpharness replay``: the plan's id, the seed, and the digest of the plan."""
    return f"{plan.id}@{seed}#{plan_digest(plan)}"


def build_record(
    plan: Plan,
    main: Outcome,
    info: TargetInfo,
    *,
    control: ControlRun | None = None,
    broken_healer: Outcome | None = None,
    repetition: Outcome | None = None,
    seed: int = 0,
) -> Record:
    """Judge all runs of a plan and put the result into one record.

    Args:
        plan: The variant that was run.
        main: What the main run left.
        info: The target.
        control: The run without faults, if there was one.
        broken_healer: The run in which no repair lasts, if there was one.
        repetition: The first of two runs of the plan, if it was played twice.
        seed: The seed of the runs.
    """
    base = _base(plan, main, info, seed)
    broken: Case | None = None
    companions = [control.run] if control else []
    if broken_healer:
        evidence = Evidence(Timeline.from_rows(broken_healer.rows), info.layout)
        broken = Case(plan.with_broken_healer(), evidence, info)
        clauses = [clause for clause in judge(broken) if _asked_of_broken_healer(clause)]
        companions.append(_companion("broken_healer", clauses, broken_healer))
    record = _judged(base, plan, main, info, control, broken, companions)
    if repetition is None or not repetition.digest or not main.digest:
        return record
    return _compared(record, repetition.digest)


def _judged(
    base: Record,
    plan: Plan,
    main: Outcome,
    info: TargetInfo,
    control: ControlRun | None,
    broken: Case | None,
    companions: list[CompanionRun],
) -> Record:
    early = _without_run(main)
    if early is not None:
        verdict, reason = early
        return replace(base, verdict=verdict, reasons=(reason,), companions=tuple(companions))
    evidence = Evidence(Timeline.from_rows(main.rows), info.layout)
    before = control.evidence if control else None
    case = Case(plan, evidence, info, before, tuple(main.residue))
    clauses = _cause_first(_injected(case), proven(case))
    if broken is not None:
        clauses = _proven_by_broken(clauses, replace(broken, plan=replace(plan, again=None)))
    return replace(
        base,
        verdict=_overall(clauses, companions),
        clauses=tuple(clauses),
        companions=tuple(companions),
        reasons=tuple(_reasons(clauses, companions)),
        marks=case.marks,
        cost=cost_of(case),
        unproven=tuple(_unproven(clauses)),
    )


def _compared(record: Record, digest: str) -> Record:
    """The record with the repetition of its main run: a different timeline is an ERROR (S33)."""
    if digest == record.digest:
        again = CompanionRun("again", Verdict.PASS, digest=digest)
        return replace(record, companions=(*record.companions, again))
    reason = f"two runs of the same plan differ: {digest} and {record.digest}"
    again = CompanionRun("again", Verdict.ERROR, (reason,), digest=digest)
    return replace(
        record,
        verdict=Verdict.ERROR,
        companions=(*record.companions, again),
        reasons=(f"again: {reason}", *record.reasons),
    )


def _base(plan: Plan, outcome: Outcome, info: TargetInfo, seed: int) -> Record:
    return replace(
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
    """All clauses, with "injected" after the reason if there was no injection."""
    done = injected.verdict is Verdict.PASS
    return [injected, *others] if done else [*others, injected]


def _injected(case: Case) -> Clause:
    at = case.marks.get("injected")
    verdict = Verdict.PASS if at is not None else Verdict.VACUOUS
    reason = "" if at is not None else "never injected"
    return Clause("inject", "injected", verdict, reason, at=at, provable=False)


def _proven_by_broken(clauses: list[Clause], broken: Case) -> list[Clause]:
    """A clause that fails when the healer is broken is proven by that (S18)."""
    failing = {clause.name for clause in judge(broken) if killed(clause)}
    return [
        replace(clause, killed_by=(*clause.killed_by, "broken_healer"))
        if clause.name in failing
        else clause
        for clause in clauses
    ]


def _overall(clauses: list[Clause], companions: list[CompanionRun]) -> Verdict:
    main = verdict_of(clauses)
    if main is Verdict.PASS and _unproven(clauses):
        main = Verdict.VACUOUS
    everything = [*clauses, *(clause for run in companions for clause in run.clauses)]
    return worst([main, *(run.verdict for run in companions)], safe=_safe(everything))


def _unproven(clauses: list[Clause]) -> list[str]:
    return [c.name for c in clauses if c.verdict is Verdict.PASS and c.provable and not c.killed_by]


def _reasons(clauses: list[Clause], companions: list[CompanionRun]) -> list[str]:
    reasons = _worst_first(clauses)
    for run in companions:
        reasons += [f"{run.name}: {reason}" for reason in run.reasons if reason not in reasons]
    reasons += [f"{name}: no mutant made it fail" for name in _unproven(clauses)]
    return reasons


def _worst_first(clauses: Iterable[Clause]) -> list[str]:
    """Reasons of the failed clauses; what the target lacks comes last."""
    bad = [c for c in clauses if c.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)]
    bad.sort(key=lambda clause: clause.verdict is Verdict.MISSING)
    return [f"{c.name}: {c.reason}" for c in bad]


def cost_of(case: Case) -> Cost:
    """How long the fault went unnoticed, and the entry orders and dollars sent meanwhile."""
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
