from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.http.messages import AnswerLost
from tests.support.alpaca_bench import Bench


def status(bench: Bench, order: Any) -> str:
    return str(bench.get(f"orders/{order['id']}")["status"])


def refusal(bench: Bench, **more: Any) -> tuple[int, int, str]:
    answer = bench.order(more.pop("symbol", "AAPL"), more.pop("side", "buy"), **{"qty": 2, **more})
    body = answer.json()
    return answer.status, body.get("code", 0), body["message"]


def test_an_order_goes_from_pending_to_new_to_filled() -> None:
    bench = Bench()
    order = bench.post()
    seen = [order["status"]]
    for seconds in (0.05, 2):
        bench.wait(seconds)
        seen.append(status(bench, order))
    assert seen == ["pending_new", "new", "filled"]


def test_money_and_quantities_are_strings() -> None:
    bench = Bench()
    order = bench.post()
    bench.wait(3)
    shown = bench.get(f"orders/{order['id']}")
    assert (shown["qty"], shown["filled_qty"], shown["filled_avg_price"]) == ("2", "2", "100.01")
    assert bench.get("account")["cash"] == "49799.98"


def test_a_position_is_what_was_bought() -> None:
    bench = Bench()
    bench.post()
    bench.wait(3)
    [held] = bench.get("positions")
    assert (held["symbol"], held["qty"], held["side"]) == ("AAPL", "2", "long")


def test_the_engine_learns_when_something_happens_next() -> None:
    bench = Bench()
    assert bench.fake.next_due() is None
    bench.post()
    bench.wait(0.05)
    bench.fake.settle()
    due = bench.fake.next_due()
    assert due is not None
    assert 1.9 * SECOND < due - bench.time < 2 * SECOND


def test_a_fill_carries_the_instant_it_was_due_not_the_one_it_was_seen() -> None:
    bench = Bench()
    bench.post()
    start = bench.time
    bench.wait(100)
    assert bench.fake.fills[0].at == start + 2 * SECOND + SECOND // 50


def test_facts_tell_the_whole_story() -> None:
    bench = Bench()
    bench.post(client_order_id="one")
    bench.wait(3)
    bench.fake.settle()
    assert bench.kinds() == ["order.submitted", "order.filled"]
    submitted, filled = bench.facts[0][1], bench.facts[1][1]
    assert submitted["intent"] == "entry"
    assert submitted["notional"] == pytest.approx(200)
    assert submitted["sent_client_id"] is True
    assert filled["complete"] is True
    assert filled["client_order_id"] == "one"


def test_an_order_that_reduces_the_position_is_an_exit() -> None:
    bench = Bench()
    bench.fake.open_position("AAPL", 2, 90)
    bench.post(side="sell")
    assert bench.last("order.submitted")["intent"] == "exit"


def test_an_exit_that_a_pending_exit_has_already_made_is_refused_as_held() -> None:
    bench = Bench()
    bench.fake.open_position("AAPL", 2, 90)
    bench.post(side="sell")
    body = bench.post(side="sell")
    assert body["code"] == 40310000
    assert (body["available"], body["held_for_orders"]) == ("0", "2")
    assert len(body["related_orders"]) == 1
    assert bench.last("order.rejected")["reason"] == "held_for_orders"


def test_a_sell_of_more_than_is_held_is_refused() -> None:
    bench = Bench()
    bench.fake.open_position("AAPL", 2, 90)
    assert refusal(bench, side="sell", qty=3) == (
        403,
        40310000,
        "insufficient qty available for order (requested: 3, available: 2)",
    )


def test_a_short_sale_makes_a_negative_position() -> None:
    bench = Bench()
    bench.post(side="sell")
    bench.wait(3)
    assert bench.get("positions/AAPL")["qty"] == "-2"


def test_a_client_order_id_is_unique_for_ever() -> None:
    bench = Bench()
    order = bench.post(client_order_id="one")
    bench.call("DELETE", f"orders/{order['id']}")
    bench.wait(1)
    assert status(bench, order) == "canceled"
    assert refusal(bench, client_order_id="one") == (
        422,
        42210000,
        "client_order_id must be unique",
    )


def test_the_code_of_a_duplicate_can_be_chosen() -> None:
    bench = Bench(duplicate_code=40010001)
    bench.post(client_order_id="one")
    assert refusal(bench, client_order_id="one")[1] == 40010001


