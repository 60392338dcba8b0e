"""The matrix: failure point x question, each cell with its records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pytest_fpharness.model.questions import COLUMNS, QUESTIONS, question
from pytest_fpharness.model.record import Clause, Record
from pytest_fpharness.model.text import pluralize
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report import marked_tests
from .cell_state import CellState, record_state, state_of, unproven, worst_state
from .documentation import FailurePointFacts
from .journal import JournalData
from .marked_tests import OWN, MarkedTest

#: A failed companion without clauses of its own counts against this column.
_COMPANION_COLUMN: Final = {"control": "detected", "broken_healer": "healed", "again": "proven"}


@dataclass(frozen=True)
class Cell:
    """The answer to one question about one failure point."""

    state: CellState
    reason: str = ""
    records: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One failure point: its facts, its runs, and a cell for each column."""

    facts: FailurePointFacts
    records: tuple[Record, ...] = ()
    not_run: tuple[str, ...] = ()
    cells: Mapping[str, Cell] = field(default_factory=dict)
    covered: tuple[str, ...] = ()  # bullets that a passed fault record exercised
    shown: tuple[str, ...] = ()  # values that a passed clause saw on the dashboard
    scenario: bool = True  # the catalog has a file for it
    heading: bool = True  # the document has a heading for it
    tests: tuple[MarkedTest, ...] = ()  # of the project, marked for it

    @property
    def fp(self) -> str:
        return self.facts.fp

    @property
    def state(self) -> CellState:
        return worst_state(cell.state for cell in self.cells.values())


@dataclass(frozen=True)
class _Evidence:
    state: CellState
    record: str
    reason: str = ""
    required: bool = True  # by a fault record, and by one of the questions the column is about


def fp_of(id: str) -> str:
    """The failure point of a planned id: ``FP-1.3`` of ``FP-1.3/age.10m01s``."""
    return id.partition("/")[0]


def is_flow(fp: str) -> bool:
    """Whether this is one of the document's flow tests (TEST-1, TEST-2), not a failure point."""
    return fp.startswith("TEST-")


def rows(data: JournalData) -> tuple[Row, ...]:
    """One row for each failure point of the document, the catalog or a record."""
    facts = {item.fp: item for item in data.header.failure_points if not is_flow(item.fp)}
    headings = data.header.denominator.headings
    planned = (fp_of(id) for id in data.header.ids)
    recorded = (record.fp for record in data.records.values())
    names = dict.fromkeys([*headings, *facts, *planned, *recorded])
    bound = set(headings) if data.header.denominator.source == "document" else set(names)
    return tuple(
        build_row(
            facts.get(fp, FailurePointFacts(fp)), data, scenario=fp in facts, heading=fp in bound
        )
        for fp in sorted((name for name in names if not is_flow(name)), key=natural)
    )


def natural(fp: str) -> tuple[tuple[int, str], ...]:
    """A sort key that puts FP-1.10 after FP-1.9."""
    return tuple((int(p), "") if p.isdigit() else (-1, p) for p in fp.replace("-", ".").split("."))


def build_row(
    facts: FailurePointFacts, data: JournalData, *, scenario: bool = True, heading: bool = True
) -> Row:
    """The row of one failure point (or flow) from its records and what did not run."""
    records = tuple(r for id in data.header.ids if (r := data.records.get(id)) and r.fp == facts.fp)
    not_run = tuple(id for id in data.not_run if fp_of(id) == facts.fp)
    row = Row(facts, records, not_run, scenario=scenario, heading=heading)
    row = Row(**{**vars(row), "covered": _covered(row), "shown": _shown(row)})
    evidence = _evidence(row.records)
    cells = {name: _cell(name, row, evidence[name]) for name in COLUMNS}
    if tests := marked_tests.of(facts.fp, data.tests.values()):
        state = worst_state(test.state for test in tests)
        cells[OWN] = Cell(state, marked_tests.reason_of(tests))
    return Row(**{**vars(row), "cells": cells, "tests": tests})


def lacks(row: Row) -> str:
    """What the row lacks to be believed: a fault variant, a twin, a control; "" for nothing."""
    faults = [record for record in row.records if not record.twin]
    parts = {
        "fault variant": bool(faults),
        "twin": any(record.twin for record in row.records),
        "control": any(
            companion.name == "control" for record in faults for companion in record.companions
        ),
    }
    missing = [name for name, there in parts.items() if not there]
    return f"no {' and no '.join(missing)}" if missing else ""


def _covered(row: Row) -> tuple[str, ...]:
    # Twins as well: one covers nothing unless its file says so.
    passed = [r for r in row.records if r.verdict is Verdict.PASS]
    bullets = {**row.facts.detection, **row.facts.healing}
    return tuple(b for b in bullets if any(b in record.covers for record in passed))


def _shown(row: Row) -> tuple[str, ...]:
    seen = [
        clause.name
        for record in row.records
        if not record.twin and record.verdict not in (Verdict.VACUOUS, Verdict.ERROR)
        for clause in record.clauses
        if clause.question == "visible" and clause.verdict is Verdict.PASS
    ]
    return tuple(value for value in row.facts.shows if any(name.endswith(value) for name in seen))


def _cell(name: str, row: Row, evidences: list[_Evidence]) -> Cell:
    if name == "documented":
        return _documented(row)
    if name == "proven":
        return _proven(row, evidences)
    required = {evidence.state for evidence in evidences if evidence.required}
    cell = _judged(evidences) if required else _unasked(name, row, evidences)
    if row.not_run and worst_state((cell.state, CellState.NOT_RUN)) is CellState.NOT_RUN:
        return Cell(CellState.NOT_RUN, f"no record of {pluralize(len(row.not_run), 'planned run')}")
    if (
        required == {CellState.NOT_APPLICABLE}
        and COLUMNS[name].always_applies
        and cell.state.accepted
    ):
        return Cell(CellState.UNTESTED, "did not apply in any run", cell.records)
    doubt = _doubt(name, row) if cell.state is CellState.PASS else ""
    return Cell(CellState.UNPROVEN, doubt, cell.records) if doubt else cell


