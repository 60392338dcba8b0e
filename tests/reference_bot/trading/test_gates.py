"""Scoring, clusters, and the edges of each gate and guard."""

from __future__ import annotations

import math
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.reference_bot.files import write_json
from pytest_fpharness.reference_bot.flow import weights
from pytest_fpharness.reference_bot.flow.clusters import examine, is_signal
from pytest_fpharness.reference_bot.flow.enrichment import FEATURES, enrich
from pytest_fpharness.reference_bot.flow.regime import regime
from pytest_fpharness.reference_bot.flow.scoring import THRESHOLD, features, score
from pytest_fpharness.reference_bot.instants import epoch, iso
from pytest_fpharness.reference_bot.trading import gates, guards
from pytest_fpharness.reference_bot.trading.gates import Candidate, Exposure
from pytest_fpharness.reference_bot.trading.guards import Facts
from pytest_fpharness.reference_bot.trading.orders import adjusted, limit_price, shares

NOW = 1_767_711_600.0
Row = dict[str, Any]


def _snapshot(at: float, readiness: str) -> Row:
    return {"checked_at": at, "readiness": readiness, "failure_points": {}}


def _row(age: float = 10.0, **changes: object) -> Row:
    row: Row = {
        "ticker": "AAPL",
        "created_at": iso(NOW - age),
        "type": "call",
        "has_sweep": True,
        "has_floor": False,
        "has_singleleg": True,
        "all_opening_trades": False,
        "alert_rule": "RepeatedHits",
        "total_premium": "750000",
        "total_ask_side_prem": "675000",
        "underlying_price": "200",
        "strike": "206",
        "expiry": "2026-01-13",
        "volume_oi_ratio": "1.6",
        "trade_count": 12,
        "total_size": 500,
    }
    return row | changes


def _cache(*rows: Row) -> Row:
    net = sum(float(r["total_premium"]) * (1 if r["type"] == "call" else -1) for r in rows)
    total = sum(float(r["total_premium"]) for r in rows)
    entry = {"flow_trades": list(rows), "net_premium": net, "total_premium": total}
    return {"AAPL": entry, "_metadata": {"last_update": int(NOW)}}


def _score(*rows: Row, bands: Row | None = None) -> float:
    cache = _cache(*rows)
    used = weights.current_weights(bands or weights.neutral_weights())
    return score(examine(cache, NOW).clusters[0], regime(cache), used, NOW)


# clusters


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ([_row(), _row(), _row()], 1),
        ([_row(), _row()], 0),
        ([_row(), _row(), _row(has_sweep=False)], 0),
        ([_row(), _row(), _row(total_premium="99999")], 0),
        ([_row(), _row(), _row(total_premium="100000")], 1),
        ([_row(), _row(), _row(age=601)], 0),
        ([_row(), _row(), _row(age=600)], 1),
        ([_row(), _row(), _row(ticker="MSFT")], 0),
        ([_row(), _row(), _row(total_premium="NaN")], 0),
        ([_row(), _row(), _row(created_at="soon")], 0),
    ],
)
def test_a_cluster_is_three_recent_large_sweeps_of_its_symbol(rows: list[Row], count: int) -> None:
    assert len(examine(_cache(*rows), NOW).clusters) == count


@pytest.mark.parametrize(("age", "acts"), [(89, True), (90, False)])
def test_a_signal_is_acted_on_for_ninety_seconds(age: float, acts: bool) -> None:
    (cluster,) = examine(_cache(*[_row(age)] * 3), NOW).clusters
    assert is_signal(cluster, NOW) is acts


def test_flow_without_a_clear_direction_is_not_a_signal() -> None:
    (cluster,) = examine(_cache(_row(), _row(), _row(type="put")), NOW).clusters
    assert not is_signal(cluster, NOW)


# scoring


def test_the_features_are_those_of_the_21_weights() -> None:
    (cluster,) = examine(_cache(*[_row()] * 3), NOW).clusters
    values = features(cluster, "bull", NOW)
    assert set(values) == set(weights.WEIGHT_NAMES)
    assert len(values) == 21
    assert all(0 <= value <= 1 for value in values.values())


def test_strong_flow_passes_and_thin_flow_does_not() -> None:
    assert _score(*[_row()] * 4) > THRESHOLD
    thin = _row(total_premium="100000", total_ask_side_prem="10000", trade_count=1)
    thin |= {"volume_oi_ratio": "0.1", "alert_rule": "Other", "total_size": 20, "strike": "240"}
    assert _score(*[thin] * 3) < THRESHOLD


def test_crushed_weights_let_no_score_pass() -> None:
    crushed = weights.neutral_weights()
    for band in crushed["weight_bands"].values():
        band["current"] = 0.01
    assert _score(*[_row()] * 4, bands=crushed) < 0.5