def test_without_a_client_order_id_nothing_is_deduplicated() -> None:
    bench = Bench()
    assert bench.post()["id"] != bench.post()["id"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"qty": 2000}, (403, 40310000, "insufficient buying power")),
        ({"symbol": "ZZZZ"}, (422, 42210000, 'asset "ZZZZ" not found')),
        ({"client_order_id": "x" * 129}, (422, 40010001, "client_order_id must be no more than")),
        (
            {"type": "limit", "limit_price": "100.123"},
            (422, 42210000, "invalid limit_price 100.12"),
        ),
        ({"qty": None}, (422, 40010001, "qty or notional is required")),
        ({"qty": "NaN"}, (422, 40010001, "qty must be > 0")),
        ({"qty": -1}, (422, 40010001, "qty must be > 0")),
        ({"notional": 5}, (422, 40010001, "only one of")),
        ({"type": "limit"}, (422, 40010001, "limit orders require")),
        ({"side": "hold"}, (422, 40010001, "invalid side")),
        ({"qty": "0.001"}, (403, 40310000, "cost basis must be >= minimal amount of order 1")),
        (
            {"side": "sell", "type": "stop", "stop_price": "101"},
            (422, 42210000, "stop price must be less than current price"),
        ),
    ],
)
def test_orders_the_broker_refuses(order: Any, expected: tuple[int, int, str]) -> None:
    status, code, message = refusal(Bench(), **order)
    assert (status, code) == expected[:2]
    assert message.startswith(expected[2])


def test_four_decimals_are_fine_below_a_dollar() -> None:
    order = Bench(prices={"PENNY": 0.5}).post("PENNY", qty=100, type="limit", limit_price="0.4001")
    assert order["limit_price"] == "0.4001"


def test_a_body_with_nan_is_not_json() -> None:
    assert Bench().order("AAPL", "buy", None, notional=float("nan")).status == 400


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"trading_blocked": True}, "account is restricted from trading"),
        ({"account_blocked": True}, "account is blocked"),
        ({"trade_suspended_by_user": True}, "new orders are rejected by user request"),
        ({"suspend_trade": True}, "new orders are rejected by user request"),
        ({"status": "ACTION_REQUIRED"}, "us_equity orders not allowed for account"),
        ({"buying_power": "100"}, "insufficient buying power"),
    ],
)
def test_account_flags_stop_entries_until_lifted(flags: Any, message: str) -> None:
    bench = Bench()
    control = bench.fake.set_account(**flags)
    assert refusal(bench)[2] == message
    assert control.met == 1
    control.lift()
    assert bench.post()["status"] == "pending_new"


def test_blocked_transfers_stop_nothing() -> None:
    bench = Bench()
    bench.fake.set_account(transfers_blocked=True)
    assert bench.post()["status"] == "pending_new"


@pytest.mark.parametrize("flag", [{"shorting_enabled": False}, {"no_shorting": True}])
def test_no_shorting_stops_shorts_only(flag: Any) -> None:
    bench = Bench()
    bench.fake.set_account(**flag)
    assert refusal(bench, side="sell")[2] == "account is not allowed to short"
    assert bench.post()["status"] == "pending_new"


def test_an_account_has_no_made_up_flags() -> None:
    with pytest.raises(TypeError, match="tradingblocked"):
        Bench().fake.set_account(tradingblocked=True)


def test_an_exit_against_a_resting_market_entry_is_a_wash_trade() -> None:
    bench = Bench()
    bench.fake.open_position("AAPL", 2, 90)
    bench.post()
    body = bench.post(side="sell")
    assert body["message"] == "potential wash trade detected. use complex orders"
    assert body["reject_reason"] == "opposite side market/stop order exists"


def test_an_untradable_asset_is_refused_and_counted() -> None:
    bench = Bench()
    control = bench.fake.set_asset("AAPL", tradable=False)
    assert refusal(bench)[2] == 'asset "AAPL" is not tradable'
    control.lift()
    assert (control.met, bench.post()["status"]) == (1, "pending_new")


