"""The bot's whole cycle against the fake broker and data vendor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from pytest_fpharness.reference_bot.files import read_json, read_lines, write_json
from pytest_fpharness.reference_bot.flow.daemon import Daemon
from pytest_fpharness.reference_bot.trading import books, guards
from pytest_fpharness.reference_bot.trading.trader import Trader
from pytest_fpharness.world.http.messages import json_response, text_response

Row = dict[str, Any]


def snapshot(now: float, readiness: str) -> Row:
    """A snapshot as the monitor writes it."""
    return {"checked_at": now, "readiness": readiness, "failure_points": {}}


class Bot:
    """A daemon and a trader in a home; `minute` runs one of each and lets a minute pass."""

    def __init__(self, outside: Any) -> None:
        self.outside, self.clock = outside, outside.clock
        self.daemon, self.trader = Daemon(), Trader()

    def cycle(self) -> Row:
        """One poll and one cycle; the record of the cycle."""
        write_json("state/health.json", snapshot(self.clock.now, "GREEN"))
        self.daemon.poll()
        self.clock.now += 1
        self.trader.cycle()
        return self.record()

    def minutes(self, count: int = 1) -> None:
        for _ in range(count):
            self.cycle()
            self.clock.now += 59

    def record(self) -> Row:
        return read_lines("logs/cycles.jsonl")[-1]

    def decisions(self) -> list[Row]:
        return read_lines("logs/decisions.jsonl")

    def status(self) -> Row:
        content: Row = read_json("state/broker_status.json")
        return content

    def intents(self) -> dict[str, Row]:
        content: dict[str, Row] = read_json("state/intents.json")
        return content


@pytest.fixture
def bot(home: Path, outside: Any) -> Bot:
    made = Bot(outside)
    # A known symbol with bullish flow in every minute of the tests' first quarter of an hour.
    outside.uw.only(["AAPL"])
    return made


def test_strong_flow_is_bought(bot: Bot) -> None:
    record = bot.cycle()
    assert (record["ok"], record["entered"], record["guard"], record["error"]) == (True, 1, "", "")
    assert [order.symbol for order in bot.outside.alpaca.orders] == ["AAPL"]


def test_an_entry_costs_six_requests_and_later_cycles_three(bot: Bot) -> None:
    bot.cycle()
    broker = [path for _, path in bot.outside.requests if path.startswith("/v2/")]
    reads = ["/v2/positions", "/v2/orders", "/v2/account"]
    assert broker == [*reads, "/v2/clock", "/v2/stocks/quotes/latest", "/v2/orders"]
    bot.clock.now += 59
    bot.cycle()
    assert bot.outside.requests[-3:] == [("GET", path) for path in reads]


def test_a_fill_is_booked_once_with_its_cooldown_and_position(bot: Bot) -> None:
    bot.minutes(3)
    fill = bot.outside.alpaca.fills[0]
    (trade,) = read_lines("logs/trades.jsonl")
    assert (trade["symbol"], trade["side"], trade["qty"]) == ("AAPL", "buy", float(fill.qty))
    position = read_json("state/positions.json")["AAPL"]
    assert position["qty"] == trade["qty"]
    assert read_json("state/cooldowns.json")["AAPL"] == position["entry_fill_ts"]
    assert [row["state"] for row in bot.intents().values()] == ["done"]


def test_repeated_flow_is_blocked_by_the_cooldown(bot: Bot) -> None:
    bot.minutes(2)
    assert [(d["decision"], d["gate"]) for d in bot.decisions()] == [
        ("enter", ""),
        ("block", "cooldown"),
    ]


def test_the_cooldown_survives_a_restart_and_a_lost_file(bot: Bot) -> None:
    bot.minutes(2)
    write_json("state/cooldowns.json", {})
    bot.trader = Trader()
    bot.cycle()
    assert bot.decisions()[-1]["gate"] == "cooldown"


def test_a_position_is_sold_after_eight_cycles_and_leaves_the_books(bot: Bot) -> None:
    bot.minutes(11)
    sides = [order.side for order in bot.outside.alpaca.orders]
    assert sides == ["buy", "sell"]
    assert read_json("state/positions.json") == {}
    assert [t["side"] for t in read_lines("logs/trades.jsonl")] == ["buy", "sell"]
    assert sum(row["exits"] for row in read_lines("logs/cycles.jsonl")) == 1


def test_a_displacing_entry_is_paid_with_what_the_sale_has_freed(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_POSITIONS", "1")
    bot.trader = Trader()
    bot.minutes(4)
    account = bot.outside.alpaca.account_book
    # Nothing can be bought until the only position is sold.
    account.ledger.cash = -account.numbers()["long_market_value"] / 2
    assert account.numbers()["buying_power"] == 0
    write_json("state/health.json", snapshot(bot.clock.now, "GREEN"))
    bot.trader.inject({"symbol": "UBER", "score": 6.0, "side": "buy"})
    assert bot.decisions()[-1]["decision"] == "enter", bot.decisions()[-1]
    bought = [(order.side, order.symbol) for order in bot.outside.alpaca.orders]
    assert bought == [("buy", "AAPL"), ("sell", "AAPL"), ("buy", "UBER")]
    paths = [path for method, path in bot.outside.requests if method == "GET" or "orders" in path]
    assert paths[-3:] == ["/v2/account", "/v2/stocks/quotes/latest", "/v2/orders"]


# guards


def _freeze(bot: Bot) -> None:
    write_json("state/governor_freezes.json", {"production_freeze": {"active": True}})


def _flag(bot: Bot) -> None:
    Path("state/pre_market_freeze.flag").write_text("stop", encoding="utf-8")


def _torn_freeze(bot: Bot) -> None:
    Path("state/governor_freezes.json").write_text('{"production', encoding="utf-8")


def _torn_positions(bot: Bot) -> None:
    Path("state/positions.json").write_text("[]", encoding="utf-8")


def _no_weights(bot: Bot) -> None:
    write_json("state/signal_weights.json", {"weight_bands": {}})


def _closed(bot: Bot) -> None:
    bot.outside.alpaca.close_market()


@pytest.mark.parametrize(
    ("spoil", "guard"),
    [
        (_freeze, "freeze"),
        (_flag, "freeze"),
        (_torn_freeze, "freeze"),
        (_torn_positions, "state"),
        (_no_weights, "weights"),
        (_closed, "market_closed"),
    ],
)
def test_a_guard_blocks_every_candidate_by_name(
    bot: Bot, spoil: Callable[[Bot], None], guard: str
) -> None:
    spoil(bot)
    assert bot.cycle()["guard"] == guard
    assert [(d["decision"], d["gate"]) for d in bot.decisions()] == [("block", guard)]
    assert bot.outside.alpaca.orders == []


def test_an_unreadable_state_file_is_left_for_the_monitor(bot: Bot) -> None:
    _torn_positions(bot)
    bot.cycle()
    assert Path("state/positions.json").read_text(encoding="utf-8") == "[]"


def test_a_red_monitor_blocks(bot: Bot) -> None:
    bot.daemon.poll()
    write_json("state/health.json", snapshot(bot.clock.now, "RED"))
    bot.trader.cycle()
    assert bot.record()["guard"] == "readiness"


def test_an_exit_goes_through_every_freeze(bot: Bot) -> None:
    bot.minutes(2)
    for spoil in (_freeze, _flag, _torn_positions, _no_weights):
        spoil(bot)
    Path("state/cooldowns.json").unlink()
    Path("state/intents.json").unlink()
    bot.minutes(9)
    assert [order.side for order in bot.outside.alpaca.orders] == ["buy", "sell"]


def test_a_cycle_without_a_cache_names_the_guard(bot: Bot) -> None:
    write_json("state/health.json", snapshot(bot.clock.now, "GREEN"))
    bot.trader.cycle()
    assert (bot.record()["guard"], bot.record()["candidates"]) == ("data_fresh", 0)


# every path leaves one record


def test_an_exception_leaves_one_record_and_no_heartbeat(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_json("state/bot_heartbeat.json")

    def broken(facts: guards.Facts) -> str:
        raise RuntimeError("boom")

    monkeypatch.setitem(guards.GUARDS, "freeze", broken)
    record = bot.cycle()
    assert (record["ok"], record["error"]) == (False, "RuntimeError: boom")
    assert len(read_lines("logs/cycles.jsonl")) == 1
    assert read_json("state/bot_heartbeat.json") == before


def test_a_finished_cycle_beats_the_heart(bot: Bot) -> None:
    bot.cycle()
    beat = read_json("state/bot_heartbeat.json")
    assert (beat["cycle"], beat["finished_at"]) == (1, bot.clock.now)


# the broker cannot be reached


def test_three_failed_cycles_allow_exits_only_until_a_reconciliation(bot: Bot) -> None:
    bot.outside.broken["GET", "/v2/positions"] = requests.exceptions.ConnectTimeout()
    modes = []
    for _ in range(3):
        bot.minutes()
        modes.append(bot.status()["mode"])
    assert modes == ["normal", "normal", "reduce_only"]
    assert {d["gate"] for d in bot.decisions()} == {"broker"}
    assert bot.record()["guard"] == "broker_unreachable"
    bot.outside.broken.clear()
    assert bot.cycle()["entered"] == 1
    assert bot.status()["mode"] == "normal"


def test_a_get_is_repeated_with_growing_pauses(bot: Bot) -> None:
    bot.outside.broken["GET", "/v2/positions"] = text_response(503, "<html>")
    bot.cycle()
    assert bot.clock.slept == [1.0, 2.0, 4.0]
    assert bot.outside.made("GET", "/v2/positions") == 4


def test_wrong_keys_are_not_repeated(bot: Bot) -> None:
    bot.outside.alpaca.rotate_keys("other", "other")
    assert "HTTP 401" in bot.cycle()["error"]
    assert bot.clock.slept == []


def test_a_rate_limit_is_waited_out(bot: Bot) -> None:
    reset = {"X-RateLimit-Reset": str(int(bot.clock.now) + 10)}
    limited = json_response(429, {"code": 42910000, "message": "rate limit exceeded"}, reset)
    bot.outside.broken["GET", "/v2/positions"] = limited
    bot.cycle()
    assert bot.clock.slept[0] == pytest.approx(9)


def test_an_empty_answer_of_another_shape_is_not_flat(bot: Bot) -> None:
    bot.minutes(2)
    bot.outside.broken["GET", "/v2/positions"] = json_response(200, {})
    bot.cycle()
    assert "expected a list" in bot.record()["error"]
    assert set(read_json("state/positions.json")) == {"AAPL"}


def ask_to_take_over(bot: Bot) -> None:
    write_json("state/reconcile_request.json", {"ts": bot.clock.now})


def test_an_empty_list_is_not_believed_while_the_account_is_invested(bot: Bot) -> None:
    bot.minutes(2)
    bot.outside.broken["GET", "/v2/positions"] = json_response(200, [])
    bot.minutes()
    ask_to_take_over(bot)
    bot.minutes(2)
    assert set(read_json("state/positions.json")) == {"AAPL"}
    assert bot.status()["doubtful"]


def test_a_position_that_is_gone_is_dropped_once_asked_for(bot: Bot) -> None:
    bot.minutes(2)
    bot.outside.alpaca.close_position("AAPL")
    bot.minutes()
    assert set(read_json("state/positions.json")) == {"AAPL"}
    ask_to_take_over(bot)
    bot.minutes()
    assert read_json("state/positions.json") == {}
    assert set(bot.status()["mismatch"]) == {"AAPL"}
    bot.minutes()
    assert bot.status()["mismatch"] == {}


def test_one_empty_list_among_good_ones_changes_nothing(bot: Bot) -> None:
    bot.minutes(2)
    looks = [json_response(200, [])]
    fake = bot.outside.alpaca.trading
    bot.outside.alpaca.trading = lambda request: (
        looks.pop() if looks and request.path == "/v2/positions" else fake(request)
    )
    bot.cycle()
    assert (bot.status()["mismatch"], set(read_json("state/positions.json"))) == ({}, {"AAPL"})


def test_a_fill_that_the_list_of_positions_hides_is_kept(bot: Bot) -> None:
    bot.minutes()
    bot.outside.broken["GET", "/v2/positions"] = json_response(200, [])
    bot.minutes()
    assert read_json("state/positions.json")["AAPL"]["qty"] > 0


def test_positions_restored_from_an_older_copy_are_explained_by_the_own_fills(bot: Bot) -> None:
    bot.minutes(2)
    write_json("state/positions.json", {})
    bot.minutes()
    assert (bot.status()["mismatch"], set(read_json("state/positions.json"))) == ({}, {"AAPL"})


# orders


def test_a_lost_answer_is_looked_up_and_not_sent_again(bot: Bot) -> None:
    bot.outside.alpaca.lose_answers(times=1)
    assert bot.cycle()["entered"] == 1
    assert bot.outside.made("POST", "/v2/orders") == 1
    assert bot.outside.made("GET", "orders:by_client_order_id") == 1
    (intent,) = bot.intents().values()
    assert (intent["state"], intent["order_id"]) == ("sent", bot.outside.alpaca.orders[0].id)


def test_an_order_that_never_arrived_is_given_up_after_a_minute(bot: Bot) -> None:
    bot.outside.broken["POST", "/v2/orders"] = text_response(504, "")
    states, sent = [], []
    for _ in range(3):
        bot.cycle()
        sent.append(bot.outside.made("POST", "/v2/orders"))
        states.append(next(iter(bot.intents().values()))["state"])
        bot.clock.now += 30
    assert states == ["unknown", "unknown", "rejected"]
    # Only then is the signal, which still repeats, tried anew.
    assert sent == [1, 1, 2]


def test_an_order_in_flight_blocks_the_symbol(bot: Bot) -> None:
    bot.outside.alpaca.never_fill()
    bot.minutes(2)
    assert bot.decisions()[-1]["gate"] == "position"
    assert len(bot.outside.alpaca.orders) == 1


def test_a_final_refusal_is_recorded_and_not_repeated(bot: Bot) -> None:
    bot.outside.alpaca.reject_orders("asset_not_tradable")
    bot.cycle()
    assert bot.outside.made("POST", "/v2/orders") == 1
    status = bot.status()
    (rejection,) = status["rejections"]
    assert (rejection["code"], rejection["retried"]) == (42210000, False)
    assert (status["reject_streak"], status["streak_symbols"]) == (1, ["AAPL"])


@pytest.mark.parametrize("reason", ["sub_penny", "insufficient_buying_power"])
def test_an_adjustable_refusal_is_tried_once_more_under_a_new_name(bot: Bot, reason: str) -> None:
    control = bot.outside.alpaca.reject_orders(reason)
    bot.cycle()
    names = list(bot.intents())
    assert (len(names), control.met) == (2, 2)
    assert names[1] == f"{names[0]}-r1"
    assert [r["retried"] for r in bot.status()["rejections"]] == [True, False]


def test_a_rejection_is_logged_and_known_before_the_cycle_ends(bot: Bot) -> None:
    bot.outside.alpaca.reject_orders("asset_not_tradable")
    bot.trader._finish = lambda now: None  # type: ignore[method-assign]
    bot.cycle()
    (line,) = read_lines("logs/bot.jsonl")
    assert (line["event"], line["symbol"], line["intent"]) == ("order rejected", "AAPL", "entry")
    assert (bot.status()["rejected_total"], bot.status()["reject_streak"]) == (1, 1)


def test_a_retry_of_the_same_cycle_does_not_end_the_streak(bot: Bot) -> None:
    bot.outside.alpaca.reject_orders("sub_penny", times=1)
    bot.minutes(2)
    assert [order.status for order in bot.outside.alpaca.orders] == ["filled"]
    assert (bot.status()["reject_streak"], bot.status()["last_accepted"]) == (1, None)


def test_a_refused_exit_counts_until_it_is_taken(bot: Bot) -> None:
    control = bot.outside.alpaca.reject_orders("held_for_orders", intent="exit")
    bot.minutes(12)
    assert bot.status()["exits_refused"]["AAPL"] == control.met >= 2
    control.lift()
    bot.minutes(2)
    assert bot.status()["exits_refused"] == {}


def test_less_buying_power_halves_the_order(bot: Bot) -> None:
    bot.outside.alpaca.reject_orders("insufficient_buying_power", times=1)
    bot.cycle()
    first, second = bot.intents().values()
    assert second["qty"] == first["qty"] // 2
    assert second["state"] == "sent"


def test_late_rejections_make_a_streak_and_a_fill_ends_it(bot: Bot) -> None:
    control = bot.outside.alpaca.reject_orders("asset_not_tradable", asynchronous=True)
    bot.minutes(4)
    assert bot.status()["reject_streak"] == 3
    control.lift()
    bot.minutes(2)
    assert bot.status()["reject_streak"] == 0


def test_a_bad_quote_blocks(bot: Bot) -> None:
    bot.outside.alpaca.set_quote("AAPL", 0, 250)
    bot.cycle()
    assert [(d["gate"], d["reason"]) for d in bot.decisions()] == [("quote", "one-sided quote")]


def test_an_open_order_in_the_way_of_an_exit_is_cancelled_first(bot: Bot) -> None:
    bot.outside.alpaca.fill_partially(0.5)
    refusal = bot.outside.alpaca.reject_orders("held_for_orders", intent="exit", times=1)
    bot.minutes(11)
    assert refusal.met == 1
    entry, closing = bot.outside.alpaca.orders
    assert (entry.status, closing.side) == ("canceled", "sell")


# the books


def test_a_fill_in_parts_is_booked_in_parts(bot: Bot) -> None:
    rest = bot.outside.alpaca.fill_partially(0.5)
    bot.minutes(2)
    rest.lift()
    bot.minutes()
    lines = read_lines("logs/trades.jsonl")
    assert len(lines) == 2
    assert sum(line["qty"] for line in lines) == float(bot.outside.alpaca.orders[0].qty)


def test_a_restart_books_no_fill_twice(bot: Bot) -> None:
    bot.minutes(2)
    bot.trader = Trader()
    bot.minutes()
    assert len(read_lines("logs/trades.jsonl")) == 1


def test_an_order_sent_just_before_a_crash_is_found_again(bot: Bot) -> None:
    bot.cycle()
    (name,) = bot.intents()
    torn = {name: bot.intents()[name] | {"order_id": None}}
    write_json("state/intents.json", torn)
    bot.trader = Trader()
    bot.clock.now += 59
    bot.cycle()
    assert bot.intents()[name]["order_id"] == bot.outside.alpaca.orders[0].id
    assert len(bot.outside.alpaca.orders) == 1


def test_a_position_of_another_hand_is_adopted_once_asked_for(bot: Bot) -> None:
    bot.outside.alpaca.open_position("MSFT", 3)
    bot.minutes()
    assert bot.status()["mismatch"]["MSFT"]["local"] == 0
    assert bot.decisions()[-1]["gate"] == "reconciled"
    write_json("state/reconcile_request.json", {"ts": bot.clock.now})
    bot.cycle()
    adopted = read_json("state/positions.json")["MSFT"]
    assert (adopted["qty"], adopted["side"], adopted["client_order_id"]) == (3, "long", None)
    assert adopted["entry_fill_ts"] == bot.record()["ts"]


def test_a_full_disk_stops_an_entry(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill_disk(monkeypatch)
    assert "No space left" in bot.cycle()["error"]
    assert bot.outside.made("POST", "/v2/orders") == 0


def test_a_full_disk_stops_no_exit(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    bot.minutes(9)
    _fill_disk(monkeypatch)
    bot.minutes()
    assert [order.side for order in bot.outside.alpaca.orders] == ["buy", "sell"]


def _fill_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the books read-only."""

    def full(path: str, content: object) -> None:
        raise OSError(28, "No space left on device", path)

    monkeypatch.setattr(books, "write_json", full)
    monkeypatch.setattr(books, "append_line", full)


def test_a_fill_that_cannot_be_logged_blocks_entries_and_is_logged_later(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.minutes()
    with monkeypatch.context() as patch:
        _fill_disk(patch)
        bot.minutes()
    assert read_lines("logs/trades.jsonl") == []
    assert bot.record()["guard"] == "state"
    bot.minutes()
    assert [line["side"] for line in read_lines("logs/trades.jsonl")] == ["buy"]


def test_one_exit_is_in_flight_at_a_time(bot: Bot) -> None:
    bot.minutes(8)
    bot.outside.alpaca.never_fill()
    bot.minutes(4)
    assert [order.side for order in bot.outside.alpaca.orders] == ["buy", "sell"]


def test_with_one_order_unknown_no_other_is_sent_in_the_cycle(bot: Bot) -> None:
    bot.outside.uw.repeat(["MSFT"])
    bot.outside.broken["POST", "/v2/orders"] = text_response(504, "")
    bot.cycle()
    assert bot.outside.made("POST", "/v2/orders") == 1
    assert [(d["decision"], d["gate"]) for d in bot.decisions()] == [
        ("enter", ""),
        ("block", "order"),
    ]
