from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import responses

from pytest_fpharness.reference_bot.health import read_health
from pytest_fpharness.reference_bot.monitoring.checks import ERROR, OK, WARN, Finding
from pytest_fpharness.reference_bot.monitoring.monitor import Monitor
from tests.support.monitoring_rig import HOOK, SETTINGS, START, Rig, make_rig, read, write

FP = "FP-4.1"


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield make_rig(monkeypatch, tmp_path, mock)


def monitor_of(status: str) -> Monitor:
    monitor = Monitor(settings=SETTINGS)
    turn(monitor, status)
    return monitor


def turn(monitor: Monitor, status: str) -> None:
    monitor.checks[FP] = lambda current: Finding(status, f"it is {status}")


def sent(rig: Rig) -> list[tuple[str, float]]:
    """Kind, and seconds since the start, of each delivered alert."""
    return [(alert["kind"], alert["at"] - START) for _, alert in rig.posts if alert["key"] == FP]


def test_twenty_minutes_of_an_error(rig: Rig) -> None:
    rig.passes(monitor_of(ERROR).check, 1200)
    assert sent(rig) == [("fire", 0), ("repeat", 300), ("repeat", 600), ("page", 900)]


def test_a_page_carries_the_manual_steps(rig: Rig) -> None:
    monitor = monitor_of(ERROR)
    rig.passes(monitor.check, 930)
    page = rig.posts[-1][1]
    assert page["kind"] == "page"
    assert page["manual_steps"] == list(monitor.failure_points[FP].manual_steps)
    assert all(step in page["text"] for step in page["manual_steps"])
    assert (page["severity"], page["readiness"], page["source"]) == ("critical", "RED", "monitor")
    assert FP in page["text"]


def test_resolved_is_sent_exactly_once(rig: Rig) -> None:
    monitor = monitor_of(ERROR)
    rig.passes(monitor.check, 60)
    turn(monitor, OK)
    rig.passes(monitor.check, 600)
    assert sent(rig) == [("fire", 0), ("resolved", 60)]


def test_a_warning_is_sent_once(rig: Rig) -> None:
    monitor = monitor_of(WARN)
    rig.passes(monitor.check, 1200)
    turn(monitor, OK)
    rig.passes(monitor.check, 60)
    assert [(a["kind"], a["severity"]) for _, a in rig.posts] == [
        ("fire", "warning"),
        ("resolved", "warning"),
    ]


def test_a_warning_that_becomes_an_error_fires_again(rig: Rig) -> None:
    monitor = monitor_of(WARN)
    rig.passes(monitor.check, 30)
    turn(monitor, ERROR)
    rig.passes(monitor.check, 30)
    assert [(a["kind"], a["severity"]) for _, a in rig.posts] == [
        ("fire", "warning"),
        ("fire", "critical"),
    ]


def test_an_error_that_becomes_a_warning_is_not_a_new_alert(rig: Rig) -> None:
    monitor = monitor_of(ERROR)
    rig.passes(monitor.check, 30)
    turn(monitor, WARN)
    rig.passes(monitor.check, 1200)
    turn(monitor, OK)
    rig.passes(monitor.check, 30)
    assert rig.delivered(FP) == ["fire", "resolved"]


def test_undelivered_alerts_leave_later_in_order(rig: Rig) -> None:
    monitor = monitor_of(ERROR)
    rig.refusing.add(HOOK)
    rig.passes(monitor.check, 330)
    assert not rig.posts
    assert [alert["kind"] for alert in read("state/alert_outbox.json")] == ["fire", "repeat"]
    rig.refusing.clear()
    rig.passes(monitor.check, 30)
    assert rig.delivered(FP) == ["fire", "repeat"]
    assert read("state/alert_outbox.json") == []


def test_a_repeat_that_was_not_delivered_gives_way_to_the_next(rig: Rig) -> None:
    monitor = monitor_of(ERROR)
    rig.refusing.add(HOOK)
    rig.passes(monitor.check, 630)
    waiting = read("state/alert_outbox.json")
    assert [alert["kind"] for alert in waiting] == ["fire", "repeat"]
    assert waiting[1]["at"] - waiting[0]["at"] == 600


def test_each_delivery_is_logged_without_the_address(rig: Rig) -> None:
    rig.refusing.add(HOOK)
    rig.passes(monitor_of(ERROR).check, 60)
    log = Path("logs/monitor.jsonl").read_text()
    assert log.count("not delivered (HTTP 503)") == 2
    assert "hook.example" not in log


