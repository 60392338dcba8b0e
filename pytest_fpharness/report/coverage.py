"""Coverage: everything that follows from a journal, as a pure function of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_fpharness.model.plain import to_plain
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report import marked_tests
from .cell_state import CellState, record_state, unproven
from .checklist import ChecklistLine, checklist
from .documentation import FailurePointFacts
from .findings import Finding, findings, is_gap
from .headlines import headlines
from .journal import JournalData
from .marked_tests import MarkedTest
from .matrix import Row, build_row, fp_of, is_flow, rows
from .requirements import BulletRow, RequirementRow, requirements
from .timeline_summary import TimelineSummary, summarize_timeline


@dataclass(frozen=True)
class Share:
    """``done`` of ``total``; ``excused`` of the rest cannot be tested in a run, with a reason."""

    done: int = 0
    total: int = 0
    excused: int = 0

    def __str__(self) -> str:
        text = f"{self.done} of {self.total}"
        return f"{text} ({self.excused} cannot be tested in a run)" if self.excused else text


@dataclass(frozen=True)
class Coverage:
    """What a session showed, and what it did not."""

    data: JournalData
    rows: tuple[Row, ...] = ()
    flows: tuple[Row, ...] = ()
    requirements: tuple[RequirementRow, ...] = ()
    checklist: tuple[ChecklistLine, ...] = ()
    findings: tuple[Finding, ...] = ()
    gaps: tuple[Record, ...] = ()
    unproven: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # clause -> record ids
    detection: Share = field(default_factory=Share)  # bullets
    healing: Share = field(default_factory=Share)
    shown: Share = field(default_factory=Share)  # values on the dashboard
    clauses: Share = field(default_factory=Share)  # proven, of those that passed
    counts: Mapping[str, int] = field(default_factory=dict)  # by state of the record
    summaries: Mapping[str, TimelineSummary] = field(
        default_factory=dict
    )  # at a record's timeline, by id
    new: tuple[Row, ...] = ()  # shown, and not judged (C8)

    @property
    def accepted(self) -> dict[str, str]:
        """Why each gap is accepted, by the id of a run or a requirement."""
        open_gaps = {row.id for row in self.requirements if row.state is CellState.GAP}
        requirements = {id: text for id, text in self.data.header.gaps.items() if id in open_gaps}
        return {**{record.id: record.expected_gap for record in self.gaps}, **requirements}

    @property
    def tests(self) -> str:
        """How the project's own marked tests ended: ``2 passed, 1 skipped``."""
        return marked_tests.counts(self.data.tests.values())

    @property
    def headlines(self) -> tuple[str, ...]:
        """What the runs say of the bot, in a few lines."""
        return headlines(self.records)

    @property
    def required(self) -> Share:
        """Bullets of the requirements that runs have shown."""
        bullets = [bullet for row in self.requirements for bullet in row.bullets]
        done = sum(bullet.state is CellState.PASS for bullet in bullets)
        return Share(done, len(bullets))

    @property
    def records(self) -> tuple[Record, ...]:
        return tuple(
            self.data.records[id] for id in self.data.header.ids if id in self.data.records
        )


def coverage(journal: JournalData) -> Coverage:
    data = journal.judged()
    matrix, tests = rows(data), _flows(data)
    records = tuple(data.records.values())
    summaries = {record.id: summarize_timeline(record.timeline) for record in records}
    states = Counter(record_state(record).value for record in records)
    states[CellState.NOT_RUN.value] = len(data.not_run)
    return Coverage(
        data=data,
        rows=matrix,
        flows=tests,
        requirements=requirements(
            data.header.document.requirements, matrix, tests, data.header.gaps, data.header.expired
        ),
        checklist=checklist(data, matrix, tests, summaries),
        findings=findings(records),
        gaps=tuple(record for record in records if is_gap(record)),
        unproven=_unproven(records),
        detection=_bullets(matrix, "detection"),
        healing=_bullets(matrix, "healing"),
        shown=_values(matrix),
        clauses=_proven_clauses(records),
        counts=dict(states),
        summaries=summaries,
        new=_new(journal),
    )


