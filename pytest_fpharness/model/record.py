"""The JSON-able result of one run: a verdict for each question, with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .plan import Plan
from .verdict import Verdict


@dataclass(frozen=True)
class Clause:
    """One expectation and its verdict; ``killed_by`` names the mutants that made it fail (S31)."""

    name: str  # "alert.fire"
    question: str  # id of one of model.questions
    verdict: Verdict
    reason: str = ""
    begin: int | None = None  # window on the timeline, ns
    end: int | None = None
    at: int | None = None  # when it was decided
    provable: bool = True  # whether a mutant is expected to make it fail
    killed_by: tuple[str, ...] = ()
    reached: bool = True  # False: it failed because the mark that it begins at is missing


@dataclass(frozen=True)
class Cost:
    """What the failure cost while the bot was blind, from the fault to the first alert."""

    blind: int = 0  # ns
    alerted: bool = False
    orders: int = 0
    dollars: float = 0.0


@dataclass(frozen=True)
class CompanionRun:
    """A further run that belongs to a record: its control, its broken healer, its second run."""

    name: str  # control, broken_healer, again
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    clauses: tuple[Clause, ...] = ()
    digest: str = ""


@dataclass(frozen=True)
class Example:
    """One of the values that were generated for a record."""

    damage: str  # as a scenario file writes it
    label: str  # fault or twin
    verdict: Verdict
    reason: str = ""
    digest: str = ""


@dataclass(frozen=True)
class Record:
    """One item's result. ``verdict`` is the worst of its clauses and companions (S29)."""

    id: str
    fp: str
    variant: str
    verdict: Verdict
    twin: bool = False
    title: str = ""
    severity: str = "critical"
    source: str = ""
    line: int = 0
    covers: tuple[str, ...] = ()
    fault: str = ""  # the faults with their parameters, as text
    reasons: tuple[str, ...] = ()
    clauses: tuple[Clause, ...] = ()
    marks: Mapping[str, int] = field(default_factory=dict)
    cost: Cost = field(default_factory=Cost)
    companions: tuple[CompanionRun, ...] = ()
    timeline: Sequence[Any] = ()  # rows of Timeline.to_rows()
    digest: str = ""
    token: str = ""
    target: str = ""
    output: str = ""  # tail of stdout, stderr and tracebacks of the run
    wall: float = 0.0  # seconds, real
    unproven: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()  # what was generated, in the order of the runs
    suggestion: str = ""  # the smallest failing example, as a variant ready to commit
    readiness: str = ""  # the colour that was expected while the fault lasted
    lacks: tuple[str, ...] = ()  # abilities that the target does not have
    expected_gap: str = ""  # the reason of the gaps file, when this gap was accepted

    def verdict_of(self, question: str) -> Verdict | None:
        """The worst verdict of one question, or None when the run did not ask it."""
        from .verdict import worst

        verdicts = [c.verdict for c in self.clauses if c.question == question]
        live = [v for v in verdicts if v is not Verdict.NOT_APPLICABLE]
        if not live:
            return Verdict.NOT_APPLICABLE if verdicts else None
        return worst(live)


def unrun(plan: Plan, target: str, reason: str = "") -> Record:
    """The record of a plan of which nothing more is known yet: ERROR, with its reason."""
    return Record(
        id=plan.id,
        fp=plan.fp,
        variant=plan.variant,
        verdict=Verdict.ERROR,
        twin=plan.twin,
        title=plan.title,
        severity=plan.severity,
        source=plan.source,
        line=plan.line,
        covers=plan.covers,
        readiness="" if plan.twin or plan.flow else plan.readiness,
        reasons=(reason,) if reason else (),
        target=target,
    )
