"""Limits in the gates, and their checks in the monitor."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from pytest_fpharness.reference_bot.files import read_json, write_json
from pytest_fpharness.reference_bot.monitoring.checks import Pass
from pytest_fpharness.reference_bot.monitoring.checks.limits import (
    entries_limited,
    expectancy_gate,
    positions_limited,
    regime_gate,
    themes_limited,
    threshold_sane,
)
from pytest_fpharness.reference_bot.trading import themes, threshold
from pytest_fpharness.reference_bot.trading.gate_log import GateLog
from pytest_fpharness.reference_bot.trading.gates import Candidate, Exposure, first_block
from pytest_fpharness.reference_bot.trading.profiles import read_profiles
from tests.support import monitoring_rig
from tests.support.monitoring_rig import Rig, make_rig


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Rig]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield make_rig(monkeypatch, tmp_path, mock)


def a_pass() -> Pass:
    return Pass(monitoring_rig.SETTINGS)


def enters(rig: Rig, count: int, cycle: int = 1) -> list[dict[str, Any]]:
    return [{"ts": rig.clock.now, "cycle": cycle, "decision": "enter"}] * count


@pytest.mark.parametrize(("count", "status"), [(15, "OK"), (16, "OK"), (17, "ERROR")])
def test_one_position_above_the_maximum_is_an_error(rig: Rig, count: int, status: str) -> None:
    rig.held = [{"symbol": f"S{n}", "qty": "1"} for n in range(count)]
    finding = positions_limited(a_pass())
    assert (finding.status, finding.values["positions"]) == (status, count)


def test_the_maximum_is_that_of_the_settings(rig: Rig) -> None:
    rig.held = [{"symbol": "A", "qty": "1"}, {"symbol": "B", "qty": "1"}]
    settings = dataclasses.replace(monitoring_rig.SETTINGS, max_positions=1)
    finding = positions_limited(Pass(settings))
    assert (finding.status, finding.values["most"]) == ("ERROR", 1)


def test_positions_that_cannot_be_counted_warn(rig: Rig) -> None:
    rig.held = {}  # type: ignore[assignment]
    assert positions_limited(a_pass()).status == "WARN"


@pytest.mark.parametrize(("count", "status"), [(6, "OK"), (7, "ERROR")])
def test_the_seventh_entry_of_a_cycle_is_an_error(rig: Rig, count: int, status: str) -> None:
    monitoring_rig.lines("logs/decisions.jsonl", *enters(rig, count), *enters(rig, 2, cycle=2))
    assert entries_limited(a_pass()).status == status


@pytest.mark.parametrize(
    ("minutes", "count", "gate", "status"),
    [
        (60, 60, "max_new", "WARN"),
        (59, 60, "max_new", "OK"),
        (60, 19, "max_new", "OK"),
        (60, 60, "score", "OK"),
    ],
)
def test_a_gate_that_blocks_all_for_an_hour_warns(
    rig: Rig, minutes: int, count: int, gate: str, status: str
) -> None:
    streak = {"gate": gate, "since": rig.clock.now - 60 * minutes, "count": count}
    monitoring_rig.write("state/gates.json", {"blocked": {}, "new": 0, "streak": streak})
    assert entries_limited(a_pass()).status == status


def cycle(now: float, *decisions: tuple[str, str]) -> dict[str, Any]:
    log = GateLog()
    log.begin()
    for decision, gate in decisions:
        log.note(decision, gate)
    log.end(now)
    content: dict[str, Any] = read_json("state/gates.json")
    return content


@pytest.mark.usefixtures("rig")
def test_a_streak_goes_on_through_cycles_without_candidates() -> None:
    cycle(1.0, ("block", "score"))
    cycle(2.0)
    log = cycle(3.0, ("block", "score"), ("skip", "direction"))
    assert log["streak"] == {"gate": "score", "since": 1.0, "count": 2}
    assert log["blocked"] == {"score": 2}


@pytest.mark.usefixtures("rig")
@pytest.mark.parametrize("other", [("enter", ""), ("block", "cooldown")])
def test_any_other_decision_ends_a_streak(other: tuple[str, str]) -> None:
    cycle(1.0, ("block", "score"))
    assert cycle(2.0, ("block", "score"), other)["streak"]["gate"] == ""


@pytest.mark.usefixtures("rig")
def test_a_log_that_cannot_be_read_starts_anew() -> None:
    write_json("state/gates.json", ["no log"])
    assert cycle(1.0, ("enter", ""))["new"] == 1


def blocking_gate(profiles: Any, mood: str = "bull") -> str:
    exposure = Exposure(set(), set(), {}, profiles=profiles, mood=mood)
    return first_block(Candidate("AAPL", 4.0, 0.0), exposure)[0]


@pytest.mark.parametrize(
    ("trades", "expectancy", "gate"),
    [
        (9, -5.0, ""),
        (10, -0.1, ""),
        (10, -0.11, "expectancy"),
        (49, -0.1, ""),
        (50, 0.0, ""),
        (50, -0.01, "expectancy"),
        (50, float("nan"), "expectancy"),
        (50, None, "expectancy"),
    ],
)
def test_the_threshold_of_the_expectancy_follows_the_trades(
    trades: int, expectancy: Any, gate: str
) -> None:
    assert blocking_gate({"AAPL": {"trades": trades, "expectancy": expectancy}}) == gate


@pytest.mark.parametrize(("mood", "gate"), [("bear", "regime"), ("bull", "")])
def test_a_poor_result_blocks_in_its_mood_only(mood: str, gate: str) -> None:
    part = {"bear": {"trades": 60, "expectancy": -1.0}}
    assert blocking_gate({"AAPL": {"trades": 60, "expectancy": 1.0, "regimes": part}}, mood) == gate


@pytest.mark.usefixtures("rig")
def test_profiles_that_cannot_be_read_block_and_warn() -> None:
    assert read_profiles() == {}
    Path("state/profiles.json").write_text("{", encoding="utf-8")
    assert (read_profiles(), blocking_gate(read_profiles())) == (None, "expectancy")
    assert expectancy_gate(a_pass()).status == "WARN"


@pytest.mark.usefixtures("rig")
def test_the_symbols_below_their_threshold_are_counted() -> None:
    low, good = {"trades": 60, "expectancy": -1}, {"trades": 60, "expectancy": 1}
    monitoring_rig.write("state/profiles.json", {"AAPL": low, "MSFT": good})
    finding = expectancy_gate(a_pass())
    assert (finding.status, finding.values["below"], finding.values["profiles"]) == ("OK", 1, 2)


def test_the_symbols_that_the_regime_gate_blocked_are_named(rig: Rig) -> None:
    line = {"ts": rig.clock.now, "symbol": "AAPL", "decision": "block", "gate": "regime"}
    monitoring_rig.lines("logs/decisions.jsonl", line)
    assert regime_gate(a_pass()).values["symbols"] == ["AAPL"]


LOW = {"trades": 60, "expectancy": -1}


def held(rig: Rig, *symbols: str) -> None:
    rig.held = [{"symbol": symbol, "qty": "1"} for symbol in symbols]


@pytest.mark.parametrize(
    ("check", "profile"),
    [(expectancy_gate, LOW), (regime_gate, {**LOW, "expectancy": 1, "regimes": {"bear": LOW}})],
)
def test_a_symbol_that_is_held_since_its_gate_blocked_it_was_entered_past_it(
    rig: Rig, check: Any, profile: Any
) -> None:
    monitoring_rig.write("state/profiles.json", {"AAPL": profile, "MSFT": profile})
    monitoring_rig.write("state/scoring.json", {"regime": "bear"})
    memory: dict[str, Any] = {}
    seen = []
    for symbols in (("MSFT",), ("MSFT", "AAPL"), ("MSFT", "AAPL", "JPM"), ("MSFT",)):
        held(rig, *symbols)
        seen.append(check(Pass(monitoring_rig.SETTINGS, memory)).status)
    assert seen == ["OK", "ERROR", "ERROR", "OK"]  # MSFT was held before


def test_an_entry_that_was_on_its_way_is_none_past_the_gate(rig: Rig) -> None:
    monitoring_rig.write("state/profiles.json", {"AAPL": LOW})
    intent = {"symbol": "AAPL", "intent": "entry", "state": "sent"}
    monitoring_rig.write("state/intents.json", {"one": intent})
    memory: dict[str, Any] = {}
    for symbols in ((), ("AAPL",)):
        held(rig, *symbols)
        finding = expectancy_gate(Pass(monitoring_rig.SETTINGS, memory))
    assert finding.status == "OK"


@pytest.mark.parametrize(("cost", "blocks"), [(600.0, False), (600.01, True)])
def test_a_theme_may_reach_its_limit_and_not_pass_it(cost: float, blocks: bool) -> None:
    assert bool(themes.problem("NVDA", 1000.0, {"AMD": cost, "JPM": 9000.0})) is blocks


def test_a_symbol_without_a_theme_has_no_limit() -> None:
    assert themes.problem("UBER", 5000.0, {}) == ""


@pytest.mark.parametrize(("qty", "status"), [("16", "OK"), ("17", "ERROR")])
def test_a_theme_above_its_limit_is_an_error(rig: Rig, qty: str, status: str) -> None:
    rig.held = [{"symbol": "AMD", "qty": qty, "avg_entry_price": "100"}]
    assert themes_limited(a_pass()).status == status


@pytest.mark.usefixtures("rig")
def test_three_losses_raise_the_threshold_once_and_for_a_day() -> None:
    assert threshold.step(1.0, [-1.0, -1.0]) == 0.0
    assert threshold.step(2.0, [-1.0]) == 0.5
    assert threshold.step(3.0, [-1.0, -1.0, -1.0]) == 0.5
    assert threshold.step(2.0 + 86_399, []) == 0.5
    assert threshold.step(2.0 + 86_400, []) == 0.0
    assert [row["raised_by"] for row in read_json(threshold.PATH)["history"]] == [0.5, 0.0]


@pytest.mark.usefixtures("rig")
def test_a_winning_trade_resets_the_threshold_and_the_count() -> None:
    assert threshold.step(1.0, [-1.0, -1.0, 1.0, -1.0]) == 0.0
    assert threshold.step(2.0, [-1.0, -1.0]) == 0.5
    assert threshold.step(3.0, [0.5]) == 0.0


@pytest.mark.usefixtures("rig")
def test_a_threshold_that_cannot_be_read_counts_as_raised() -> None:
    Path(threshold.PATH).write_text("{", encoding="utf-8")
    assert threshold.step(1.0, [1.0]) == 0.5
    assert threshold_sane(a_pass()).status == "WARN"


@pytest.mark.parametrize(
    ("raised_by", "hours", "status"),
    [(0.0, 99, "OK"), (0.5, 24, "OK"), (0.5, 24.1, "ERROR"), (1.0, 1, "ERROR")],
)
def test_the_colour_of_the_threshold(rig: Rig, raised_by: float, hours: float, status: str) -> None:
    since = rig.clock.now - 3600 * hours
    monitoring_rig.write(threshold.PATH, {"raised_by": raised_by, "since": since})
    assert threshold_sane(a_pass()).status == status