def to_json(coverage: Coverage) -> dict[str, Any]:
    """Plain data for ``coverage.json``; timelines stay in the journal."""
    header = to_plain(coverage.data.header)
    for bulky in ("failure_points", "ids", "document"):
        header.pop(bulky, None)
    return {
        "format": 1,
        "provenance": header,
        "end": to_plain(coverage.data.end),
        "torn": coverage.data.torn,
        "counts": dict(coverage.counts),
        "not_run": list(coverage.data.not_run),
        "changed": list(coverage.data.changed),
        "bullets": {
            "detection": _share(coverage.detection),
            "healing": _share(coverage.healing),
            "requirements": _share(coverage.required),
        },
        "values_shown": _share(coverage.shown),
        "clauses_proven": _share(coverage.clauses),
        "checklist": [_line(line) for line in coverage.checklist],
        "failure_points": [_row(row) for row in coverage.rows],
        "flows": [_row(row) for row in coverage.flows],
        "requirements": [_requirement(row) for row in coverage.requirements],
        "own_tests": [_test(test) for test in coverage.data.tests.values()],
        "new": [_row(row) for row in coverage.new],
        "findings": [to_plain(finding) for finding in coverage.findings],
        "gaps": [{"id": id, "reason": reason} for id, reason in coverage.accepted.items()],
        "unproven": {name: list(ids) for name, ids in coverage.unproven.items()},
    }


def _test(test: MarkedTest) -> dict[str, Any]:
    return {**to_plain(test), "state": test.state.value}


def _flows(data: JournalData) -> tuple[Row, ...]:
    facts = {item.fp: item for item in data.header.failure_points if is_flow(item.fp)}
    names = {fp for id in data.header.ids if is_flow(fp := fp_of(id))} | set(facts)
    return tuple(build_row(facts.get(fp, FailurePointFacts(fp)), data) for fp in sorted(names))


def _new(journal: JournalData) -> tuple[Row, ...]:
    facts = {item.fp: item for item in journal.header.failure_points}
    return tuple(build_row(facts[fp], journal) for fp in journal.header.new)


def _bullets(matrix: tuple[Row, ...], kind: str) -> Share:
    done = total = excused = 0
    for row in matrix:
        bullets: Mapping[str, str] = getattr(row.facts, kind)
        covered = {bullet for bullet in bullets if bullet in row.covered}
        done, total = done + len(covered), total + len(bullets)
        excused += sum(b in row.facts.untestable and b not in covered for b in bullets)
    return Share(done, total, excused)


def _values(matrix: tuple[Row, ...]) -> Share:
    return Share(sum(len(row.shown) for row in matrix), sum(len(row.facts.shows) for row in matrix))


def _unproven(records: tuple[Record, ...]) -> dict[str, tuple[str, ...]]:
    runs: dict[str, tuple[str, ...]] = {}
    for record in records:
        for name in unproven(record):
            runs[name] = (*runs.get(name, ()), record.id)
    return runs


def _proven_clauses(records: tuple[Record, ...]) -> Share:
    passed = [
        clause
        for record in records
        for clause in record.clauses
        if clause.verdict is Verdict.PASS and clause.provable
    ]
    return Share(sum(bool(clause.killed_by) for clause in passed), len(passed))


def _share(share: Share) -> dict[str, int]:
    return {"done": share.done, "total": share.total, "excused": share.excused}


def _line(line: ChecklistLine) -> dict[str, Any]:
    return {**vars(line), "state": line.state.value, "holds": line.holds}


def _requirement(row: RequirementRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "rule": row.rule,
        "state": row.state.value,
        "bullets": [_bullet(bullet) for bullet in row.bullets],
    }


def _bullet(bullet: BulletRow) -> dict[str, Any]:
    return {
        **vars(bullet),
        "state": bullet.state.value,
        "failing": dict(bullet.failing),
        "exceptions": dict(bullet.exceptions),
        "records": list(bullet.records),
    }


def _row(row: Row) -> dict[str, Any]:
    cells = {
        name: {"state": cell.state.value, "reason": cell.reason, "records": list(cell.records)}
        for name, cell in row.cells.items()
    }
    return {
        "fp": row.fp,
        "title": row.facts.title,
        "severity": row.facts.severity,
        "state": row.state.value,
        "cells": cells,
        "bullets_covered": list(row.covered),
        "values_shown": list(row.shown),
        "records": {record.id: record_state(record).value for record in row.records},
        "not_run": list(row.not_run),
    }
