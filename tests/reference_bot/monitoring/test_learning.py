from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from pytest_fpharness.reference_bot import history
from pytest_fpharness.reference_bot.dashboard import app as dashboard
from pytest_fpharness.reference_bot.files import read_lines
from pytest_fpharness.reference_bot.monitoring import learning
from pytest_fpharness.reference_bot.monitoring.learning import DAY, statistics
from pytest_fpharness.reference_bot.monitoring.monitor import Monitor
from tests.support.monitoring_rig import SETTINGS, START, Rig, lines, make_rig

NOW = 1_000_000.0  # 13:46:40 UTC


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("state", "logs"):
        (tmp_path / name).mkdir()


def status(ts: float, to: str, fp: str = "FP-1.1") -> dict[str, Any]:
    return {"ts": ts, "fp": fp, "from": "?", "to": to, "message": ""}


def event(ts: float, what: str, fp: str = "FP-1.1") -> dict[str, Any]:
    return {"ts": ts, "fp": fp, "event": what, "text": ""}


def learned(*records: dict[str, Any], fp: str = "FP-1.1") -> dict[str, Any]:
    lines(history.HISTORY, *records)
    return statistics(now=NOW)[fp]


def test_nothing_failed_teaches_nothing() -> None:
    assert statistics(now=NOW) == {}


def test_a_failure_lasts_from_leaving_ok_until_ok() -> None:
    result = learned(status(NOW - 900, "WARN"), status(NOW - 600, "ERROR"), status(NOW - 300, "OK"))
    assert (result["failures"], result["seconds_failed"], result["longest"]) == (1, 600, 600)
    assert result["last_failure"] == NOW - 900
    assert result["patterns"][0] == "lasts 10.0 minutes on average"


def test_what_still_fails_counts_up_to_now() -> None:
    assert learned(status(NOW - 60, "ERROR"))["seconds_failed"] == 60


def test_the_success_rate_is_of_attempts() -> None:
    result = learned(
        status(NOW - 900, "ERROR"),
        *(event(NOW - at, what) for at, what in ((890, "heal"), (800, "heal_failed"))),
        *(event(NOW - at, what) for at, what in ((790, "heal"), (700, "healed"))),
        status(NOW - 700, "OK"),
    )
    assert (result["attempts"], result["healed"], result["success_rate"]) == (2, 1, 0.5)
    assert result["improvements"] == ["1 of 2 heal attempts did not help: fix the cause"]


def test_without_an_attempt_the_rate_is_unknown() -> None:
    result = learned(status(NOW - 60, "ERROR"))
    assert (result["success_rate"], result["improvements"]) == (None, [])


def test_a_person_who_was_needed_is_an_improvement_needed() -> None:
    result = learned(status(NOW - 60, "ERROR"), event(NOW - 30, "manual"))
    assert result["manual"] == 1
    assert "a person was needed 1 times" in result["improvements"][0]


def test_what_fails_along_with_it_and_what_comes_back_are_patterns() -> None:
    result = learned(
        status(NOW - 5000, "ERROR"),
        status(NOW - 4990, "WARN", "FP-1.3"),
        status(NOW - 4000, "OK"),
        status(NOW - 3000, "ERROR"),
        status(NOW - 2900, "OK"),
    )
    assert result["patterns"][1:] == [
        "begins between 12:00 and 12:59 UTC (2 of 2)",
        "along with FP-1.3 (1 of 2)",
        "is back within an hour (1 of 1)",
    ]


def test_three_failures_within_a_day_are_a_habit() -> None:
    often = [status(NOW - at, to) for at in (3000, 2000, 1000) for to in ("ERROR", "OK")]
    assert learned(*often)["improvements"] == ["3 failures within a day: prevent the cause"]


def test_what_is_older_than_thirty_days_is_forgotten() -> None:
    old = NOW - 31 * DAY
    lines(history.HISTORY, status(old, "ERROR"), status(old + 60, "OK"))
    assert statistics(now=NOW) == {}


