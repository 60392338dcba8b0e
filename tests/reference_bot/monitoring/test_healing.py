from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from pytest_fpharness.reference_bot.flow.weights import neutral_weights, valid_weights
from pytest_fpharness.reference_bot.monitoring.monitor import Monitor
from pytest_fpharness.reference_bot.settings import UNITS
from tests.support.monitoring_rig import SETTINGS, START, Rig, broker, lines, make_rig, read, write

CACHE = "data/uw_flow_cache.json"
WEIGHTS = "state/signal_weights.json"
FREEZES = "state/governor_freezes.json"
DAEMON = UNITS["uw_flow_daemon"]
POSITION = {"qty": 2.0, "side": "long", "avg_price": 204.1, "entry_fill_ts": START}


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield make_rig(monkeypatch, tmp_path, mock)


@pytest.fixture
def monitor(rig: Rig) -> Monitor:
    return Monitor(settings=SETTINGS)


def healing(snapshot: dict[str, Any], fp: str) -> dict[str, Any]:
    shown: dict[str, Any] = snapshot["failure_points"][fp]["healing"]
    return shown


def status(snapshot: dict[str, Any], fp: str) -> str:
    return str(snapshot["failure_points"][fp]["status"])


def revive(rig: Rig) -> None:
    """A restart of the daemon's unit that works."""

    def restarted(unit: str) -> None:
        rig.processes["uw_flow_daemon"] = "running"
        write(
            CACHE, {"AAPL": {"flow_trades": [{}]}, "_metadata": {"last_update": int(rig.clock.now)}}
        )

    rig.on_restart = restarted


def test_three_attempts_a_minute_apart_and_then_a_person(rig: Rig, monitor: Monitor) -> None:
    del rig.processes["uw_flow_daemon"]
    last = rig.passes(monitor.check, 1200)
    assert rig.restarts == [(START + at, DAEMON) for at in (0, 60, 120)]
    assert healing(last, "FP-1.1")["state"] == "manual"
    assert f"systemctl restart {DAEMON}" in healing(last, "FP-1.1")["manual_steps"]


def test_giving_up_pages_at_once(rig: Rig, monitor: Monitor) -> None:
    del rig.processes["uw_flow_daemon"]
    rig.passes(monitor.check, 180)
    assert "page" not in rig.delivered("FP-1.1")
    rig.passes(monitor.check, 30)
    assert rig.delivered("FP-1.1").count("page") == 1


def test_a_restart_that_works_is_healed_only_at_a_later_check(rig: Rig, monitor: Monitor) -> None:
    revive(rig)
    del rig.processes["uw_flow_daemon"]
    assert healing(monitor.check(), "FP-1.1")["state"] == "healing"
    rig.clock.now += 30
    shown = healing(monitor.check(), "FP-1.1")
    assert (shown["state"], shown["attempts"], shown["successes"]) == ("healed", 1, 1)


def test_a_process_without_a_new_cache_is_not_healed(rig: Rig, monitor: Monitor) -> None:
    rig.fresh = False
    rig.on_restart = lambda unit: rig.processes.update(uw_flow_daemon="running")
    del rig.processes["uw_flow_daemon"]
    write(CACHE, {"_metadata": {"last_update": START - 60}})
    shown = healing(rig.passes(monitor.check, 120), "FP-1.1")
    assert (shown["state"], shown["successes"]) == ("idle", 0)


def test_a_stale_cache_waits_while_the_daemon_is_restarted(rig: Rig, monitor: Monitor) -> None:
    rig.fresh = False
    del monitor.checks["FP-6.3"]
    write(CACHE, {"_metadata": {"last_update": START - 3000}})
    del rig.processes["uw_flow_daemon"]
    first = monitor.check()
    assert healing(first, "FP-1.1")["state"] == "healing"
    assert healing(first, "FP-1.3")["state"] == "waiting"
    rig.clock.now += 30
    last = rig.passes(monitor.check, 600)
    assert len(rig.restarts) == 3
    assert healing(last, "FP-1.3")["attempts"] == 0


def test_a_dead_daemon_waits_while_its_cache_is_healed(rig: Rig, monitor: Monitor) -> None:
    rig.fresh = False
    write(CACHE, {"_metadata": {"last_update": START - 3000}})
    monitor.check()
    del rig.processes["uw_flow_daemon"]
    rig.clock.now += 30
    last = monitor.check()
    assert healing(last, "FP-1.1")["state"] == "waiting"
    assert len(rig.restarts) == 1


