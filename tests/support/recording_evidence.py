"""Evidence that records which kinds of events a clause function reads, to check its declaration."""

from __future__ import annotations

import dataclasses

from pytest_fpharness.judge.case import Case
from pytest_fpharness.judge.clauses.registry import ClauseFunction, Reads
from pytest_fpharness.judge.evidence import Evidence
from pytest_fpharness.judge.judge import functions_of
from pytest_fpharness.model.events import Kind
from pytest_fpharness.model.timeline import Event


class RecordingEvidence(Evidence):
    """``read`` is what was asked for since it was last cleared."""

    read: set[Reads]

    @property
    def end(self) -> int:
        self.read.add("end")
        return super().end

    def _all(self, kind: Kind) -> list[Event]:
        self.read.add(kind)
        return super()._all(kind)


def undeclared_reads(case: Case) -> list[str]:
    """What the functions of a case read without declaring it."""
    return [
        f"{entry.ask.__qualname__} reads {kind!r} and does not declare it"
        for entry in functions_of(case)
        if entry.reads is not None
        for kind in sorted(_read_by(entry, case) - entry.reads)
    ]


def _read_by(entry: ClauseFunction, case: Case) -> set[Reads]:
    evidence = RecordingEvidence(case.evidence.timeline, case.evidence.layout)
    fresh = dataclasses.replace(case, evidence=evidence)  # nothing that another function cached
    fresh.marks = case.marks
    evidence.read = set()
    list(entry.ask(fresh))
    return evidence.read