def test_undelivered_alerts_survive_a_restart(rig: Rig) -> None:
    rig.refusing.add(HOOK)
    rig.passes(monitor_of(ERROR).check, 30)
    rig.refusing.clear()
    rig.passes(monitor_of(ERROR).check, 30)
    assert rig.delivered(FP) == ["fire"]


def test_a_restart_does_not_fire_twice(rig: Rig) -> None:
    for _ in range(12):
        rig.passes(monitor_of(ERROR).check, 30)
    assert sent(rig) == [("fire", 0), ("repeat", 300)]


def test_a_torn_alert_file_is_read_from_its_backup(rig: Rig) -> None:
    rig.passes(monitor_of(ERROR).check, 30)
    Path("state/alerts.json").write_text("{")
    rig.passes(monitor_of(ERROR).check, 60)
    assert rig.delivered(FP) == ["fire"]


def test_a_failure_point_that_does_not_alert(rig: Rig) -> None:
    monitor = monitor_of(ERROR)
    monitor.alerting.discard(FP)
    rig.passes(monitor.check, 1200)
    assert not rig.posts


def test_a_failure_point_that_does_not_page(rig: Rig) -> None:
    monitor = monitor_of(ERROR)
    monitor.escalating.discard(FP)
    rig.passes(monitor.check, 1200)
    assert rig.delivered(FP) == ["fire", "repeat", "repeat", "repeat"]


@pytest.mark.parametrize(("status", "colour"), [(OK, "GREEN"), (WARN, "YELLOW"), (ERROR, "RED")])
def test_readiness_is_the_worst_colour(rig: Rig, status: str, colour: str) -> None:
    monitor_of(status).check()
    assert read_health()["readiness"] == colour


def test_an_unknown_status_is_red(rig: Rig) -> None:
    assert monitor_of("FINE").check()["readiness"] == "RED"


def test_a_colour_may_be_edited(rig: Rig) -> None:
    monitor = monitor_of(ERROR)
    monitor.colours[FP]["ERROR"] = "GREEN"
    assert monitor.check()["readiness"] == "GREEN"


def test_an_undeclared_check_still_alerts(rig: Rig) -> None:
    monitor = monitor_of(ERROR)
    monitor.failure_points.pop(FP)
    monitor.check()
    assert rig.delivered(FP) == ["fire"]


@pytest.mark.parametrize(("age", "readiness"), [(90, "GREEN"), (91, "RED")])
def test_old_health_is_red(rig: Rig, age: int, readiness: str) -> None:
    monitor_of(OK).check()
    rig.clock.now += age
    assert read_health()["readiness"] == readiness


@pytest.mark.parametrize("text", ["", "{}", "[]"])
def test_unreadable_health_is_red(rig: Rig, text: str) -> None:
    monitor_of(OK).check()
    Path("state/health.json").write_text(text)
    assert read_health()["readiness"] == "RED"


def test_the_worse_of_both_snapshots_counts(rig: Rig) -> None:
    monitor_of(OK).check()
    row = {"status": "ERROR"}
    write(
        "state/watchdog.json",
        {"checked_at": START, "readiness": "RED", "failure_points": {"FP-6.20": row}},
    )
    health = read_health()
    assert health["readiness"] == "RED"
    assert health["failure_points"]["FP-6.20"] == row


def test_a_full_disk_stops_no_alert(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monitor = monitor_of(ERROR)
    monkeypatch.setattr("os.replace", full)
    rig.fresh = False
    rig.passes(monitor.check, 90)
    assert rig.delivered(FP) == ["fire"]


@pytest.mark.parametrize(
    ("hours", "severity", "readiness"),
    [
        (0, "critical", "RED"),
        (7, "warning", "YELLOW"),
        (22, "warning", "YELLOW"),
        (23, "critical", "RED"),
    ],
)
def test_an_error_warns_while_the_market_is_closed_until_an_hour_before_it_opens(
    rig: Rig, hours: int, severity: str, readiness: str
) -> None:
    rig.clock.now = START + hours * 3600  # START is 10:14 in New York, on a Tuesday
    rig.refresh()
    shown = monitor_of(ERROR).check()
    fired = [post for _, post in rig.posts if post["key"] == FP]
    assert (fired[0]["severity"], shown["failure_points"][FP]["colour"]) == (severity, readiness)
