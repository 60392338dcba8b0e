from __future__ import annotations

from pytest_fpharness.model.duration import HOUR, MINUTE, SECOND
from pytest_fpharness.report.render.lanes import lanes_of
from pytest_fpharness.report.render.timeline_view import TimelineView
from tests.support.report_factory import INJECTED, record, timeline, twin


def test_lanes_are_named_and_empty_ones_left_out() -> None:
    assert [lane.name for lane in lanes_of(TimelineView(record()))] == [
        "fault", "met by the bot", "FP-1.3 says", "readiness", "alerts", "healing", "processes",
        "decisions", "orders", "cycles",
    ]  # fmt: skip
    assert "alerts" not in [lane.name for lane in lanes_of(TimelineView(twin()))]


def test_the_status_lane_is_a_step_function_of_the_samples() -> None:
    lane = next(lane for lane in lanes_of(TimelineView(record())) if lane.name == "FP-1.3 says")
    assert [(span.label, span.begin) for span in lane.spans] == [
        ("OK", 30 * SECOND), ("ERROR", 5 * MINUTE + 30 * SECOND), ("OK", 8 * MINUTE),
    ]  # fmt: skip


def test_a_fault_without_an_end_lasts_until_the_end() -> None:
    rows = tuple(row for row in timeline().to_rows() if row[1] != "fault.clear")
    (span,) = lanes_of(TimelineView(record(timeline=rows)))[0].spans
    assert (span.begin, span.end) == (INJECTED, 11 * MINUTE)


def test_a_fault_is_labelled_with_units() -> None:
    inject = [
        INJECTED,
        "fault.inject",
        "",
        {"fault": "uw_cache.age", "params": {"age": 601 * 10**9}},
    ]
    lanes = lanes_of(TimelineView(record(fault="uw_cache.age (age 10m01s)", timeline=(inject,))))
    assert [span.label for span in lanes[0].spans] == ["uw_cache.age: age 10m01s"]


def test_a_fault_that_occurs_twice_in_a_plan_has_two_labels() -> None:
    names = ("broker_key", "uw_key")
    rows = [
        [at, kind, "", {"id": id, "fault": "env.unset", "params": {"name": names[id]}}]
        for at, kind, id in (
            (INJECTED, "fault.inject", 0),
            (INJECTED + 1, "fault.inject", 1),
            (INJECTED + MINUTE, "fault.clear", 1),
            (INJECTED + HOUR, "fault.lift", 0),
        )
    ]
    text = "env.unset (name broker_key); env.unset (name uw_key)"
    lane = lanes_of(TimelineView(record(fault=text, timeline=tuple(rows))))[0]
    assert [(span.label, span.end - INJECTED) for span in lane.spans] == [
        ("env.unset: name broker_key", HOUR),
        ("env.unset: name uw_key", MINUTE),
    ]
