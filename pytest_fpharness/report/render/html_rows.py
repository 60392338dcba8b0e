"""The rows of a run's two long tables, as HTML: a page has tens of thousands of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from markupsafe import Markup, escape

from pytest_fpharness.model.questions import order_of
from pytest_fpharness.model.record import Clause, Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.cell_state import CellState
from .events import TimelineRow
from .timeline_svg import clock


def badges() -> dict[str, Markup]:
    """The label of each state, by its value; a verdict has the value of its state."""
    label = Markup('<span class="s s-{0.value}">{0.symbol} {0.word}</span>')
    return {state.value: label.format(state) for state in CellState}


def clauses_of(record: Record) -> list[tuple[str, Clause]]:
    """All clauses with the companion they belong to, in the order in which a reader asks."""
    rows = [("", clause) for clause in record.clauses]
    rows.sort(key=lambda item: _question_order(item[1]))
    return rows + [
        (companion.name, clause) for companion in record.companions for clause in companion.clauses
    ]


def _question_order(clause: Clause) -> int:
    return order_of(clause.question)


def clause_rows(rows: Iterable[tuple[str, Clause]], labels: Mapping[str, Markup]) -> Markup:
    """A row for each clause: question, name, verdict, window, when, killed by, reason."""
    return Markup("".join(_clause_row(companion, clause, labels) for companion, clause in rows))


def _clause_row(companion: str, clause: Clause, labels: Mapping[str, Markup]) -> str:
    row, name = (
        ('<tr class="sub">', f"{companion}: {clause.name}") if companion else ("<tr>", clause.name)
    )
    begin = "" if clause.begin is None else clock(clause.begin)
    end = "" if clause.end is None else f" to {clock(clause.end)}"
    at = "" if clause.at is None else clock(clause.at)
    return (
        f"{row}<td>{escape(clause.question)}</td><td><code>{escape(name)}</code></td>\n"
        f"<td>{labels[clause.verdict.value]}</td>\n"
        f'<td class="num">{begin}{end}</td>\n<td class="num">{at}</td>\n'
        f"<td>{_proof(companion, clause)}</td>\n"
        f'<td class="wide">{escape(clause.reason)}</td></tr>\n'
    )


def _proof(companion: str, clause: Clause) -> str:
    if clause.killed_by:
        return escape(", ".join(clause.killed_by))
    if not clause.provable:
        return '<span class="small">no mutant applies</span>'
    if clause.verdict is Verdict.PASS and not companion:
        return '<span class="s s-UNPROVEN">? unproven</span>'
    return ""


def event_rows(rows: Iterable[TimelineRow]) -> Markup:
    """A row for each event: when, who, what, and the rest in words."""
    return Markup("".join(map(_event_row, rows)))


def _event_row(event: TimelineRow) -> str:
    kind, text = str(escape(event.kind)), str(escape(event.text))
    if kind == "mark":
        kind, text = "<b>mark</b>", f"<b>{text}</b>"
    return (
        f'<tr><td class="num">{clock(event.at)}</td><td>{escape(event.actor)}</td>'
        f"<td>{kind}</td><td>{text}</td></tr>\n"
    )
