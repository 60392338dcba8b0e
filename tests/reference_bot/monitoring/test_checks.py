from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from pytest_fpharness.reference_bot.monitoring.checks import CHECKS, Finding, Pass
from pytest_fpharness.reference_bot.monitoring.checks.broker import session_matters
from pytest_fpharness.reference_bot.monitoring.monitor import run_check
from tests.support.monitoring_rig import SETTINGS, START, Rig, broker, lines, make_rig, write

CACHE = "data/uw_flow_cache.json"
HEARTBEAT = "state/bot_heartbeat.json"
DAY = 86_400


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield make_rig(monkeypatch, tmp_path, mock)


def find(fp: str, memory: dict[str, Any] | None = None) -> Finding:
    return CHECKS[fp](Pass(SETTINGS, memory))


def cache_of_age(age: float) -> None:
    write(CACHE, {"AAPL": {}, "_top": {}, "_metadata": {"last_update": START - age}})


@pytest.mark.parametrize("fp", CHECKS)
def test_a_healthy_bot_is_ok(rig: Rig, fp: str) -> None:
    assert find(fp).status == "OK"


@pytest.mark.parametrize("status", ["zombie", "stopped"])
def test_a_daemon_that_cannot_work_does_not_run(rig: Rig, status: str) -> None:
    rig.processes["uw_flow_daemon"] = status
    assert find("FP-1.1").status == "ERROR"
    assert find("FP-1.1").values == {"daemon_alive": False}


def test_a_process_that_only_mentions_the_daemon_is_not_the_daemon(rig: Rig) -> None:
    del rig.processes["uw_flow_daemon"]
    rig.extra_argv = [["vim", "uw_flow_daemon"], ["grep", "-f", "uw_flow_daemon"]]
    assert find("FP-1.1").status == "ERROR"


@pytest.mark.parametrize(
    ("age", "status"), [(600.9, "OK"), (601, "WARN"), (1800.9, "WARN"), (1801, "ERROR")]
)
def test_the_cache_limits_in_whole_seconds(rig: Rig, age: float, status: str) -> None:
    cache_of_age(age)
    finding = find("FP-1.3")
    assert finding.status == status
    assert finding.values == {"cache_age": int(age), "symbols": 1}


@pytest.mark.parametrize(("ahead", "status"), [(5, "OK"), (6, "ERROR")])
def test_a_cache_from_the_future_is_an_error(rig: Rig, ahead: int, status: str) -> None:
    cache_of_age(-ahead)
    assert find("FP-1.3").status == status


@pytest.mark.parametrize("value", [None, "1767712450", True, float("nan"), []])
def test_a_cache_time_that_is_not_a_number_is_an_error(rig: Rig, value: object) -> None:
    write(CACHE, {"_metadata": {"last_update": value}})
    assert find("FP-1.3").status == "ERROR"


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_an_unreadable_cache_is_an_error(rig: Rig, text: str) -> None:
    Path(CACHE).write_text(text)
    assert find("FP-1.3").status == "ERROR"


def test_a_missing_cache_is_an_error(rig: Rig) -> None:
    Path(CACHE).unlink()
    assert find("FP-1.3").values == {"cache_age": None, "symbols": 0}
    assert find("FP-1.3").status == "ERROR"


@pytest.mark.parametrize(("ping", "status"), [(200, "OK"), (500, "ERROR")])
def test_old_data_is_right_only_when_the_market_is_known_closed(
    rig: Rig, ping: int, status: str
) -> None:
    cache_of_age(5000)
    rig.market_open, rig.clock_status = False, ping
    assert find("FP-1.3").status == status


def test_a_missing_band_is_counted(rig: Rig) -> None:
    from pytest_fpharness.reference_bot.flow.weights import WEIGHT_NAMES, neutral_weights

    content = neutral_weights()
    del content["weight_bands"][WEIGHT_NAMES[0]]
    write("state/signal_weights.json", content)
    finding = find("FP-2.1")
    assert finding.status == "ERROR"
    assert finding.values["weights"] == 20


@pytest.mark.parametrize(
    ("value", "frozen"),
    [
        (False, False),
        ({"active": False}, False),
        (True, True),
        ({"active": True}, True),
        ("true", True),
        ("no", True),
        (1, True),
        (None, True),
        ({}, True),
    ],
)
def test_a_freeze_is_active_unless_it_clearly_is_not(rig: Rig, value: object, frozen: bool) -> None:
    write("state/governor_freezes.json", {"one": value})
    finding = find("FP-3.1")
    assert finding.values["frozen"] is frozen
    assert finding.status == ("ERROR" if frozen else "OK")


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_an_unreadable_freeze_file_is_a_freeze(rig: Rig, text: str) -> None:
    Path("state/governor_freezes.json").write_text(text)
    assert find("FP-3.1").values == {"frozen": True, "reason": "unreadable"}


