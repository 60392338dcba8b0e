from __future__ import annotations

from report_factory import record

from pytest_fpharness.model.duration import MINUTE
from pytest_fpharness.report.glance import Glance, glance


def test_it_tells_length_alerts_and_whom_the_dashboard_shows() -> None:
    assert glance(record().timeline) == Glance(11 * MINUTE, 2, frozenset({"FP-1.3"}))


def test_a_dashboard_that_could_not_be_read_shows_nobody() -> None:
    rows = [[1, "sample", "monitor", {"dashboard": None}], [2, "sample", "monitor", None]]
    assert glance(rows) == Glance(2)


def test_no_timeline_tells_nothing() -> None:
    assert glance(()) == Glance()