def _judged(evidences: Iterable[_Evidence]) -> Cell:
    evidences = tuple(evidences)
    state = worst_state(evidence.state for evidence in evidences)
    reason = next((e.reason for e in evidences if e.state is state and e.reason), "")
    plain = state in (CellState.PASS, CellState.NOT_APPLICABLE)
    ids = (e.record for e in evidences if plain or e.state is state)
    return Cell(state, "" if plain else reason, tuple(dict.fromkeys(ids)))


def _evidence(records: Iterable[Record]) -> dict[str, list[_Evidence]]:
    """The evidence of each column, record by record."""
    evidence: dict[str, list[_Evidence]] = {name: [] for name in COLUMNS}
    for record in records:
        if not _explained(record):
            state, reason = state_of(record.verdict, record), next(iter(record.reasons), "")
            for column in evidence.values():
                column.append(_Evidence(state, record.id, reason, not record.twin))
        for clause, own in _clauses(record):
            if entry := question(clause.question):
                state, reason = state_of(clause.verdict, record), clause.reason or clause.name
                asks = own and entry.required
                evidence[entry.column].append(_Evidence(state, record.id, reason, asks))
        for companion in record.companions:
            if companion.verdict is not Verdict.PASS and companion.name in _COMPANION_COLUMN:
                state, reason = (
                    state_of(companion.verdict, record),
                    next(iter(companion.reasons), companion.name),
                )
                item = _Evidence(state, record.id, f"{companion.name}: {reason}")
                evidence[_COMPANION_COLUMN[companion.name]].append(item)
    return evidence


def _clauses(record: Record) -> Iterator[tuple[Clause, bool]]:
    """Every clause, and whether it asks about a fault: a broken healer is one, a control none."""
    for clause in record.clauses:
        yield clause, not record.twin
    for companion in record.companions:
        for clause in companion.clauses:
            yield clause, companion.name == "broken_healer" and not record.twin


def _explained(record: Record) -> bool:
    """Whether a clause or a companion carries the run's verdict; a crash may leave no clause at all."""
    if not record.clauses:
        return False
    if record.verdict is Verdict.PASS:
        return True
    verdicts = [c.verdict for c, _ in _clauses(record)] + [
        companion.verdict for companion in record.companions
    ]
    return record.verdict in verdicts


def _unasked(name: str, row: Row, evidences: list[_Evidence]) -> Cell:
    """No fault record asks this: it applies to some failure points only, else it is untested."""
    cell = _judged(evidences)
    if not cell.state.accepted:
        return cell
    if not row.scenario and not row.records:
        return Cell(CellState.UNTESTED, "no scenario file")
    optional = name in ("alerted", "escalated") and row.facts.severity != "critical"
    if optional or (name == "healed" and not _open_healing(row)):
        return Cell(CellState.NOT_APPLICABLE)
    return Cell(CellState.UNTESTED, "no fault variant checks this")


def _open_healing(row: Row) -> tuple[str, ...]:
    """Healing bullets that were neither exercised nor declared untestable in a run."""
    return tuple(
        b for b in row.facts.healing if b not in row.covered and b not in row.facts.untestable
    )


def _doubt(name: str, row: Row) -> str:
    questions = {entry.id for entry in QUESTIONS if entry.column == name}
    for record in row.records:
        never = set(unproven(record))
        for clause in record.clauses:
            if clause.question in questions and clause.name in never:
                return f"{clause.name} was never seen to fail in {record.id}"
    return lacks(row)


def _documented(row: Row) -> Cell:
    if not row.scenario:
        return Cell(CellState.FAIL, "in the document, but has no scenario file")
    if not row.facts.documented:
        missing = ", ".join(row.facts.missing_fields) or "not all six fields"
        return Cell(CellState.FAIL, f"missing: {missing}")
    if not row.heading:  # more than the document asks for: named, and no failure (C10)
        return Cell(CellState.PASS, "has a scenario file, but no heading in the document")
    return Cell(CellState.PASS)


def _proven(row: Row, evidences: list[_Evidence]) -> Cell:
    ids = tuple(record.id for record in row.records)
    if any(not evidence.state.accepted for evidence in evidences):
        return _judged(evidences)
    if row.not_run:
        return Cell(CellState.NOT_RUN, f"no record of {pluralize(len(row.not_run), 'planned run')}")
    if not ids:
        return Cell(CellState.UNTESTED, "no scenario file" if not row.scenario else "no runs")
    states = {record.id: record_state(record) for record in row.records if not record.twin}
    if states and set(states.values()) == {CellState.GAP}:
        return Cell(CellState.GAP, "accepted in the gaps file", tuple(states))
    if idle := tuple(r.id for r in row.records if r.verdict is Verdict.VACUOUS):
        return Cell(CellState.VACUOUS, "an inconclusive run", idle)
    never = {record.id: names for record in row.records if (names := unproven(record))}
    if never:
        id, names = next(iter(never.items()))
        return Cell(CellState.UNPROVEN, f"{names[0]} was never seen to fail in {id}", tuple(never))
    lacking = lacks(row)
    return Cell(CellState.UNPROVEN, lacking, ids) if lacking else Cell(CellState.PASS, "", ids)