def test_a_torn_line_or_one_without_a_time_is_left_out() -> None:
    Path(history.HISTORY).write_text(
        '{"ts": 1, "fp"\n[]\n{"fp": "FP-1.1", "to": "ERROR"}\n'
        + json.dumps(status(NOW - 60, "ERROR"))
    )
    assert statistics(now=NOW)["FP-1.1"]["failures"] == 1


# -- the history ----------------------------------------------------------------------------------


def test_a_line_that_the_disk_refuses_is_written_before_the_next(tmp_path: Path) -> None:
    (tmp_path / "state").rmdir()
    history.record_changes(1.0, {}, {"FP-6.4": "ERROR"}, {"FP-6.4": "full"})
    (tmp_path / "state").mkdir()
    history.record_changes(2.0, {"FP-6.4": "ERROR"}, {"FP-6.4": "OK"}, {"FP-6.4": "space"})
    assert [line["to"] for line in read_lines(history.HISTORY)] == ["ERROR", "OK"]


def test_half_a_line_of_a_refused_write_swallows_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    append = history.append_line  # type: ignore[attr-defined]

    def torn(path: str, record: dict[str, Any], **more: Any) -> None:
        with open(path, "a") as file:
            file.write('{"ts": 1.0, "fp"')
        raise OSError("no space")

    monkeypatch.setattr(history, "append_line", torn)
    history.log(1.0, "FP-6.4", "alert", "fire")
    monkeypatch.setattr(history, "append_line", append)
    history.log(2.0, "FP-6.4", "alert", "resolved")
    assert [line["ts"] for line in read_lines(history.LOG)] == [1.0, 2.0]


# -- on the dashboard -----------------------------------------------------------------------------


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """A home in which the daemon has died, and three restarts did not help."""
    place = tmp_path / "rig"
    place.mkdir()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        rig = make_rig(monkeypatch, place, mock)
        monitor = Monitor(settings=SETTINGS)
        rig.passes(monitor.check, 30)
        del rig.processes["uw_flow_daemon"]
        rig.passes(monitor.check, 600)
        mock.reset()
        yield rig


def get(path: str) -> str:
    return b"".join(dashboard.app({"PATH_INFO": path}, lambda status, headers: None)).decode()


def test_the_monitor_keeps_what_statistics_need(rig: Rig) -> None:
    result = json.loads(get("/api/statistics"))["statistics"]["FP-1.1"]
    assert (result["failures"], result["attempts"], result["healed"], result["manual"]) == (
        1,
        3,
        0,
        1,
    )
    assert result["last_failure"] == START + 30
    assert result == json.loads(get("/api/fp/FP-1.1"))["statistics"]


def test_the_statistics_page_says_it_in_words(rig: Rig) -> None:
    page = get("/statistics")
    for text in ("0% of 3 attempts", "a person was needed 1 times", "lasts 10.0 minutes"):
        assert text in page
    assert "/statistics" in get("/")


def test_a_failure_point_that_never_failed_has_a_page_all_the_same(rig: Rig) -> None:
    assert "none in 30 days" in get("/fp/FP-2.1")
    assert json.loads(get("/api/fp/FP-2.1"))["statistics"] == {}


def test_the_indicator_says_what_the_colour_means_and_what_it_is_owed_to(rig: Rig) -> None:
    result = json.loads(get("/api/readiness"))
    assert (result["readiness"], result["trading"]) == ("RED", "blocked")
    assert result["because"] == ["FP-1.1"]
    assert "Trading is blocked." in get("/")


def test_nothing_is_computed_in_a_check(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def computed(*records: object) -> dict[str, Any]:
        raise AssertionError("statistics were computed")

    monkeypatch.setattr(learning, "statistics", computed)
    Monitor(settings=SETTINGS).check()
    assert "FP-1.1" in get("/api/failure_points")
