"""The owner's eleven lines, each with its rule and its evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.cell_state import CellState, record_state, worst_state
from pytest_fpharness.report.journal import JournalData
from pytest_fpharness.report.matrix import Row
from pytest_fpharness.report.timeline_summary import Glance


@dataclass(frozen=True)
class Line:
    """One line of the document's verification checklist."""

    text: str
    state: CellState
    rule: str
    evidence: str
    failing: tuple[str, ...] = ()  # failure points that stand against it

    @property
    def holds(self) -> bool:
        """Whether the line may be ticked: passed, or passed but for accepted gaps."""
        return self.state in (CellState.PASS, CellState.GAP)


def checklist(
    data: JournalData, rows: Sequence[Row], flows: Sequence[Row], glances: Mapping[str, Glance]
) -> tuple[Line, ...]:
    """The eleven lines in the document's order and words; ``glances`` by the id of a record."""
    critical = [row for row in rows if row.facts.severity == "critical"]
    return (
        _documented_count(data, rows),
        _each(
            "Each FP has detection mechanism", rows, "detected", "is detected in every fault run"
        ),
        _has_healing(rows),
        _each("Each FP visible on dashboard", rows, "visible", "shows its status and true values"),
        _covers_all(rows),
        _flow("End-to-end test passes", "TEST-2", flows),
        _flow("Signal injection test passes", "TEST-1", flows),
        _alerts(sum(each.alerts for each in glances.values()), critical),
        _dashboard(data, rows, glances),
        _each(
            "Self-healing verified for each FP",
            rows,
            "healed",
            "heals, judged by its effect (or healing does not apply)",
        ),
        _documentation(rows),
    )


def _documented_count(data: JournalData, rows: Sequence[Row]) -> Line:
    claimed = data.header.denominator.claimed
    count = sum(row.cells["documented"].state is CellState.PASS for row in rows)
    listed = len(data.header.denominator.headings) or len(rows)
    source = data.header.denominator.document or "the catalog"
    return Line(
        f"All {claimed}+ failure points documented",
        CellState.PASS if count >= claimed else CellState.FAIL,
        f"at least {claimed} failure points are documented in all six fields",
        f"{count} of {claimed}; {source} lists {listed}",
    )


def _each(text: str, rows: Sequence[Row], column: str, does: str) -> Line:
    return _over(text, rows, f"each failure point {does}", lambda row: row.cells[column].state)


def _has_healing(rows: Sequence[Row]) -> Line:
    absent = (CellState.MISSING, CellState.UNTESTED, CellState.NOT_RUN, CellState.GAP)

    def state(row: Row) -> CellState:
        healed = row.cells["healed"].state
        if not row.facts.healing:
            return CellState.FAIL
        return healed if healed in absent else CellState.PASS

    rule = "each failure point says how it heals or why it cannot, and a run looked for it"
    return _over("Each FP has self-healing (where possible)", rows, rule, state)


def _covers_all(rows: Sequence[Row]) -> Line:
    def state(row: Row) -> CellState:
        if not row.scenario:
            return CellState.UNTESTED
        if row.not_run or not row.records:
            return CellState.NOT_RUN
        kinds = {record.twin for record in row.records}
        return CellState.PASS if kinds == {True, False} else CellState.UNTESTED

    rule = "each failure point has a scenario, a fault variant and a twin, and all of them ran"
    return _over("Test harness covers all FPs", rows, rule, state)


def _flow(text: str, fp: str, flows: Sequence[Row]) -> Line:
    flow = next((row for row in flows if row.fp == fp), None)
    rule = f"every run of {fp} passes"
    if flow is None:
        return Line(text, CellState.UNTESTED, rule, f"no scenario named {fp}")
    states = [record_state(record) for record in flow.records]
    states += [CellState.NOT_RUN] * len(flow.not_run)
    total = len(states)
    passed = states.count(CellState.PASS)
    state = worst_state(states) if states else CellState.NOT_RUN
    return Line(text, state, rule, f"{passed} of {total} run{'' if total == 1 else 's'} passed")


def _alerts(delivered: int, critical: Sequence[Row]) -> Line:
    rule = "each critical failure point alerts, and the alert leaves the bot"
    line = _over(
        "Monitoring alerts configured", critical, rule, lambda row: row.cells["alerted"].state
    )
    state = line.state if delivered else worst_state((line.state, CellState.UNTESTED))
    left = "1 alert" if delivered == 1 else f"{delivered} alerts"
    evidence = f"{line.evidence} critical ones; {left} left the bot"
    return Line(line.text, state, rule, evidence, line.failing)


def _dashboard(data: JournalData, rows: Sequence[Row], glances: Mapping[str, Glance]) -> Line:
    seen = {row.fp for row in rows if row.cells["visible"].state is CellState.PASS}
    for record in data.records.values():
        if record.verdict not in (Verdict.ERROR, Verdict.VACUOUS) and glances[record.id].row:
            seen.add(record.fp)
    rule = "each failure point has a row on a dashboard that was read during a run"
    absent = CellState.FAIL if seen else CellState.MISSING

    def state(row: Row) -> CellState:
        gap = row.cells["visible"].state is CellState.GAP
        return CellState.PASS if row.fp in seen else CellState.GAP if gap else absent

    return _over("Dashboard shows all FPs", rows, rule, state)


def _documentation(rows: Sequence[Row]) -> Line:
    rule = "heading, scenario file, all six fields and manual steps for each failure point"

    def state(row: Row) -> CellState:
        whole = row.cells["documented"].state is CellState.PASS and row.facts.manual_steps
        return CellState.PASS if whole else CellState.FAIL

    return _over("Documentation complete", rows, rule, state)


def _over(text: str, rows: Sequence[Row], rule: str, state_of: Callable[[Row], CellState]) -> Line:
    states = {row.fp: state_of(row) for row in rows}
    good = (CellState.PASS, CellState.NOT_APPLICABLE)
    failing = tuple(fp for fp, state in states.items() if state not in good)
    evidence = f"{len(rows) - len(failing)} of {len(rows)}"
    if not rows:
        return Line(text, CellState.NOT_RUN, rule, "no failure points")
    state = worst_state(states[fp] for fp in failing) if failing else CellState.PASS
    return Line(text, state, rule, evidence, failing)
