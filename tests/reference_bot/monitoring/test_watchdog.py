from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from pytest_fpharness.reference_bot.monitoring.watchdog import Watchdog
from pytest_fpharness.reference_bot.settings import UNITS
from tests.support.monitoring_rig import (
    HOOK,
    HOOK_2,
    SETTINGS,
    START,
    Rig,
    lines,
    make_rig,
    read,
    write,
)

FP = "FP-6.20"


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield make_rig(monkeypatch, tmp_path, mock)


@pytest.fixture
def watchdog(rig: Rig) -> Watchdog:
    """A watchdog past its grace period."""
    instance = Watchdog(settings=SETTINGS)
    rig.clock.now += 91
    return instance


def health(at: float, status: str = "OK") -> None:
    rows = {"FP-1.1": {"status": status}}
    write("state/health.json", {"checked_at": at, "readiness": "GREEN", "failure_points": rows})


def blocked(rig: Rig, *guards: str, age: int = 60) -> None:
    lines("logs/cycles.jsonl", *({"ts": rig.clock.now - age, "guard": name} for name in guards))


def shown_ok(rig: Rig, watchdog: Watchdog, seconds: int) -> None:
    """Let the watchdog see an all-OK monitor for a while."""
    health(rig.clock.now)
    watchdog.check()
    rig.clock.now += seconds
    health(rig.clock.now)


def row(snapshot: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = snapshot["failure_points"][FP]
    return shown


def judged(rig: Rig, watchdog: Watchdog) -> str:
    return str(row(watchdog.check())["status"])


@pytest.mark.parametrize(("age", "status"), [(90, "OK"), (91, "ERROR")])
def test_a_silent_monitor(rig: Rig, watchdog: Watchdog, age: int, status: str) -> None:
    health(rig.clock.now - age)
    shown = row(watchdog.check())
    assert (shown["status"], shown["values"]) == (status, {"monitor_age": age})


@pytest.mark.parametrize("text", ["", "{", "{}", "[]"])
def test_unreadable_health(rig: Rig, watchdog: Watchdog, text: str) -> None:
    Path("state/health.json").write_text(text)
    assert judged(rig, watchdog) == "ERROR"


def test_the_grace_after_its_own_start(rig: Rig) -> None:
    watchdog = Watchdog(settings=SETTINGS)
    rig.clock.now += 90
    assert judged(rig, watchdog) == "OK"
    rig.clock.now += 1
    assert judged(rig, watchdog) == "ERROR"


@pytest.mark.parametrize(
    ("guards", "status"),
    [
        (("data_fresh", "weights", "freeze"), "ERROR"),
        (("data_fresh", "weights"), "OK"),
        (("data_fresh", "", "freeze"), "OK"),
        (("readiness", "freeze", "freeze"), "OK"),
        (("market_closed", "freeze", "freeze"), "OK"),
        (("", "freeze", "freeze", "freeze"), "ERROR"),
    ],
)
def test_a_monitor_that_shows_ok_while_the_bot_is_blocked(
    rig: Rig, watchdog: Watchdog, guards: tuple[str, ...], status: str
) -> None:
    shown_ok(rig, watchdog, 31)
    blocked(rig, *guards, age=0)
    assert judged(rig, watchdog) == status


def test_a_cycle_from_before_the_monitor_showed_ok_is_not_a_lie(
    rig: Rig, watchdog: Watchdog
) -> None:
    shown_ok(rig, watchdog, 60)
    blocked(rig, "freeze", "freeze", "freeze", age=31)
    assert judged(rig, watchdog) == "OK"


def test_the_time_of_ok_counts_anew_after_a_failure(rig: Rig, watchdog: Watchdog) -> None:
    shown_ok(rig, watchdog, 60)
    health(rig.clock.now, "WARN")
    watchdog.check()
    health(rig.clock.now)
    blocked(rig, "freeze", "freeze", "freeze", age=0)
    assert judged(rig, watchdog) == "OK"


def test_a_monitor_that_shows_the_failure_does_not_lie(rig: Rig, watchdog: Watchdog) -> None:
    health(rig.clock.now, "WARN")
    blocked(rig, "freeze", "freeze", "freeze")
    assert judged(rig, watchdog) == "OK"


@pytest.mark.parametrize(("age", "status"), [(120, "OK"), (121, "ERROR")])
def test_alerts_that_do_not_leave(rig: Rig, watchdog: Watchdog, age: int, status: str) -> None:
    health(rig.clock.now)
    write("state/alert_outbox.json", [{"key": "FP-1.1", "at": rig.clock.now - age}])
    shown = row(watchdog.check())
    assert shown["status"] == status
    assert shown["healing"]["state"] == ("trying" if status == "ERROR" else "idle")
    assert not rig.restarts


def living(rig: Rig) -> Callable[[str], None]:
    def restarted(unit: str) -> None:
        rig.processes["monitor"] = "running"
        health(rig.clock.now + 1)

    return restarted


def test_a_silent_monitor_is_restarted_and_verified(rig: Rig, watchdog: Watchdog) -> None:
    rig.on_restart = living(rig)
    last = rig.passes(watchdog.check, 60)
    assert rig.restarts == [(START + 91, UNITS["monitor"])]
    assert (row(last)["status"], row(last)["healing"]["state"]) == ("OK", "healed")
    assert rig.delivered(FP) == ["fire", "resolved"]


def test_a_lying_monitor_is_restarted_until_it_stops(rig: Rig, watchdog: Watchdog) -> None:
    def still_lying() -> dict[str, Any]:
        health(rig.clock.now)
        blocked(rig, "freeze", "freeze", "freeze")
        return watchdog.check()

    assert row(rig.passes(still_lying, 300))["healing"]["state"] == "manual"
    assert [unit for _, unit in rig.restarts] == [UNITS["monitor"]] * 3


def test_the_second_webhook_serves_when_the_first_fails(rig: Rig, watchdog: Watchdog) -> None:
    rig.refusing.add(HOOK)
    watchdog.check()
    assert rig.delivered(FP, HOOK) == []
    assert rig.delivered(FP, HOOK_2) == ["fire"]
    assert rig.posts[0][1]["source"] == "watchdog"


def test_the_second_webhook_is_left_alone_when_the_first_works(
    rig: Rig, watchdog: Watchdog
) -> None:
    watchdog.check()
    assert (rig.delivered(FP, HOOK), rig.delivered(FP, HOOK_2)) == (["fire"], [])


def test_it_writes_only_its_own_files(rig: Rig, watchdog: Watchdog) -> None:
    before = {str(path) for path in Path("state").iterdir()}
    watchdog.check()
    made = {str(path) for path in Path("state").iterdir()} - before
    names = {path.removesuffix(".bak") for path in made}
    assert names == {
        "state/watchdog.json",
        "state/watchdog_alerts.json",
        "state/watchdog_healing.json",
        "state/watchdog_outbox.json",
        "state/history.jsonl",
    }
    assert list(read("state/watchdog.json")["failure_points"]) == [FP]