@pytest.mark.parametrize("name", ["expiry", "strike", "trade_count", "total_ask_side_prem"])
def test_missing_data_gives_neutral_features_and_says_so(name: str) -> None:
    rows = [_row(), _row(), _row()]
    for row in rows:
        del row[name]
    (cluster,) = examine(_cache(*rows), NOW).clusters
    values, missing = enrich(cluster)
    assert missing
    assert {values[name] for name in missing} == {0.5}
    assert set(values) == set(FEATURES)


@pytest.mark.parametrize(("kinds", "mood"), [("ccc", "bull"), ("ppp", "bear"), ("cp", "mixed")])
def test_the_regime_follows_the_premium(kinds: str, mood: str) -> None:
    names = {"c": "call", "p": "put"}
    assert regime(_cache(*[_row(type=names[kind]) for kind in kinds])) == mood


def test_the_regime_of_nothing_is_mixed() -> None:
    assert regime({}) == "mixed"


# weights


def test_neutral_and_learned_weights_are_valid() -> None:
    assert weights.valid_weights(weights.neutral_weights())
    assert weights.valid_weights(weights.learned_weights(NOW))


@pytest.mark.parametrize("value", [0.0, -1.0, 0.01, math.nan, math.inf, None, "0.5", True, 99.0])
def test_a_weight_that_cannot_be_used_is_invalid(value: object) -> None:
    content = deepcopy(weights.neutral_weights())
    content["weight_bands"]["net_premium"].update(current=value, min=-9, max=999)
    assert not weights.valid_weights(content)


@pytest.mark.parametrize("count", [0, 20, 22])
def test_another_number_of_weights_is_invalid(count: int) -> None:
    bands = dict(list(weights.neutral_weights()["weight_bands"].items())[:count])
    if count == 22:
        bands["extra"] = bands["net_premium"]
    assert not weights.valid_weights({"weight_bands": bands})


# gates

FREE = Exposure(frozenset(), frozenset(), {})


def _gate(exposure: Exposure, value: float = 3.0) -> str:
    return gates.first_block(Candidate("AAPL", value, NOW), exposure)[0]


@pytest.mark.parametrize(
    ("value", "gate"), [(2.7, ""), (2.6999, "score"), (math.nan, "score"), (math.inf, "score")]
)
def test_the_score_gate(value: float, gate: str) -> None:
    assert _gate(FREE, value) == gate


@pytest.mark.parametrize(("age", "gate"), [(899, "cooldown"), (900, "")])
def test_the_cooldown_ends_after_900_seconds(age: float, gate: str) -> None:
    assert _gate(Exposure(frozenset(), frozenset(), {"AAPL": NOW - age})) == gate


def test_the_cooldown_is_named_before_the_position() -> None:
    assert _gate(Exposure({"AAPL"}, frozenset(), {"AAPL": NOW})) == "cooldown"


def test_a_held_symbol_and_one_in_flight_are_blocked() -> None:
    assert _gate(Exposure({"AAPL"}, frozenset(), {})) == "position"
    assert _gate(Exposure(frozenset(), {"AAPL"}, {})) == "position"


@pytest.mark.parametrize(("held", "gate"), [(15, ""), (16, "max_positions")])
def test_sixteen_positions_are_enough(held: int, gate: str) -> None:
    assert _gate(Exposure({f"S{i}" for i in range(held)}, frozenset(), {})) == gate


@pytest.mark.parametrize(("new", "gate"), [(5, ""), (6, "max_new")])
def test_six_entries_in_a_cycle_are_enough(new: int, gate: str) -> None:
    assert _gate(Exposure(frozenset(), frozenset(), {}, new)) == gate


@pytest.mark.parametrize(
    ("quote", "problem"),
    [
        ({"bp": 9.9, "ap": 10.0, "t": iso(NOW)}, ""),
        ({"bp": 10.1, "ap": 10.0, "t": iso(NOW)}, "crossed quote"),
        ({"bp": 9.9, "ap": 0, "t": iso(NOW)}, "one-sided quote"),
        ({"bp": 9.9, "ap": math.nan, "t": iso(NOW)}, "one-sided quote"),
        ({"bp": 9.9, "ap": 10.0}, "quote without a time"),
        ({"bp": 9.9, "ap": 10.0, "t": iso(NOW - 301)}, "quote is 301 s old"),
        (None, "no quote"),
    ],
)
def test_a_quote_is_checked_before_it_is_used(quote: Row | None, problem: str) -> None:
    assert gates.quote_problem(quote, NOW) == problem


# guards


def _facts(**changes: Any) -> Facts:
    known: Row = {"now": NOW, "mode": "normal", "market": "", "cache": _cache()}
    return Facts(**{**known, "state_problem": "", **changes})


