from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from pytest_fpharness.model.duration import HOUR, MINUTE, SECOND
from pytest_fpharness.model.record import Record
from pytest_fpharness.report.render.timeline_svg import clock, timeline_svg
from pytest_fpharness.report.render.timeline_view import TimelineView
from tests.support.report_factory import INJECTED, failing, record, timeline


def texts(item: Record) -> list[str]:
    root = ET.fromstring(timeline_svg(TimelineView(item)))
    return [node.text or "" for node in root.iter() if node.tag.endswith("text")]


def test_the_picture_is_well_formed_and_self_contained() -> None:
    picture = timeline_svg(TimelineView(record()))
    assert ET.fromstring(picture).get("viewBox", "").startswith("0 0 1000 ")
    assert "<script" not in picture
    assert "href" not in picture


def test_marks_are_labelled_with_the_time_since_the_fault() -> None:
    labels = texts(record())
    assert {"injected 5:15", "detected +0:15", "recovered +3:45"} <= set(labels)


def test_windows_have_their_verdict_as_text() -> None:
    labels = texts(failing("alert.fire", "alerted", "late by 37s"))
    assert "\u2717 alert.fire" in labels
    assert "\u2713 detect" in labels


def test_the_view_starts_shortly_before_the_fault() -> None:
    view = TimelineView(record())
    assert (view.begin, view.end) == (INJECTED - MINUTE, 11 * MINUTE)


def test_names_in_the_picture_are_escaped() -> None:
    rows = (*record().timeline, [9 * MINUTE, "alert", "m", {"key": "<b>&", "kind": "fire"}])
    assert "<b>" not in timeline_svg(TimelineView(record(timeline=rows)))
    assert "fire <b>&" in texts(record(timeline=rows))


def test_a_record_without_a_timeline_has_no_picture() -> None:
    assert timeline_svg(TimelineView(record(timeline=()))) == ""


def test_a_standalone_picture_contains_its_style() -> None:
    assert "<style>" in timeline_svg(TimelineView(record()), standalone=True)


def test_equal_ticks_at_one_place_are_drawn_once() -> None:
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
def test_an_instant_as_minutes_and_seconds(ns: int, text: str) -> None:
    assert clock(ns) == text
