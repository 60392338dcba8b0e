from __future__ import annotations

from typing import Any

import pytest

from pytest_fpharness.model.damage import altered, damaged, flow, label
from pytest_fpharness.model.shape import WORDS, fits, mistakes, places, specimen, strict

BOOK = {"*": {"qty": "number", "side": ["long", "short"], "note?": "text"}}
ENTRY = {"qty": 2, "side": "long"}


@pytest.mark.parametrize("shape", [*WORDS, ["a", 1], BOOK], ids=str)
def test_a_specimen_has_its_shape(shape: Any) -> None:
    assert fits(shape, specimen(shape))
    assert not list(mistakes(shape))


@pytest.mark.parametrize(
    ("shape", "good", "bad"),
    [
        ("number", [0, -1.5], [True, "1", None, float("nan"), float("inf")]),
        ("numeric", [1, "1.5", "-2", "1e3"], ["", "n/a", "1e999", "nan", " 1", False, None]),
        ("text", ["", "a"], [1, None]),
        ("name", ["a"], ["", 1]),
        ("flag", [True], [1, "true", None]),
        ("instant", ["2026-01-06T15:00:00Z", "2026-01-06 15:00:00.25+00:00"], ["2026-01-06", 20260106]),
        ("date", ["2026-01-16"], ["16.1.2026", 20260116]),
        (["long", 1], ["long", 1], ["LONG", True, None]),
        (BOOK, [{}, {"A": ENTRY}, {"A": {**ENTRY, "note": None, "more": 1}}],
         [[], {"A": 1}, {"A": {"qty": 2}}, {"A": {**ENTRY, "note": 7}}]),
    ],
)  # fmt: skip
def test_what_has_a_shape_and_what_has_not(shape: Any, good: list[Any], bad: list[Any]) -> None:
    assert [value for value in good if not fits(shape, value)] == []
    assert [value for value in bad if fits(shape, value)] == []


@pytest.mark.parametrize("data", [b"NaN", b"\xef\xbb\xbf1", b'"\xff"', b"1 2", b"[" * 100_000])
def test_invalid_json_is_not_read(data: bytes) -> None:
    with pytest.raises(ValueError):
        strict(data)


def test_the_places_of_a_shape() -> None:
    result = [(place.path, place.needed) for place in places(BOOK)]
    assert result == [
        (".", True), ("*", False), ("*/qty", True), ("*/side", True), ("*/note", False),
    ]  # fmt: skip


@pytest.mark.parametrize("shape", ["numbr", {"a": []}, {"*": {"b": "txt"}}], ids=str)
def test_an_invalid_shape_is_refused(shape: Any) -> None:
    assert list(mistakes(shape))


@pytest.mark.parametrize(
    ("edits", "kind"),
    [
        ([{"drop": "*/qty"}], "fault"),
        ([{"drop": "*/note"}], "twin"),
        ([{"set": "*/note", "to": None}, {"style": "reversed"}], "twin"),
        ([{"set": "*/qty", "json": "NaN"}], "fault"),
        ([{"set": "*/new", "to": []}], "twin"),
        ([{"set": ".", "to": {}}], "twin"),
        ([{"keep": 99}], "fault"),
        ([{"append": "\n"}], "twin"),
        ([{"append": "}"}], "fault"),
        ([{"encode": "utf-16"}], "fault"),
        ([{"encode": "utf-8-sig"}], "fault"),
        ([{"insert": "ff", "at": 50}], "fault"),
    ],
)
def test_a_label_follows_from_the_shape(edits: Any, kind: str) -> None:
    assert label(edits, BOOK) == kind


def test_edits_are_made_one_after_another() -> None:
    value = {"B": {"x": 1}, "A": {"x": "2.5", "y": 0}}
    edits: list[Any] = [{"retype": "*/x", "as": "other"}, {"drop": "A/y"}, {"set": "B/x", "to": []}]
    assert altered(edits, value) == {"B": {"x": []}, "A": {"x": 2.5}}
    assert altered([{"drop": "C/x"}, {"set": "B/x/y", "to": 1}], value) == value


def test_bytes_are_damaged_by_value_and_as_a_whole() -> None:
    edits: list[Any] = [{"set": "a", "json": "NaN"}, {"style": "compact"}, {"keep": 50}]
    assert damaged(edits, b'{"a": 1}') == b'{"a"'
    assert damaged([{"drop": "a"}], b"{torn") == b"{torn"
    assert damaged([{"drop": "a"}], b"[" * 100_000) == b"[" * 100_000


def test_a_torn_file_lacks_more_than_the_white_space_at_its_end() -> None:
    assert damaged([{"keep": 95}], b"{}\n") == b"{"


@pytest.mark.parametrize("style", ["indented", "compact", "reversed"])
@pytest.mark.parametrize("data", [b"{}", b'{"a": 1, "b": {"c": 2, "d": 3}}'])
def test_another_style_says_the_same_in_other_bytes(style: str, data: bytes) -> None:
    result = damaged([{"style": style}], data)
    assert result != data
    assert strict(result) == strict(data)


def test_a_value_on_one_line_of_a_scenario_file() -> None:
    value = [{"set": "*/qty", "to": "n/a"}, {"a b": [None, True, "true", "", -1.5, "-1"]}]
    expected = '[{set: "*/qty", to: n/a}, {"a b": [null, true, "true", "", -1.5, "-1"]}]'
    assert flow(value) == expected