def test_a_fresh_cache_is_healed(rig: Rig, monitor: Monitor) -> None:
    revive(rig)
    rig.fresh = False
    write(CACHE, {"_metadata": {"last_update": START - 700}})
    last = rig.passes(monitor.check, 60)
    assert rig.restarts == [(START, DAEMON)]
    assert healing(last, "FP-1.3")["state"] == "healed"


def test_a_restart_of_the_monitor_forgets_no_attempt(rig: Rig, monitor: Monitor) -> None:
    del rig.processes["uw_flow_daemon"]
    for _ in range(8):
        rig.passes(Monitor(settings=SETTINGS).check, 30)
    assert [at - START for at, _ in rig.restarts] == [0, 60, 120]


def test_attempts_are_forgotten_after_ten_good_minutes(rig: Rig, monitor: Monitor) -> None:
    revive(rig)
    del rig.processes["uw_flow_daemon"]
    assert healing(rig.passes(monitor.check, 630), "FP-1.1")["attempts"] == 1
    assert healing(rig.passes(monitor.check, 30), "FP-1.1")["attempts"] == 0


def test_healed_three_times_within_an_hour_warns_until_acknowledged(
    rig: Rig, monitor: Monitor
) -> None:
    revive(rig)
    for _ in range(3):
        del rig.processes["uw_flow_daemon"]
        last = rig.passes(monitor.check, 780)
    assert status(last, "FP-1.1") == "WARN"
    write("state/acks.json", {"FP-1.1": rig.clock.now})
    assert status(rig.passes(monitor.check, 30), "FP-1.1") == "OK"