@pytest.mark.parametrize("name", ["governor_freezes.json", "pre_market_freeze.flag"])
def test_a_freeze_that_cannot_be_opened_is_a_freeze(rig: Rig, name: str) -> None:
    path = Path("state", name)
    path.unlink(missing_ok=True)
    path.symlink_to(name)
    assert find("FP-3.1").values == {"frozen": True, "reason": "unreadable"}


def test_the_flag_file_freezes_and_gives_its_reason(rig: Rig) -> None:
    Path("state/pre_market_freeze.flag").write_text("too_many_failures\n")
    assert find("FP-3.1").values["reason"] == "too_many_failures"


def test_the_reasons_of_all_freezes_are_shown_alone(rig: Rig) -> None:
    Path("state/pre_market_freeze.flag").write_text("early\n")
    freezes = {"b": {"active": True, "reason": "daily loss"}, "a": True, "c": {"active": False}}
    write("state/governor_freezes.json", freezes)
    assert find("FP-3.1").values["reason"] == "early; daily loss; a"


def test_without_a_freeze_file_nothing_is_frozen(rig: Rig) -> None:
    Path("state/governor_freezes.json").unlink()
    assert find("FP-3.1").status == "OK"


def fills(apart: int, orders: tuple[str, str]) -> None:
    lines(
        "logs/trades.jsonl",
        *(
            {"ts": START - 1000 + at, "symbol": "AAPL", "side": "buy", "order_id": order}
            for at, order in zip((0, apart), orders, strict=True)
        ),
    )


@pytest.mark.parametrize(
    ("apart", "orders", "status"),
    [(899, ("a", "b"), "ERROR"), (900, ("a", "b"), "OK"), (1, ("a", "a"), "OK")],
)
def test_two_entries_within_a_cooldown(
    rig: Rig, apart: int, orders: tuple[str, str], status: str
) -> None:
    fills(apart, orders)
    assert find("FP-3.7").status == status


def test_the_remaining_cooldown_per_symbol(rig: Rig) -> None:
    write("state/cooldowns.json", {"AAPL": START - 100, "MSFT": START - 900})
    assert find("FP-3.7").values == {"cooldowns": {"AAPL": 800}, "active": 1, "blocked": 0}


@pytest.mark.parametrize(
    ("blocked", "entered", "status"), [(20, 0, "WARN"), (19, 0, "OK"), (20, 1, "OK")]
)
def test_a_cooldown_that_blocks_everything(
    rig: Rig, blocked: int, entered: int, status: str
) -> None:
    block = {"ts": START - 60, "decision": "block", "gate": "cooldown"}
    enter = {"ts": START - 60, "decision": "enter", "gate": ""}
    lines("logs/decisions.jsonl", *[block] * blocked, *[enter] * entered)
    assert find("FP-3.7").status == status
    assert find("FP-3.7").values["blocked"] == blocked


@pytest.mark.parametrize(("last_ok", "status"), [(59, "OK"), (60, "ERROR")])
def test_one_failed_ping_is_forgiven_while_the_bot_is_fresh(
    rig: Rig, last_ok: int, status: str
) -> None:
    broker(last_ok=START - last_ok)
    rig.clock_status = 503
    assert find("FP-4.1", {}).status == status


def test_the_second_failed_ping_is_an_error(rig: Rig) -> None:
    memory: dict[str, Any] = {}
    rig.clock_status = 503
    assert [find("FP-4.1", memory).status for _ in range(2)] == ["OK", "ERROR"]


def test_one_failed_ping_and_one_failed_call_of_the_bot(rig: Rig) -> None:
    broker(failures_in_a_row=1)
    assert find("FP-4.1").status == "OK"
    rig.clock_status = 503
    assert find("FP-4.1", {}).status == "ERROR"


def test_a_bot_that_cannot_reach_the_broker_is_believed(rig: Rig) -> None:
    broker(reachable=False, mode="reduce_only", failures_in_a_row=3)
    finding = find("FP-4.1")
    assert finding.status == "ERROR"
    assert finding.values == {"connected": True, "failures": 3, "mode": "reduce_only"}


def test_a_failed_ping_of_our_own_is_shown_as_not_connected(rig: Rig) -> None:
    rig.clock_status = 503
    assert find("FP-4.1").values["connected"] is False


def test_a_closed_market_only_warns(rig: Rig) -> None:
    rig.clock.now = START + 12 * 3600
    broker(reachable=False)
    assert find("FP-4.1").status == "WARN"


@pytest.mark.parametrize(
    ("from_midnight", "days", "matters"),
    [
        (8 * 60 + 29, 0, False),
        (8 * 60 + 30, 0, True),
        (15 * 60 + 59, 0, True),
        (16 * 60, 0, False),
        (12 * 60, 4, False),
    ],
)
def test_the_session_table(from_midnight: int, days: int, matters: bool) -> None:
    midnight_new_york = START - (10 * 60 + 14) * 60 - 10
    assert session_matters(midnight_new_york + from_midnight * 60 + days * DAY) is matters


