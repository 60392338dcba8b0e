from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from pytest_fpharness.reference_bot.dashboard import app as dashboard
from pytest_fpharness.reference_bot.monitoring.failure_points import FAILURE_POINTS
from pytest_fpharness.reference_bot.monitoring.monitor import Monitor
from tests.support.monitoring_rig import SETTINGS, Rig, make_rig

PATHS = (
    "/",
    "/fp/FP-1.1",
    "/statistics",
    "/api/failure_points",
    "/api/failure_points/FP-1.1",
    "/api/readiness",
    "/api/fp/FP-1.1",
    "/api/statistics",
    "/healthz",
)


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """A home in which the daemon has died and been restarted."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        rig = make_rig(monkeypatch, tmp_path, mock)
        monitor = Monitor(settings=SETTINGS)
        rig.passes(monitor.check, 30)
        del rig.processes["uw_flow_daemon"]
        rig.passes(monitor.check, 30)
        mock.reset()
        yield rig


def get(path: str, method: str = "GET") -> tuple[str, str]:
    answered: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        answered.append((status, dict(headers)))

    body = b"".join(dashboard.app({"REQUEST_METHOD": method, "PATH_INFO": path}, start))
    status, headers = answered[0]
    assert headers["Content-Length"] == str(len(body))
    return status, body.decode()


def files(home: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in home.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("path", PATHS)
def test_reading_changes_nothing_and_makes_no_call(rig: Rig, tmp_path: Path, path: str) -> None:
    before, restarts = files(tmp_path), list(rig.restarts)
    assert get(path)[0] == "200 OK"
    assert files(tmp_path) == before
    assert rig.restarts == restarts


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD"])
def test_only_get(rig: Rig, method: str) -> None:
    assert get("/", method)[0].startswith("405")


@pytest.mark.parametrize("path", ["/nothing", "/fp/FP-9.9", "/api/fp/", "/fp/../state"])
def test_an_unknown_page(rig: Rig, path: str) -> None:
    assert get(path)[0].startswith("404")


def test_a_row_shows_status_values_healing_and_trend(rig: Rig) -> None:
    row = dashboard.rows()["FP-1.1"]
    assert (row["status"], row["values"]) == ("ERROR", {"daemon_alive": False})
    assert row["healing"]["attempts"] == 1
    assert [(change["from"], change["to"]) for change in row["trend"]] == [("OK", "ERROR")]
    assert row["last_check"] == rig.clock.now - 30


def test_the_status_page_lists_every_checked_failure_point(rig: Rig) -> None:
    page = get("/")[1]
    assert all(f"/fp/{fp}'" in page for fp in dashboard.rows())
    assert "RED" in page


def test_the_detail_page_documents_the_failure_point(rig: Rig) -> None:
    page = get("/fp/FP-1.1")[1]
    point = FAILURE_POINTS["FP-1.1"]
    for text in ("attempt 1: restarted", "OK -&gt; ERROR", point.impact, point.manual_steps[0]):
        assert text in page


def test_the_api_of_one_failure_point(rig: Rig) -> None:
    page = json.loads(get("/api/fp/FP-1.1")[1])
    assert page["manual_steps"] == list(FAILURE_POINTS["FP-1.1"].manual_steps)
    assert [event["event"] for event in page["healing_history"]] == ["heal"]
    assert {line["event"] for line in page["logs"]} == {"heal", "alert", "status"}


def test_readiness_of_a_silent_monitor_is_red(rig: Rig) -> None:
    rig.clock.now += 100
    assert json.loads(get("/api/readiness")[1])["stale"] is True
    assert json.loads(get("/api/readiness")[1])["readiness"] == "RED"


def test_a_home_without_any_file_still_answers(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    assert "RED" in get("/")[1]
    assert dashboard.rows() == {}


def test_a_hidden_row_and_a_hidden_value(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "HIDDEN", {"FP-1.1"})
    monkeypatch.setattr(dashboard, "HIDDEN_VALUES", {("FP-1.3", "cache_age")})
    assert "FP-1.1" not in dashboard.rows()
    assert dashboard.rows()["FP-1.3"]["values"] == {"symbols": 1}


def test_values_are_escaped(rig: Rig) -> None:
    snapshot = json.loads(Path("state/health.json").read_text())
    snapshot["failure_points"]["FP-1.1"]["message"] = "<script>"
    Path("state/health.json").write_text(json.dumps(snapshot))
    assert "<script>" not in get("/")[1] + get("/fp/FP-1.1")[1]


def test_every_failure_point_is_documented() -> None:
    for point in FAILURE_POINTS.values():
        assert all(point), point.id


def test_one_row_is_that_of_the_page(rig: Rig) -> None:
    page = json.loads(get("/api/failure_points")[1])
    one = json.loads(get("/api/failure_points/FP-1.1")[1])
    assert one["row"] == page["failure_points"]["FP-1.1"]
    first = json.loads(get("/api/failure_points/")[1])
    assert first == one
    assert one["readiness"] == page["readiness"]


def test_a_row_that_is_hidden_or_unknown_is_not_found(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard, "HIDDEN", {"FP-1.1"})
    assert get("/api/failure_points/FP-1.1")[0] == "404 Not Found"
    assert get("/api/failure_points/FP-9.9")[0] == "404 Not Found"