def test_a_resting_limit_fills_when_the_price_comes() -> None:
    price = [100.0]
    bench = Bench(prices=lambda symbol, ns: price[0])
    order = bench.post(type="limit", limit_price="95")
    bench.wait(60)
    assert status(bench, order) == "new"
    price[0] = 94.0
    bench.wait(20)
    assert bench.get(f"orders/{order['id']}")["filled_avg_price"] == "94.01"


@pytest.mark.parametrize(("side", "quote"), [("buy", 100.01), ("sell", 99.99)])
def test_an_order_is_recorded_with_the_quote_that_it_meets(side: str, quote: float) -> None:
    bench = Bench()
    bench.fake.open_position("AAPL", 2, 90)
    bench.post(side=side)
    assert bench.last("order.submitted")["quote"] == quote


def test_a_stop_sells_once_the_price_is_through() -> None:
    price = [100.0]
    bench = Bench(prices=lambda symbol, ns: price[0])
    bench.fake.open_position("AAPL", 2, 90)
    order = bench.post(side="sell", type="stop", stop_price="95")
    bench.wait(60)
    assert status(bench, order) == "new"
    price[0] = 94.0
    bench.wait(20)
    assert status(bench, order) == "filled"


def test_an_immediate_order_that_finds_no_price_is_canceled() -> None:
    bench = Bench()
    order = bench.post(type="limit", limit_price="50", time_in_force="ioc")
    bench.wait(3)
    assert status(bench, order) == "canceled"


def test_a_notional_order_buys_for_the_dollars() -> None:
    bench = Bench()
    bench.post(qty=None, notional=500)
    bench.wait(3)
    assert bench.fake.positions["AAPL"].cost == pytest.approx(Decimal(500), abs=Decimal("1e-5"))


def test_outside_hours_an_order_parks_at_accepted_until_the_open() -> None:
    bench = Bench("2026-01-06T08:00:00-05:00")
    order = bench.post()
    bench.wait(3600)
    assert status(bench, order) == "accepted"
    bench.wait(1800 + 3)
    assert status(bench, order) == "filled"


def test_a_day_order_expires_at_the_close() -> None:
    bench = Bench("2026-01-06T15:59:59-05:00")
    order = bench.post()
    bench.wait(2)
    assert status(bench, order) == "expired"
    assert bench.kinds()[-1] == "order.expired"


def test_a_good_till_canceled_order_waits_for_the_next_session() -> None:
    bench = Bench("2026-01-06T15:59:59-05:00")
    order = bench.post(time_in_force="gtc")
    bench.wait(10)
    assert status(bench, order) == "new"
    bench.wait(18 * 3600)
    assert status(bench, order) == "filled"


def test_a_cancel_is_answered_at_once_and_done_a_moment_later() -> None:
    bench = Bench()
    order = bench.post()
    bench.wait(0.05)
    answer = bench.call("DELETE", f"orders/{order['id']}")
    assert (answer.status, answer.body) == (204, b"")
    assert status(bench, order) == "pending_cancel"
    bench.wait(0.05)
    assert status(bench, order) == "canceled"


def test_a_filled_order_cannot_be_canceled() -> None:
    bench = Bench()
    order = bench.post()
    bench.wait(3)
    answer = bench.call("DELETE", f"orders/{order['id']}")
    assert (answer.status, answer.json()["code"]) == (422, 42210000)


def test_a_cancel_can_be_refused() -> None:
    bench = Bench()
    order = bench.post()
    control = bench.fake.refuse_cancel(times=1)
    assert bench.call("DELETE", f"orders/{order['id']}").status == 422
    assert bench.call("DELETE", f"orders/{order['id']}").status == 204
    assert control.met == 1


def test_a_cancel_can_get_stuck_until_lifted() -> None:
    bench = Bench()
    bench.fake.never_fill()
    order = bench.post()
    control = bench.fake.refuse_cancel(stuck=True)
    bench.call("DELETE", f"orders/{order['id']}")
    bench.wait(600)
    assert status(bench, order) == "pending_cancel"
    control.lift()
    assert status(bench, order) == "canceled"
    assert control.met == 2


def test_a_replacement_is_a_new_order_with_a_new_id() -> None:
    bench = Bench()
    old = bench.post(type="limit", limit_price="90")
    bench.wait(1)
    answer = bench.call("PATCH", f"orders/{old['id']}", {"limit_price": "91"})
    new = answer.json()
    assert (answer.status, new["replaces"], new["limit_price"]) == (200, old["id"], "91")
    shown = bench.get(f"orders/{old['id']}")
    assert (shown["status"], shown["replaced_by"]) == ("replaced", new["id"])
    assert "order.replaced" in bench.kinds()


