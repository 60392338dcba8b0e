from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from pytest_fpharness.model.duration import HOUR, MINUTE, SECOND
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.render.events import MOST, MOST_PASSED, events_of
from pytest_fpharness.report.render.lanes import lanes_of
from pytest_fpharness.report.render.timeline_svg import clock, timeline_svg
from pytest_fpharness.report.render.timeline_view import TimelineView
from tests.support.report_factory import INJECTED, failing, record, timeline, twin


def texts(item: Record) -> list[str]:
    root = ET.fromstring(timeline_svg(TimelineView(item)))
    return [node.text or "" for node in root.iter() if node.tag.endswith("text")]


def test_it_is_well_formed_and_needs_nothing_from_outside() -> None:
    picture = timeline_svg(TimelineView(record()))
    assert ET.fromstring(picture).get("viewBox", "").startswith("0 0 1000 ")
    assert "<script" not in picture
    assert "href" not in picture


def test_lanes_are_named_and_empty_ones_left_out() -> None:
    assert [lane.name for lane in lanes_of(TimelineView(record()))] == [
        "fault", "met by the bot", "FP-1.3 says", "readiness", "alerts", "healing", "processes",
        "decisions", "orders", "cycles",
    ]  # fmt: skip
    assert "alerts" not in [lane.name for lane in lanes_of(TimelineView(twin()))]


def test_marks_are_labelled_with_the_time_since_the_fault() -> None:
    told = texts(record())
    assert {"injected 5:15", "detected +0:15", "recovered +3:45"} <= set(told)


def test_the_status_lane_is_a_step_function_of_the_samples() -> None:
    lane = next(lane for lane in lanes_of(TimelineView(record())) if lane.name == "FP-1.3 says")
    assert [(span.label, span.begin) for span in lane.spans] == [
        ("OK", 30 * SECOND), ("ERROR", 5 * MINUTE + 30 * SECOND), ("OK", 8 * MINUTE),
    ]  # fmt: skip


def test_a_fault_that_nobody_ended_runs_to_the_end() -> None:
    rows = tuple(row for row in timeline().to_rows() if row[1] != "fault.clear")
    (span,) = lanes_of(TimelineView(record(timeline=rows)))[0].spans
    assert (span.begin, span.end) == (INJECTED, 11 * MINUTE)


def test_windows_are_drawn_with_their_verdict_in_words() -> None:
    told = texts(failing("alert.fire", "alerted", "late by 37s"))
    assert "\u2717 alert.fire" in told
    assert "\u2713 detect" in told


def test_it_starts_shortly_before_the_fault() -> None:
    view = TimelineView(record())
    assert (view.begin, view.end) == (INJECTED - MINUTE, 11 * MINUTE)


def test_names_from_outside_are_escaped() -> None:
    rows = (*record().timeline, [9 * MINUTE, "alert", "m", {"key": "<b>&", "kind": "fire"}])
    assert "<b>" not in timeline_svg(TimelineView(record(timeline=rows)))
    assert "fire <b>&" in texts(record(timeline=rows))


def test_no_timeline_no_picture() -> None:
    assert timeline_svg(TimelineView(record(timeline=()))) == ""


def test_a_file_of_its_own_brings_its_style() -> None:
    assert "<style>" in timeline_svg(TimelineView(record()), standalone=True)


def test_like_ticks_on_one_spot_are_drawn_once() -> None:
    many = [[INJECTED + n * 10**6, "met", "bot", {"process": "bot"}] for n in range(5000)]
    rows = sorted([*timeline().to_rows(), *many], key=lambda row: int(row[0]))
    assert len(timeline_svg(TimelineView(record(timeline=tuple(rows))))) < 20_000


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0:00"),
        (61 * SECOND, "1:01"),
        (HOUR + 2 * MINUTE, "1:02:00"),
        (1_250_000_000, "0:01.250"),
        (-30 * SECOND, "-0:30"),
    ],
)
def test_the_clock(ns: int, text: str) -> None:
    assert clock(ns) == text


def test_events_are_told_when_something_changed() -> None:
    told, more = events_of(TimelineView(record()))
    samples = [event.text for event in told if event.kind == "sample"]
    assert samples == [
        "readiness GREEN, FP-1.3 OK",
        "readiness RED, FP-1.3 ERROR, healing trying, attempts 0",
        "readiness RED, FP-1.3 ERROR, healing trying, attempts 1",
        "readiness GREEN, FP-1.3 OK",
    ]
    assert more == len(record().timeline) - len(told)


@pytest.mark.parametrize(("verdict", "most"), [(Verdict.FAIL, MOST), (Verdict.PASS, MOST_PASSED)])
def test_the_event_table_has_an_end(verdict: Verdict, most: int) -> None:
    noisy = tuple([INJECTED + n, "log", "bot", {"text": f"line {n}"}] for n in range(500))
    page = [11 * MINUTE, "alert", "monitor", {"key": "FP-1.3", "kind": "page"}]
    told, more = events_of(TimelineView(record(verdict=verdict, timeline=(*noisy, page))))
    assert (len(told), more) == (most, 501 - most)
    assert "alert" in [event.kind for event in told]


def test_a_log_line_is_told_in_words() -> None:
    line = '{"event": "updated", "rows": 8, "ts": 1767711720.0}'
    log = [INJECTED, "log", "daemon", {"role": "log.daemon", "text": line}]
    told, _ = events_of(TimelineView(record(timeline=(log,))))
    assert [event.text for event in told if event.kind == "log"] == [
        "role log.daemon, event updated, rows 8"
    ]


def test_a_fault_is_told_with_its_units() -> None:
    inject = [
        INJECTED,
        "fault.inject",
        "",
        {"fault": "uw_cache.age", "params": {"age": 601 * 10**9}},
    ]
    lanes = lanes_of(TimelineView(record(fault="uw_cache.age (age 10m01s)", timeline=(inject,))))
    assert [span.label for span in lanes[0].spans] == ["uw_cache.age: age 10m01s"]


def test_a_fault_that_stands_twice_in_a_plan_is_told_twice() -> None:
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
    words = "env.unset (name broker_key); env.unset (name uw_key)"
    lane = lanes_of(TimelineView(record(fault=words, timeline=tuple(rows))))[0]
    assert [(span.label, span.end - INJECTED) for span in lane.spans] == [
        ("env.unset: name broker_key", HOUR),
        ("env.unset: name uw_key", MINUTE),
    ]