@pytest.mark.parametrize(
    ("age", "blocks"), [(0, False), (600, False), (601, True), (-5, False), (-6, True)]
)
def test_the_cache_may_be_600_seconds_old(age: int, blocks: bool) -> None:
    cache = {"_metadata": {"last_update": int(NOW) - age}}
    assert bool(guards.data_fresh(_facts(cache=cache))) is blocks


@pytest.mark.parametrize("cache", [None, {}, {"_metadata": {}}, {"_metadata": [1]}])
def test_a_cache_without_its_time_blocks(cache: Row | None) -> None:
    assert guards.data_fresh(_facts(cache=cache))


@pytest.mark.parametrize("stamp", [math.nan, "1767711600", None, True])
def test_a_time_that_is_not_a_number_blocks(stamp: object) -> None:
    assert guards.data_fresh(_facts(cache={"_metadata": {"last_update": stamp}}))


def test_no_guard_blocks_a_healthy_bot(home: Path, clock: Any) -> None:
    clock.now = NOW
    write_json("state/health.json", _snapshot(NOW, "YELLOW"))
    assert guards.first_block(_facts()) == ("", "")


@pytest.mark.parametrize(
    "health",
    [
        _snapshot(NOW, "RED"),
        _snapshot(NOW - 91, "GREEN"),
        _snapshot(NOW + 6, "GREEN"),
        {"readiness": "GREEN", "failure_points": {}},
        {"checked_at": NOW, "failure_points": {}},
        [],
    ],
)
def test_only_a_recent_good_word_of_the_monitor_lets_pass(
    home: Path, clock: Any, health: object
) -> None:
    clock.now = NOW
    write_json("state/health.json", health)
    assert guards.readiness(_facts())


def test_a_missing_word_of_the_monitor_blocks(home: Path) -> None:
    assert guards.first_block(_facts())[0] == "readiness"


def test_the_monitor_may_be_90_seconds_silent(home: Path, clock: Any) -> None:
    clock.now = NOW
    write_json("state/health.json", _snapshot(NOW - 90, "GREEN"))
    assert guards.readiness(_facts()) == ""


def test_a_red_watchdog_blocks_whatever_the_monitor_says(home: Path, clock: Any) -> None:
    clock.now = NOW
    write_json("state/health.json", _snapshot(NOW, "GREEN"))
    write_json("state/watchdog.json", _snapshot(NOW, "RED"))
    assert guards.readiness(_facts()) == "readiness is RED"


def test_the_mode_is_named_before_everything_else(home: Path) -> None:
    facts = _facts(mode="reduce_only", market="closed", cache=None)
    assert guards.first_block(facts)[0] == "broker"


@pytest.mark.parametrize("value", [True, {"active": True}, {"reason": "?"}, "no", 1, None])
def test_whatever_is_not_clearly_inactive_is_a_freeze(home: Path, value: object) -> None:
    write_json("state/governor_freezes.json", {"production_freeze": value})
    assert guards.freeze(_facts())


@pytest.mark.parametrize("value", [False, {"active": False}])
def test_an_inactive_freeze_lets_pass(home: Path, value: object) -> None:
    write_json("state/governor_freezes.json", {"production_freeze": value})
    assert guards.freeze(_facts()) == ""


def test_a_missing_freeze_file_does_not_freeze(home: Path) -> None:
    Path("state/governor_freezes.json").unlink()
    assert guards.freeze(_facts()) == ""


@pytest.mark.parametrize("name", ["governor_freezes.json", "pre_market_freeze.flag"])
def test_a_freeze_that_cannot_be_looked_at_is_a_freeze(home: Path, name: str) -> None:
    path = Path("state", name)
    path.unlink(missing_ok=True)
    path.symlink_to(name)
    assert guards.freeze(_facts())


# orders and instants


def test_size_and_price_of_an_entry() -> None:
    assert [shares(ask) for ask in (99.9, 250.0, 501.0)] == [5, 2, 1]
    assert limit_price(33.333) == 33.4


def test_only_two_refusals_can_be_adjusted() -> None:
    order = {"qty": "5", "limit_price": "10.01"}
    assert adjusted(order, "invalid limit_price. sub-penny increment") == {
        "qty": "5",
        "limit_price": "10.05",
    }
    assert adjusted(order, "insufficient buying power") == {"qty": "2", "limit_price": "10.01"}
    assert adjusted({"qty": "1"}, "insufficient buying power") is None
    assert adjusted(order, "asset is not tradable") is None


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-06T15:00:00.250000001Z",
        "2026-01-06 15:00:00.25+00:00",
        "2026-01-06T10:00:00.25-05:00",
        "2026-01-06 15:00:00.25",
    ],
)
def test_every_way_to_write_an_instant_is_read(text: str) -> None:
    assert epoch(text) == pytest.approx(NOW + 0.25)


def test_no_instant_is_an_error() -> None:
    with pytest.raises(ValueError, match="not an instant"):
        epoch("yesterday")
