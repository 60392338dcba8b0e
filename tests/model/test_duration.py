from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fpharness.model.duration import (
    HOUR,
    MILLISECOND,
    MINUTE,
    SECOND,
    format_duration,
    parse_duration,
    parse_span,
)

MILLISECONDS = st.integers(-10_000 * HOUR // MILLISECOND, 10_000 * HOUR // MILLISECOND)


@given(MILLISECONDS)
def test_a_formatted_duration_is_parsed_back(count: int) -> None:
    assert parse_duration(format_duration(count * MILLISECOND)) == count * MILLISECOND


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("90s", 90 * SECOND),
        ("1h30m", 90 * MINUTE),
        ("250ms", 250 * MILLISECOND),
        ("-5m", -5 * MINUTE),
        ("1d", 24 * HOUR),
        ("1.5s", 1500 * MILLISECOND),
        (" 10m01s ", 601 * SECOND),
        ("0s", 0),
    ],
)
def test_a_duration_is_parsed(text: str, ns: int) -> None:
    assert parse_duration(text) == ns


@pytest.mark.parametrize(
    "text",
    ["", "-", "10", "s", "10 m", "10x", "m10", "1h 30m", "1h30", "--5m", "10m!", ".5s", "1e3s"],
)
def test_an_invalid_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration; write 90s, 10m or 1h30m"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0s"),
        (1, "1e-06ms"),
        (250 * MILLISECOND, "250ms"),
        (1050 * MILLISECOND, "1.05s"),
        (601 * SECOND, "10m01s"),
        (HOUR, "1h"),
        (HOUR + MINUTE, "1h01m"),
        (-90 * SECOND, "-1m30s"),
    ],
)
def test_a_duration_is_formatted(ns: int, text: str) -> None:
    assert format_duration(ns) == text


@pytest.mark.parametrize(
    ("text", "ns"),
    [("1 check", 30), ("2 checks", 60), ("3 cycles", 180), ("1 cycle", 60), ("5m", 5 * MINUTE)],
)
def test_a_span_may_count_checks_or_cycles(text: str, ns: int) -> None:
    assert parse_span(text, check=30, cycle=60) == ns


@pytest.mark.parametrize("text", ["2 check s", "checks", "-1 checks", "1.5 cycles", "2 ticks"])
def test_an_invalid_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_span(text, check=30, cycle=60)
