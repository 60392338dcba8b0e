"""The report as one HTML page: self-contained, offline, readable without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pytest_fpharness.model.duration import SECOND, format_duration
from pytest_fpharness.model.questions import COLUMNS
from pytest_fpharness.model.text import pluralize
from pytest_fpharness.report.cell_state import CellState, record_state, unproven
from pytest_fpharness.report.coverage import Coverage
from pytest_fpharness.report.findings import blind_forever, is_gap
from pytest_fpharness.report.gate import GateResult
from pytest_fpharness.report.marked_tests import OWN
from pytest_fpharness.report.matrix import Row, natural
from .events import events_of
from .html_rows import badges, clause_rows, clauses_of, event_rows
from .timeline_svg import clock, style_sheet, timeline_svg
from .timeline_view import TimelineView

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def render(coverage: Coverage, gate: GateResult) -> str:
    return (
        _environment(coverage)
        .get_template("report.html.j2")
        .render(
            coverage=coverage,
            header=coverage.data.header,
            end=coverage.data.end,
            gate=gate,
            columns=_columns(coverage),
            asks=_asks(),
            states=tuple(CellState),
            categories=_by_category(coverage),
            tests=_tests(coverage),
        )
    )


def _asks() -> dict[str, str]:
    """What each column asks, for its heading's tip and the legend."""
    asks = {name: column.asks for name, column in COLUMNS.items()}
    return {**asks, OWN: "the project's own tests that are marked for it passed"}


def _columns(coverage: Coverage) -> list[str]:
    """Own tests have a column where there are any."""
    return [*COLUMNS, OWN] if coverage.data.tests else [*COLUMNS]


def title(coverage: Coverage) -> str:
    """The page's title: it names the target and its commit."""
    header = coverage.data.header
    commit = f" @ {header.target_commit}" if header.target_commit else ""
    demo = "DEMO: " if is_demo(coverage) else ""
    return f"{demo}{header.target or 'no target'}{commit}"


def is_demo(coverage: Coverage) -> bool:
    """Whether the embedded reference bot ran instead of a bot of yours."""
    return coverage.data.header.demo or coverage.data.header.embedded


def cost_words(cost: Any) -> str:
    """The cost while blind: ``Blind for 9m30s, never alerted; 4 orders, $6,170``."""
    if not cost.blind:
        return "Never blind"
    until = "never alerted" if blind_forever(cost) else "until the first alert"
    sent = pluralize(cost.orders, "order")
    return f"Blind for {format_duration(cost.blind)}, {until}; {sent}, ${cost.dollars:,.0f}"


def moment(text: object) -> str:
    """An ISO time or an epoch number as ``2026-03-02 14:30:00 UTC``; anything else as it is."""
    try:
        when = (
            datetime.fromtimestamp(text, timezone.utc)
            if isinstance(text, int | float)
            else datetime.fromisoformat(str(text).replace("Z", "+00:00"))
        )
    except (ValueError, OverflowError, OSError):
        return str(text)
    if when.tzinfo is None:
        when = when.replace(tzinfo=timezone.utc)
    return when.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def _environment(coverage: Coverage) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    env = Environment(
        loader=PackageLoader("pytest_fpharness.report.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    anchors = _anchors(coverage)
    labels = badges()
    env.filters |= {
        "clock": clock,
        "span": format_duration,
        "moment": moment,
        "cost": cost_words,
        "anchor": partial(_anchor, anchors),
        "linked": _linker(coverage, anchors),
    }
    env.globals |= {
        "title": title(coverage),
        "demo": is_demo(coverage),
        "view_of": TimelineView,
        "svg": lambda view: Markup(timeline_svg(view)),  # escapes every text itself
        "timeline_css": Markup(style_sheet()),
        "badge": lambda state: labels[state.value],
        "badge_of": lambda verdict: labels[verdict.value],
        "state_of": record_state,
        "clauses_of": clauses_of,
        "clause_rows": partial(clause_rows, labels=labels),
        "events_of": events_of,
        "event_rows": event_rows,
        "unproven": unproven,
        "gap": is_gap,
        "run_time": _run_time(coverage),
    }
    return env


def _anchors(coverage: Coverage) -> Mapping[str, str]:
    """A link target for each run; readable, and unique even where ids differ in signs only."""
    anchors: dict[str, str] = {}
    taken: set[str] = set()
    for id in coverage.data.header.ids:
        plain = "run-" + re.sub(r"[^A-Za-z0-9._-]+", "-", id)
        anchors[id] = plain if plain not in taken else f"{plain}-{len(anchors)}"
        taken.add(anchors[id])
    return anchors


def _linker(coverage: Coverage, anchors: Mapping[str, str]) -> Callable[[str], Markup]:
    """Text in which each run, failure point and requirement on the page is a link to it."""
    from markupsafe import Markup, escape

    places = {row.fp: row.fp for row in (*coverage.rows, *_tests(coverage))}
    places |= {row.id: f"requirement-{row.id}" for row in coverage.requirements}
    shown = {record.id for record in coverage.records}
    places |= {id: anchor for id, anchor in anchors.items() if id in shown}
    places |= {"checklist": "checklist"}
    longest = sorted(places, key=len, reverse=True)
    names = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, longest))})(?![\w/-]|\.\w)")

    def linked(text: str) -> Markup:
        html, end = Markup(), 0
        for match in names.finditer(text):
            link = Markup('<a href="#{}">{}</a>').format(places[match[0]], match[0])
            html, end = html + escape(text[end : match.start()]) + link, match.end()
        return html + escape(text[end:])

    return linked


def _anchor(anchors: Mapping[str, str], id: str) -> str:
    return anchors.get(id, re.sub(r"[^A-Za-z0-9._-]+", "-", id))


def _by_category(coverage: Coverage) -> list[tuple[str, list[Row]]]:
    def category(row: Row) -> str:
        return row.fp.partition(".")[0]

    ordered = sorted(coverage.rows, key=lambda row: natural(row.fp))
    named = [(key, list(group)) for key, group in groupby(ordered, category)]
    titles = coverage.data.header.document.categories
    return [(f"{key[3:]} {titles.get(key, 'Own failure points')}", group) for key, group in named]


def _tests(coverage: Coverage) -> tuple[Row, ...]:
    return tuple(row for row in coverage.flows if row.records or row.not_run)


def _run_time(coverage: Coverage) -> str:
    """How much virtual time was run, and how long it took."""
    virtual = sum(coverage.summaries[record.id].last for record in coverage.records)
    end = coverage.data.end
    real = end.wall if end and end.wall else sum(record.wall for record in coverage.records)
    return f"{format_duration(virtual // SECOND * SECOND)} of market time in {real:.1f} s"