def test_a_restart_that_systemd_refuses_is_logged(
    rig: Rig, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(argv: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(argv, 1, "", "access denied")

    monkeypatch.setattr(subprocess, "run", refuse)
    del rig.processes["uw_flow_daemon"]
    monitor.check()
    assert "access denied" in Path("logs/monitor.jsonl").read_text()


def test_weights_come_back_from_their_backup(rig: Rig, monitor: Monitor) -> None:
    monitor.check()
    Path(WEIGHTS).write_text("{")
    last = rig.passes(monitor.check, 60)
    assert read(WEIGHTS)["learned"] is True
    assert (status(last, "FP-2.1"), healing(last, "FP-2.1")["state"]) == ("OK", "healed")


def test_lost_learned_weights_warn_until_acknowledged(rig: Rig, monitor: Monitor) -> None:
    monitor.check()
    for path in (WEIGHTS, f"{WEIGHTS}.bak"):
        Path(path).write_text("{")
    last = rig.passes(monitor.check, 60)
    assert valid_weights(read(WEIGHTS))
    assert status(last, "FP-2.1") == "WARN"
    assert status(rig.passes(Monitor(settings=SETTINGS).check, 30), "FP-2.1") == "WARN"
    write("state/acks.json", {"FP-2.1": rig.clock.now})
    assert status(rig.passes(monitor.check, 30), "FP-2.1") == "OK"


def test_weights_never_learned_are_replaced_without_a_warning(rig: Rig, monitor: Monitor) -> None:
    write(WEIGHTS, neutral_weights())
    monitor.check()
    for path in (WEIGHTS, f"{WEIGHTS}.bak"):
        Path(path).unlink()
    assert status(rig.passes(monitor.check, 60), "FP-2.1") == "OK"


@pytest.mark.parametrize(("clears", "lifted"), [(0, True), (1, False)])
def test_a_performance_freeze_is_lifted_when_its_time_has_come(
    rig: Rig, monitor: Monitor, clears: int, lifted: bool
) -> None:
    write(FREEZES, {"p": {"active": True, "by": "performance", "clears_at": START + clears}})
    shown = healing(monitor.check(), "FP-3.1")
    assert read(FREEZES)["p"]["active"] is not lifted
    assert (shown["state"], shown["attempts"]) == (("healing", 1) if lifted else ("manual", 0))


@pytest.mark.parametrize(
    "content",
    [
        '{"p": {"active": true, "by": "person", "clears_at": 0}}',
        '{"p": true}',
        '{"p": {"active": true, "by": "performance"}}',
        "{",
        "[]",
    ],
)
def test_any_other_freeze_is_a_person_s(rig: Rig, monitor: Monitor, content: str) -> None:
    Path(FREEZES).write_text(content)
    last = rig.passes(monitor.check, 300)
    assert Path(FREEZES).read_text() == content
    assert (healing(last, "FP-3.1")["state"], healing(last, "FP-3.1")["attempts"]) == ("manual", 0)


def test_a_corrupt_file_is_kept_and_restored(rig: Rig, monitor: Monitor) -> None:
    write("state/positions.json.bak", {"AAPL": POSITION})
    Path("state/positions.json").write_text("{torn")
    last = rig.passes(monitor.check, 60)
    assert read("state/positions.json") == {"AAPL": POSITION}
    assert Path(f"state/quarantine/positions.{int(START)}").read_text() == "{torn"
    assert (status(last, "FP-5.3"), healing(last, "FP-5.3")["state"]) == ("OK", "healed")


def test_a_harmless_file_without_a_backup_is_reset_and_warned_of(
    rig: Rig, monitor: Monitor
) -> None:
    Path("state/acks.json").write_text("{torn")
    last = rig.passes(monitor.check, 60)
    assert read("state/acks.json") == {}
    assert status(last, "FP-5.3") == "WARN"


@pytest.mark.parametrize("name", ["positions", "intents", "cooldowns"])
def test_a_critical_file_is_never_reset(rig: Rig, monitor: Monitor, name: str) -> None:
    Path(f"state/{name}.json").write_text("{torn")
    last = rig.passes(monitor.check, 90)
    assert Path(f"state/{name}.json").read_text() == "{torn"
    assert healing(last, "FP-5.3")["state"] == "manual"


def test_a_stuck_bot_gets_three_minutes_per_attempt(rig: Rig, monitor: Monitor) -> None:
    rig.fresh = False
    monitor.checks = {"FP-6.3": monitor.checks["FP-6.3"]}
    write("state/bot_heartbeat.json", {"cycle": 7, "finished_at": START - 400})
    last = rig.passes(monitor.check, 900)
    assert rig.restarts == [(START + at, UNITS["bot"]) for at in (0, 180, 360)]
    assert healing(last, "FP-6.3")["state"] == "manual"


@pytest.mark.parametrize(("cycles", "state"), [(1, "healing"), (2, "healed")])
def test_a_bot_is_healed_after_two_finished_cycles(
    rig: Rig, monitor: Monitor, cycles: int, state: str
) -> None:
    write("state/bot_heartbeat.json", {"cycle": 7, "finished_at": START - 400})
    monitor.check()
    lines("logs/cycles.jsonl", *({"ts": START + 10 + n} for n in range(cycles)))
    rig.clock.now += 30
    assert healing(rig.passes(monitor.check, 30), "FP-6.3")["state"] == state


@pytest.mark.parametrize("fp", ["FP-4.1", "FP-4.4"])
def test_what_only_the_broker_can_end_is_tried_without_attempts(
    rig: Rig, monitor: Monitor, fp: str
) -> None:
    exit_refused = {"ts": START, "intent": "exit", "reason": "no"}
    broker(reachable=False, rejections=[exit_refused])
    shown = healing(monitor.check(), fp)
    assert (shown["state"], shown["attempts"]) == ("trying", 0)
    rig.clock.now += 30
    assert healing(rig.passes(monitor.check, 30), fp)["state"] == "idle"


def test_without_its_heal_a_failure_point_is_not_touched(rig: Rig, monitor: Monitor) -> None:
    monitor.heals.pop("FP-1.1")
    del rig.processes["uw_flow_daemon"]
    assert healing(rig.passes(monitor.check, 300), "FP-1.1")["state"] == "none"
    assert not rig.restarts


def test_a_lost_book_comes_back_from_its_backup(rig: Rig, monitor: Monitor) -> None:
    monitor.check()
    write("state/positions.json.bak", {"AAPL": POSITION})
    Path("state/positions.json").unlink()
    last = rig.passes(monitor.check, 60)
    assert read("state/positions.json") == {"AAPL": POSITION}
    assert (status(last, "FP-5.4"), list(Path("state/quarantine").iterdir())) == ("OK", [])


@pytest.mark.parametrize(("refused", "state"), [(2, "trying"), (3, "manual")])
def test_an_exit_refused_three_times_needs_a_person(
    rig: Rig, monitor: Monitor, refused: int, state: str
) -> None:
    broker(exits_refused={"AAPL": refused})
    shown = healing(monitor.check(), "FP-4.4")
    assert (shown["state"], bool(shown["manual_steps"])) == (state, state == "manual")
    assert ("page" in rig.delivered("FP-4.4")) is False
    rig.fresh = False
    rig.passes(monitor.check, 60)
    assert ("page" in rig.delivered("FP-4.4")) is (refused == 3)