def rejection(age: float, **more: Any) -> dict[str, Any]:
    return {"ts": START - age, "symbol": "AAPL", "reason": "no", "intent": "entry", **more}


def refused(age: float) -> dict[str, Any]:
    return {"rejections": [rejection(age)]}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"rejections": [rejection(599)]}, "WARN"),
        ({"rejections": [rejection(600)]}, "OK"),
        ({"rejections": [rejection(60)], "last_accepted": START - 59}, "OK"),
        ({"rejections": [rejection(60)], "last_accepted": START - 61}, "WARN"),
        ({"rejections": [rejection(60)], "last_accepted": START - 60}, "WARN"),
        ({"exits_refused": {"AAPL": 1}, "last_accepted": START}, "ERROR"),
        ({**refused(89), "reject_streak": 5, "streak_symbols": ["A", "B"]}, "ERROR"),
        ({**refused(90), "reject_streak": 5, "streak_symbols": ["A", "B"]}, "WARN"),
        ({**refused(999), "reject_streak": 5, "streak_symbols": ["A", "B"]}, "WARN"),
        ({**refused(89), "reject_streak": 5, "streak_symbols": ["A"]}, "WARN"),
        ({**refused(89), "reject_streak": 4, "streak_symbols": ["A", "B"]}, "WARN"),
        ({**refused(60), "all_rejected_at": START - 60}, "ERROR"),
        ({**refused(60), "all_rejected_at": START - 60, "last_accepted": START - 59}, "OK"),
    ],
)
def test_rejections(rig: Rig, changes: dict[str, Any], status: str) -> None:
    broker(**changes)
    assert find("FP-4.4").status == status


def test_the_rejections_shown(rig: Rig) -> None:
    broker(rejections=[rejection(4000), rejection(30, reason="price")], rejected_total=55)
    shown = {"rejections": 55, "last_reason": "price", "exits_refused": {}}
    assert find("FP-4.4").values == shown


@pytest.mark.parametrize(
    "name",
    ["positions", "cooldowns", "intents", "broker_status", "bot_heartbeat", "acks", "alerts"],
)
@pytest.mark.parametrize("text", ["", '{"a": ', "[]", '{"a": "b"}'])
def test_a_corrupt_state_file_is_named(rig: Rig, name: str, text: str) -> None:
    Path(f"state/{name}.json").write_text(text)
    finding = find("FP-5.3")
    assert finding.status == "ERROR"
    assert name in finding.message
    assert [shown for shown, valid in finding.values.items() if not valid] == [f"{name}_valid"]


def test_an_intent_that_the_bot_would_refuse_is_corrupt(rig: Rig) -> None:
    write("state/intents.json", {"rb-1": {"symbol": "AAPL"}})
    assert find("FP-5.3").values["intents_valid"] is False


def test_a_missing_file_that_the_bot_writes_anew_is_not_lost(rig: Rig) -> None:
    Path(HEARTBEAT).unlink()
    assert find("FP-5.3").status == "OK"


@pytest.mark.parametrize("name", ["positions", "cooldowns", "intents"])
def test_a_missing_file_of_the_books_is_lost(rig: Rig, name: str) -> None:
    Path(f"state/{name}.json").unlink()
    finding = find("FP-5.4")
    assert (finding.status, finding.values[f"{name}_there"]) == ("ERROR", False)
    assert find("FP-5.3").status == "OK"


@pytest.mark.parametrize(
    ("age", "status"), [(300.9, "OK"), (301, "ERROR"), (-5, "OK"), (-6, "ERROR")]
)
def test_the_heartbeat_limits(rig: Rig, age: float, status: str) -> None:
    write(HEARTBEAT, {"cycle": 7, "finished_at": START - age})
    finding = find("FP-6.3")
    assert finding.status == status
    assert finding.values == {"last_cycle_age": int(age), "cycle": 7}


def test_a_stopped_bot_is_a_stuck_bot(rig: Rig) -> None:
    write(HEARTBEAT, {"cycle": 7, "finished_at": START - 1000})
    rig.processes["bot"] = "stopped"
    assert find("FP-6.3").status == "ERROR"


def test_a_dead_bot_is_not_a_stuck_bot(rig: Rig) -> None:
    write(HEARTBEAT, {"cycle": 7, "finished_at": START - 1000})
    del rig.processes["bot"]
    assert find("FP-6.3").status == "OK"


def test_a_bot_that_never_writes_a_heartbeat_gets_five_minutes(rig: Rig) -> None:
    Path(HEARTBEAT).unlink()
    memory: dict[str, Any] = {}
    assert find("FP-6.3", memory).status == "OK"
    rig.clock.now += 301
    assert find("FP-6.3", memory).status == "ERROR"


def test_a_check_that_raises_is_an_error_with_its_message(rig: Rig) -> None:
    def broken(current: Pass) -> Finding:
        raise KeyError("weight")

    finding = run_check("FP-9.9", broken, Pass(SETTINGS))
    assert finding.status == "ERROR"
    assert finding.message == "FP-9.9: the check raised KeyError: 'weight'"