def test_an_order_that_is_not_yet_working_cannot_be_replaced() -> None:
    bench = Bench()
    order = bench.post()
    answer = bench.call("PATCH", f"orders/{order['id']}", {"qty": "5"})
    assert answer.json()["message"] == "unable to replace order in current state"


def test_the_list_shows_open_orders_newest_first() -> None:
    bench = Bench()
    bench.post(client_order_id="done")
    bench.wait(3)
    for name in ("a", "b"):
        bench.wait(0.1)
        bench.post(client_order_id=name)
    assert [o["client_order_id"] for o in bench.get("orders")] == ["b", "a"]
    assert [o["client_order_id"] for o in bench.get("orders?status=closed")] == ["done"]
    every = bench.get("orders?status=all&direction=asc&limit=2")
    assert [o["client_order_id"] for o in every] == ["done", "a"]


def test_after_and_until_are_exclusive() -> None:
    bench = Bench()
    order = bench.post()
    at = order["created_at"]
    assert bench.get(f"orders?status=all&after={at}") == []
    assert bench.get(f"orders?status=all&until={at}") == []
    assert len(bench.get(f"orders?status=all&until={at[:-1]}.000000001Z")) == 1
    assert len(bench.get("orders?status=all&after=2026-01-06T09:00:00-05:00")) == 1


def test_an_order_is_found_by_its_client_order_id() -> None:
    bench = Bench()
    order = bench.post(client_order_id="one")
    assert bench.get("orders:by_client_order_id?client_order_id=one")["id"] == order["id"]
    answer = bench.call("GET", "orders:by_client_order_id?client_order_id=two")
    assert answer.json() == {"code": 40410000, "message": "order not found for two"}


def test_closing_a_position_sells_all_of_it() -> None:
    bench = Bench()
    bench.fake.open_position("AAPL", 3, 90)
    order = bench.call("DELETE", "positions/AAPL").json()
    assert (order["side"], order["qty"]) == ("sell", "3")
    bench.wait(3)
    assert bench.call("GET", "positions/AAPL").json()["message"] == "position does not exist"


def test_a_part_of_a_position_can_be_closed() -> None:
    bench = Bench()
    bench.fake.open_position("AAPL", 4, 90)
    assert bench.call("DELETE", "positions/AAPL?percentage=50").json()["qty"] == "2"
    assert bench.call("DELETE", "positions/AAPL?qty=1").json()["qty"] == "1"


@pytest.mark.parametrize("path", ["orders?limit=many", "orders?status=filled", "orders?after=x"])
def test_a_list_with_an_unreadable_filter_is_refused(path: str) -> None:
    assert Bench().call("GET", path).status == 422


def test_closing_all_positions_cancels_what_holds_them() -> None:
    bench = Bench()
    bench.fake.open_position("AAPL", 3, 90)
    bench.post(side="sell", type="limit", limit_price="150")
    answer = bench.call("DELETE", "positions")
    assert [row["status"] for row in answer.json()] == [500]
    answer = bench.call("DELETE", "positions?cancel_orders=true")
    assert (answer.status, [row["status"] for row in answer.json()]) == (207, [200])


def test_canceling_all_orders_answers_per_order() -> None:
    bench = Bench()
    order = bench.post()
    answer = bench.call("DELETE", "orders")
    assert (answer.status, answer.json()) == (207, [{"id": order["id"], "status": 200}])


def test_a_lost_answer_is_lost_after_the_work_is_done() -> None:
    bench = Bench()
    control = bench.fake.lose_answers(1)
    body = {"symbol": "AAPL", "side": "buy", "type": "market", "time_in_force": "day", "qty": "1"}
    answer = bench.send("POST", "orders", {**body, "client_order_id": "one"})
    assert isinstance(answer, AnswerLost)
    assert (answer.response.status, control.met) == (200, 1)
    order = bench.get("orders:by_client_order_id?client_order_id=one")
    assert order["qty"] == "1"
    assert refusal(bench, client_order_id="one")[2] == "client_order_id must be unique"
