"""The document's requirements as rows: each bullet is judged from the clauses of the runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pytest_fpharness.model.document import Demand, Requirement
from pytest_fpharness.model.record import Clause, Record
from pytest_fpharness.model.text import pluralize
from pytest_fpharness.model.verdict import Verdict
from .cell_state import CellState, state_of, worst_state
from .matrix import Row

_EVERY: Final = ("each", "critical")


#: How the reason of a clause begins to which the target has nothing to show.
LACKS: Final = "the target has no"


@dataclass(frozen=True)
class BulletRow:
    """One bullet of a requirement and what the runs say about it."""

    id: str
    says: str
    state: CellState
    evidence: str = ""
    failing: Mapping[str, str] = field(default_factory=dict)  # failure point -> why
    exceptions: Mapping[str, str] = field(default_factory=dict)  # where it cannot apply -> why
    records: tuple[str, ...] = ()  # that show it, or that contradict it
    late: str = ""  # that it was accepted as a gap, and until when

    @property
    def reason(self) -> str:
        """The first failure point that does not show it, and why; else the evidence."""
        first = next((f"{fp}: {why}" for fp, why in self.failing.items()), self.evidence)
        return f"{first}; {self.late}" if self.late else first


@dataclass(frozen=True)
class RequirementRow:
    id: str
    title: str
    rule: str
    bullets: tuple[BulletRow, ...]

    @property
    def state(self) -> CellState:
        return worst_state(bullet.state for bullet in self.bullets)


@dataclass(frozen=True)
class _Result:
    """The result of one bullet for one failure point."""

    state: CellState
    reason: str = ""
    records: tuple[str, ...] = ()


def requirements(
    declared: Sequence[Requirement],
    matrix: Sequence[Row],
    flows: Sequence[Row],
    gaps: Mapping[str, str] | None = None,
    expired: Mapping[str, str] | None = None,
) -> tuple[RequirementRow, ...]:
    """One row for each requirement, in the order of the document.

    ``gaps`` says why the target may lack what a requirement needs, by the requirement's id (S30), and
    ``expired`` that it no longer may.
    """
    rows = (_row(requirement, matrix, flows) for requirement in declared)
    settled = (_accepted(row) if row.id in (gaps or {}) else row for row in rows)
    return tuple(_missing(row, late=(expired or {}).get(row.id, "")) for row in settled)


def _row(requirement: Requirement, matrix: Sequence[Row], flows: Sequence[Row]) -> RequirementRow:
    bullets = tuple(
        _bullet(id, demand, _asked(demand, matrix, flows))
        for id, demand in requirement.bullets().items()
    )
    return RequirementRow(requirement.id, requirement.title, requirement.rule, bullets)


def _accepted(row: RequirementRow) -> RequirementRow:
    return _missing(row, state=CellState.GAP)


def _missing(row: RequirementRow, **changes: Any) -> RequirementRow:
    """The row with these changes to the bullets that the target lacks."""
    bullets = (
        replace(bullet, **changes) if bullet.state is CellState.MISSING else bullet
        for bullet in row.bullets
    )
    return replace(row, bullets=tuple(bullets))


def _asked(demand: Demand, matrix: Sequence[Row], flows: Sequence[Row]) -> list[Row]:
    if demand.of == "critical":
        return [row for row in matrix if row.facts.severity == "critical"]
    if demand.of in ("each", "some"):
        return list(matrix)
    return [row for row in flows if row.fp == demand.of]


def _bullet(id: str, demand: Demand, rows: Sequence[Row]) -> BulletRow:
    results = {row.fp: _of_row(demand, row) for row in rows}
    if demand.of not in _EVERY:  # without a run that checks it, nothing is expected
        results = {
            fp: result for fp, result in results.items() if result.state is not CellState.UNTESTED
        }
    exempt = {
        fp: result.reason
        for fp, result in results.items()
        if result.state is CellState.NOT_APPLICABLE
    }
    judged = {fp: result for fp, result in results.items() if fp not in exempt}
    bad = {fp: result for fp, result in judged.items() if result.state is not CellState.PASS}
    shown = [result for fp, result in judged.items() if fp not in bad]
    untested = CellState.PASS if judged else _nowhere(exempt.values())
    state = worst_state([untested, *(result.state for result in bad.values())])
    worst = [result for result in bad.values() if result.state is state] or shown
    return BulletRow(
        id,
        demand.says,
        state,
        _evidence(demand, shown, judged, exempt),
        {fp: result.reason for fp, result in bad.items()},
        exempt if demand.of in _EVERY else {},
        tuple(dict.fromkeys(record for result in worst for record in result.records)),
    )


def _nowhere(reasons: Iterable[str]) -> CellState:
    """The state of a bullet that no run shows: MISSING if the target lacks the ability."""
    lacking = [reason.startswith(LACKS) for reason in reasons]
    return CellState.MISSING if lacking and all(lacking) else CellState.UNTESTED


def _evidence(
    demand: Demand, shown: Sequence[_Result], judged: Mapping[str, _Result], void: Mapping[str, str]
) -> str:
    if not judged:
        return next(
            (f"no run could show it: {why}" for why in void.values() if why), "no run checks it"
        )
    runs = len({record for result in shown for record in result.records})
    evidence = f"shown by {pluralize(runs, 'run')}"
    if demand.of not in (*_EVERY, "some"):
        return evidence
    kind = "critical failure points" if demand.of == "critical" else "failure points"
    return f"{len(shown)} of {len(judged)} {kind}, {evidence}"


def _of_row(demand: Demand, row: Row) -> _Result:
    records = [record for record in row.records if _takes(demand, record)]
    if demand.needs and any(demand.needs in record.lacks for record in records):
        ids = tuple(record.id for record in records)
        state = worst_state(state_of(Verdict.MISSING, record) for record in records)
        return _Result(state, f"{LACKS} {demand.needs}", ids)
    results = [_of_item(demand, item.split("|"), row, records) for item in demand.clauses]
    states = [result.state for result in results]
    state = worst_state(states)
    if state is CellState.PASS and CellState.NOT_APPLICABLE in states:
        state = CellState.NOT_APPLICABLE  # no part may be missing
    worst = [result for result in results if result.state is state]
    reason = next((result.reason for result in worst if result.reason), "")
    shown = dict.fromkeys(id for result in worst for id in result.records)
    return _Result(state, reason, tuple(shown))


def _takes(demand: Demand, record: Record) -> bool:
    if demand.readiness and record.readiness != demand.readiness:
        return False
    return demand.control or not record.twin


def _of_item(demand: Demand, names: Sequence[str], row: Row, records: Iterable[Record]) -> _Result:
    """The result of the clauses of these names; why, if they never applied."""
    results = [result for record in records for result in _in_record(demand, names, record)]
    judged = [result for result in results if result.state is not CellState.NOT_APPLICABLE]
    if not results and row.not_run:
        runs = pluralize(len(row.not_run), "planned run")
        return _Result(CellState.NOT_RUN, f"no record of {runs}")
    if not results:
        return _Result(CellState.UNTESTED, _unasked(names, row))
    state = worst_state(result.state for result in judged)
    worst = [result for result in results if result.state is state]
    ids = tuple(id for result in worst for id in result.records)
    return _Result(state, worst[0].reason, ids)


def _unasked(names: Sequence[str], row: Row) -> str:
    """Why no run checks it: no scenario has these clauses, or no run got that far."""
    clauses = " or ".join(n for n in names if "." not in n or n.partition(".")[0] not in names)
    stopped = [r for r in row.records if r.verdict in (Verdict.VACUOUS, Verdict.ERROR)]
    if not stopped:
        return f"no run checks {clauses}"
    why = next(iter(stopped[0].reasons), str(stopped[0].verdict))
    return f"no run reached {clauses}; {stopped[0].id} ended before: {why}"


def _in_record(demand: Demand, names: Sequence[str], record: Record) -> Iterator[_Result]:
    clauses = list(_clauses(demand, names, record))
    if not clauses and not record.clauses and record.verdict is not Verdict.PASS:
        reason = next(iter(record.reasons), "the run has no clauses")
        yield _Result(state_of(record.verdict, record), reason, (record.id,))
    for clause, proven in clauses:
        state = state_of(clause.verdict, record)
        reason = clause.reason
        if state is CellState.PASS and not proven:
            state, reason = CellState.UNPROVEN, f"{clause.name} was never seen to fail"
        elif state is not CellState.NOT_APPLICABLE and state is not CellState.PASS:
            reason = f"{clause.name}: {reason}" if reason else clause.name
        yield _Result(state, reason, (record.id,))


def _clauses(demand: Demand, names: Sequence[str], record: Record) -> Iterator[tuple[Clause, bool]]:
    """The clauses that count, each with whether it was seen to fail; those of companions need not be."""
    if not demand.control or record.twin:
        for clause in record.clauses:
            if clause.name in names:
                yield clause, bool(clause.killed_by) or not clause.provable
    for companion in record.companions:
        if companion.name == ("control" if demand.control else "broken_healer"):
            for clause in companion.clauses:
                if clause.name in names:
                    yield clause, True
