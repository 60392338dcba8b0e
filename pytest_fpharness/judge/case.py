"""The case that clauses judge: one run of a plan, its marks and its control run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pytest_fpharness.model.duration import format_duration
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.verdict import Verdict
from .evidence import Evidence
from .marks import Marks, find_marks

Clauses = Iterator[Clause]


@dataclass
class Case:
    plan: Plan
    evidence: Evidence
    info: TargetInfo
    control: Evidence | None = None
    residue: tuple[str, ...] = ()
    scope: str = ""  # with `again`: "episode" or "rest"; see judge.py

    @cached_property
    def marks(self) -> Marks:
        return find_marks(self.plan, self.evidence)

    @property
    def monitors(self) -> set[str]:
        """The processes after whose passes health was sampled."""
        return {sample.actor for sample in self.evidence.samples}

    @property
    def check(self) -> int:
        return self.info.layout.check

    @cached_property
    def over(self) -> int | None:
        """When the last fault was cleared or lifted, or None while one is active."""
        ends = self.evidence.over(self.plan.lift is not None)
        return max(event.at for event in ends) if ends else None

    @property
    def ended(self) -> int | None:
        return self.marks.get("healed", self.marks.get("lifted"))

    def able(self, ability: str) -> bool:
        return ability in self.info.abilities

    def alerts(self, kind: str, key: str | None = None) -> list[Event]:
        """Alerts of a kind that were delivered since ``injected``."""
        wanted = self.plan.fp if key is None else key
        begin = self.marks.get("injected", 0)
        return [
            e
            for e in self.evidence.of("alert", begin)
            if e.facts["kind"] == kind and e.facts["key"] == wanted
        ]

    def text(self, at: int | None) -> str:
        """Format a time relative to the injection."""
        if at is None:
            return "never"
        return f"{format_duration(at - self.marks.get('injected', 0))} after the fault"


def passed(name: str, question: str, at: int | None = None, **more: object) -> Clause:
    return Clause(name, question, Verdict.PASS, at=at, **more)  # type: ignore[arg-type]


def failed(name: str, question: str, reason: str, at: int | None = None, **more: object) -> Clause:
    """Return a clause that does not hold."""
    return Clause(name, question, Verdict.FAIL, reason, at=at, **more)  # type: ignore[arg-type]


def unreached(name: str, question: str, reason: str) -> Clause:
    """Return a failed clause whose window never began; a mutant that causes this proves nothing."""
    return failed(name, question, reason, reached=False)


def not_applicable(name: str, question: str, reason: str) -> Clause:
    """Return a clause that this run can neither satisfy nor violate."""
    return Clause(name, question, Verdict.NOT_APPLICABLE, reason, provable=False)


def missing(name: str, question: str, ability: str) -> Clause:
    """Return a clause for which the target lacks an ability."""
    reason = f"the target has no {ability}"
    return Clause(name, question, Verdict.MISSING, reason, provable=False)


def vacuous(name: str, question: str, reason: str) -> Clause:
    """Return a failed precondition: without it the run proves nothing."""
    return Clause(name, question, Verdict.VACUOUS, reason)


def in_window(name: str, question: str, at: int | None, begin: int, end: int, what: str) -> Clause:
    """Return whether something happened within a closed window (S21)."""
    window = {"begin": begin, "end": end}
    if at is None:
        reason = f"{what}: never, due by {format_duration(end - begin)}"
        return failed(name, question, reason, **window)
    if at < begin:
        early = format_duration(begin - at)
        return failed(name, question, f"{what}: early by {early}", at, **window)
    if at > end:
        late = format_duration(at - end)
        return failed(name, question, f"{what}: late by {late}", at, **window)
    return passed(name, question, at, **window)
