from __future__ import annotations

from pytest_fpharness.model.duration import MINUTE
from pytest_fpharness.report.timeline_summary import TimelineSummary, summarize_timeline
from tests.support.report_factory import record


def test_it_tells_length_alerts_and_whether_the_dashboard_has_a_row() -> None:
    assert summarize_timeline(record().timeline) == TimelineSummary(11 * MINUTE, 2, row=True)


def test_a_dashboard_that_is_unreadable_or_has_no_row_shows_nothing() -> None:
    facts = [{"dashboard": None}, {"dashboard": {"row": None}}]
    rows = [[at, "sample", "monitor", item] for at, item in enumerate(facts, 1)]
    assert summarize_timeline(rows) == TimelineSummary(2)


def test_no_timeline_tells_nothing() -> None:
    assert summarize_timeline(()) == TimelineSummary()
