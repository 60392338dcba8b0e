from __future__ import annotations

import pytest

from pytest_fpharness.model.health import NOT_IN_HEALTH
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.headlines import headlines
from tests.support.report_factory import covered, failing, record, twin

UNKNOWN = failing("detect", "detected", f"{NOT_IN_HEALTH} FP-1.3; ERROR was due by 1m")
BLIND = failing("detect", "detected", "FP-1.3 stayed OK; ERROR was due by 1m")
HARM = failing("positions", "safe", "bought twice")


@pytest.mark.parametrize(
    ("result", "line"),
    [
        (UNKNOWN, "FP-1.3: missing in the bot's health"),
        (BLIND, "FP-1.3: not detected as required"),
        (HARM, "FP-1.3: the bot did harm"),
        (failing("heal", "healed", "no"), "FP-1.3: detected, but not healed as required"),
        (failing("colour", "coloured", "RED", twin=True), "FP-1.3: false alarm over a healthy twin"),
        (record(verdict=Verdict.VACUOUS),
         "1 run was inconclusive, for example because the bot never met the fault"),
    ],
)  # fmt: skip
def test_what_one_run_says(result: Record, line: str) -> None:
    assert headlines([result]) == (line,)


def test_a_bot_that_passed_everything_has_no_headlines() -> None:
    assert headlines([record(), twin()]) == ()


def test_a_failure_point_may_be_reported_twice_the_worst_first() -> None:
    first, second = headlines([BLIND, HARM])
    assert (first, second) == (headlines([HARM])[0], headlines([BLIND])[0])


def test_many_failure_points_are_counted() -> None:
    many = [failing("detect", "detected", "no", fp=f"FP-1.{n}") for n in range(1, 7)]
    (line,) = headlines(many)
    assert line.startswith("6 failure points (FP-1.1, FP-1.2, FP-1.3, FP-1.4 and 2 more): ")


def test_what_the_adapter_lacks_is_reported_where_something_failed() -> None:
    result = headlines([failing("heal", "healed", "no", lacks=("alerts", "books"))])
    assert result[-1] == "the adapter does not offer alerts, books"


def test_the_report_begins_with_them() -> None:
    assert covered([BLIND]).headlines == headlines([BLIND])
