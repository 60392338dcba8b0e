"""The checklist of the owner's document: each line with its rule, its state and its evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pytest_fpharness.model.document import CHECKS, ChecklistItem
from pytest_fpharness.model.text import pluralize
from pytest_fpharness.model.verdict import Verdict
from .cell_state import CellState, record_state, worst_state
from .journal import JournalData
from .matrix import Row
from .timeline_summary import TimelineSummary


@dataclass(frozen=True)
class ChecklistLine:
    """One line of the checklist as the session left it."""

    text: str
    state: CellState
    rule: str
    evidence: str
    failing: tuple[str, ...] = ()  # failure points that do not meet the rule

    @property
    def holds(self) -> bool:
        """Whether the line may be ticked: passed, or passed but for accepted gaps."""
        return self.state in (CellState.PASS, CellState.GAP)


@dataclass(frozen=True)
class _Session:
    """What the lines are checked against; ``summaries`` by the id of a record."""

    data: JournalData
    rows: Sequence[Row]
    flows: Sequence[Row]
    summaries: Mapping[str, TimelineSummary]

    @property
    def critical(self) -> list[Row]:
        return [row for row in self.rows if row.facts.severity == "critical"]


_Result = tuple[CellState, str, tuple[str, ...]]


def checklist(
    data: JournalData,
    rows: Sequence[Row],
    flows: Sequence[Row],
    summaries: Mapping[str, TimelineSummary],
) -> tuple[ChecklistLine, ...]:
    """The lines of the document's checklist, in its order; ``summaries`` by the id of a record."""
    session = _Session(data, rows, flows, summaries)
    return tuple(_line(item, session) for item in data.header.document.checklist)


def _line(item: ChecklistItem, session: _Session) -> ChecklistLine:
    check = _CHECKS.get(item.check)
    if check is not None:
        state, evidence, failing = check(item, session)
    else:
        state, evidence, failing = _each(session.rows, lambda row: row.cells[item.check].state)
    rule = CHECKS[item.check].format(minimum=item.minimum, flow=item.flow)
    return ChecklistLine(item.text, state, rule, evidence, failing)


def _documented(item: ChecklistItem, session: _Session) -> _Result:
    denominator = session.data.header.denominator
    count = sum(row.cells["documented"].state is CellState.PASS for row in session.rows)
    listed = len(denominator.headings) or len(session.rows)
    source = denominator.document or "the catalog"
    state = CellState.PASS if count >= item.minimum else CellState.FAIL
    return state, f"{count} of {item.minimum}; {source} lists {listed}", ()


def _has_healing(item: ChecklistItem, session: _Session) -> _Result:
    absent = (CellState.MISSING, CellState.UNTESTED, CellState.NOT_RUN, CellState.GAP)

    def state(row: Row) -> CellState:
        healed = row.cells["healed"].state
        if not row.facts.healing:
            return CellState.FAIL
        return healed if healed in absent else CellState.PASS

    return _each(session.rows, state)


def _covered(item: ChecklistItem, session: _Session) -> _Result:
    def state(row: Row) -> CellState:
        if not row.scenario:
            return CellState.UNTESTED
        if row.not_run or not row.records:
            return CellState.NOT_RUN
        kinds = {record.twin for record in row.records}
        return CellState.PASS if kinds == {True, False} else CellState.UNTESTED

    return _each(session.rows, state)


def _flow(item: ChecklistItem, session: _Session) -> _Result:
    flow = next((row for row in session.flows if row.fp == item.flow), None)
    if flow is None:
        return CellState.UNTESTED, f"no scenario named {item.flow}", ()
    states = [record_state(record) for record in flow.records]
    states += [CellState.NOT_RUN] * len(flow.not_run)
    state = worst_state(states) if states else CellState.NOT_RUN
    passed = states.count(CellState.PASS)
    return state, f"{passed} of {pluralize(len(states), 'run')} passed", ()


def _alerts(item: ChecklistItem, session: _Session) -> _Result:
    delivered = sum(summary.alerts for summary in session.summaries.values())
    state, evidence, failing = _each(session.critical, lambda row: row.cells["alerted"].state)
    if not delivered:
        state = worst_state((state, CellState.UNTESTED))
    sent = f"{pluralize(delivered, 'alert')} left the bot"
    return state, f"{evidence} critical failure points; {sent}", failing


def _dashboard(item: ChecklistItem, session: _Session) -> _Result:
    shown = {row.fp for row in session.rows if row.cells["visible"].state is CellState.PASS}
    for record in session.data.records.values():
        proved = record.verdict not in (Verdict.ERROR, Verdict.VACUOUS)
        if proved and session.summaries[record.id].row:
            shown.add(record.fp)
    absent = CellState.FAIL if shown else CellState.MISSING

    def state(row: Row) -> CellState:
        gap = row.cells["visible"].state is CellState.GAP
        return CellState.PASS if row.fp in shown else CellState.GAP if gap else absent

    return _each(session.rows, state)


def _complete(item: ChecklistItem, session: _Session) -> _Result:
    def state(row: Row) -> CellState:
        complete = row.cells["documented"].state is CellState.PASS and row.facts.manual_steps
        return CellState.PASS if complete else CellState.FAIL

    return _each(session.rows, state)


_CHECKS: Mapping[str, Callable[[ChecklistItem, _Session], _Result]] = {
    "documented": _documented,
    "has_healing": _has_healing,
    "covered": _covered,
    "flow": _flow,
    "alerts": _alerts,
    "dashboard": _dashboard,
    "complete": _complete,
}


def _each(rows: Sequence[Row], state_of: Callable[[Row], CellState]) -> _Result:
    """Every row must be in a good state; the worst other state decides."""
    if not rows:
        return CellState.NOT_RUN, "no failure points", ()
    states = {row.fp: state_of(row) for row in rows}
    failing = tuple(
        fp
        for fp, state in states.items()
        if state not in (CellState.PASS, CellState.NOT_APPLICABLE)
    )
    state = worst_state(states[fp] for fp in failing) if failing else CellState.PASS
    return state, f"{len(rows) - len(failing)} of {len(rows)}", failing
