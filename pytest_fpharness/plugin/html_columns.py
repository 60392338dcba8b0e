"""Columns in the table of pytest-html."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

from .collection import REPORT_DATA


class HtmlColumns:
    """Adds three columns and a link; registered when pytest-html is active."""

    def __init__(self, target: str, link: Callable[[], str]) -> None:
        self.target = target
        self.link = link  # called at the end: only then is it known whether the session was partial

    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Add the target and a link to the report."""
        link = html.escape(self.link(), quote=True)
        prefix.append(f"<p>Target: <b>{html.escape(self.target)}</b></p>")
        prefix.append(f'<p><a href="{link}">Failure points: coverage and gate</a></p>')

    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Add three columns after the result."""
        cells[1:1] = [
            '<th class="sortable" data-column-type="fp">Failure point</th>',
            '<th class="sortable" data-column-type="readiness">Readiness</th>',
            '<th class="sortable" data-column-type="verdict">Verdict</th>',
        ]

    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        """Add the cells of one row; they are empty for an ordinary test."""
        data = getattr(report, REPORT_DATA, None) or {}
        cells[1:1] = [
            f'<td class="col-{name}">{html.escape(str(data.get(name, "")))}</td>'
            for name in ("fp", "readiness", "verdict")
        ]
