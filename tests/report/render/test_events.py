from __future__ import annotations

import pytest

from pytest_fpharness.model.duration import MINUTE
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.render.events import MOST, MOST_PASSED, events_of
from pytest_fpharness.report.render.timeline_view import TimelineView
from tests.support.report_factory import INJECTED, record


def test_only_changed_events_are_listed() -> None:
    rows, more = events_of(TimelineView(record()))
    samples = [event.text for event in rows if event.kind == "sample"]
    assert samples == [
        "readiness GREEN, FP-1.3 OK",
        "readiness RED, FP-1.3 ERROR, healing trying, attempts 0",
        "readiness RED, FP-1.3 ERROR, healing trying, attempts 1",
        "readiness GREEN, FP-1.3 OK",
    ]
    assert more == len(record().timeline) - len(rows)


@pytest.mark.parametrize(("verdict", "most"), [(Verdict.FAIL, MOST), (Verdict.PASS, MOST_PASSED)])
def test_the_event_table_is_limited(verdict: Verdict, most: int) -> None:
    noisy = tuple([INJECTED + n, "log", "bot", {"text": f"line {n}"}] for n in range(500))
    page = [11 * MINUTE, "alert", "monitor", {"key": "FP-1.3", "kind": "page"}]
    rows, more = events_of(TimelineView(record(verdict=verdict, timeline=(*noisy, page))))
    assert (len(rows), more) == (most, 501 - most)
    assert "alert" in [event.kind for event in rows]


def test_a_json_log_line_is_listed_as_text() -> None:
    line = '{"event": "updated", "rows": 8, "ts": 1767711720.0}'
    log = [INJECTED, "log", "daemon", {"role": "log.daemon", "text": line}]
    rows, _ = events_of(TimelineView(record(timeline=(log,))))
    assert [event.text for event in rows if event.kind == "log"] == [
        "role log.daemon, event updated, rows 8"
    ]
