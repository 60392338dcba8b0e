from __future__ import annotations

import pytest

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.alpaca.errors import ERRORS, answer
from tests.support.alpaca_bench import Bench


def test_a_rejection_comes_from_the_error_table() -> None:
    bench = Bench()
    control = bench.fake.reject_orders("sub_penny")
    response = bench.order("AAPL", "buy", 2)
    assert (response.status, response.json()["code"], control.met) == (422, 42210000, 1)
    facts = bench.last("order.rejected")
    assert (facts["reason"], facts["sync"], facts["intent"]) == ("sub_penny", True, "entry")


def test_an_unknown_reason_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="sub_penny"):
        Bench().fake.reject_orders("subpenny")


def test_rejections_are_bounded_by_times() -> None:
    bench = Bench()
    control = bench.fake.reject_orders("wash_trade", times=2)
    assert [bench.order("AAPL", "buy", 1).status for _ in range(3)] == [403, 403, 200]
    assert (control.met, control.active) == (2, False)


def test_rejections_are_bounded_by_symbol() -> None:
    bench = Bench()
    bench.fake.reject_orders("asset_not_tradable", symbols=["AAPL"])
    assert [bench.order(s, "buy", 1).status for s in ("AAPL", "MSFT")] == [422, 200]


def test_rejections_are_bounded_by_intent() -> None:
    bench = Bench()
    bench.fake.open_position("AAPL", 2, 90)
    bench.fake.reject_orders("held_for_orders", intent="exit")
    assert bench.order("MSFT", "buy", 1).status == 200
    body = bench.post(side="sell")
    assert (body["available"], body["held_for_orders"]) == ("0", "2")
    assert bench.last("order.rejected")["intent"] == "exit"


def test_an_asynchronous_rejection_has_no_reason_for_the_client() -> None:
    bench = Bench()
    control = bench.fake.reject_orders("not_allowed_to_short", times=1, asynchronous=True)
    order = bench.post()
    bench.wait(1)
    shown = bench.get(f"orders/{order['id']}")
    assert (shown["status"], "reject_reason" in shown, control.met) == ("rejected", False, 1)
    facts = bench.last("order.rejected")
    assert (facts["reason"], facts["sync"]) == ("not_allowed_to_short", False)
    assert bench.post()["status"] == "pending_new"


def test_the_code_of_a_rejection_can_be_chosen() -> None:
    bench = Bench()
    bench.fake.reject_orders("client_order_id_not_unique", code=40010001)
    assert bench.post()["code"] == 40010001


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_every_row_makes_an_answer(name: str) -> None:
    response = answer(name)
    assert response.status == ERRORS[name].status
    assert b"{" not in response.body or response.json()["message"]


def test_unauthorized_has_no_code_and_ends_in_a_newline() -> None:
    assert answer("unauthorized").body == b'{"message":"unauthorized."}\n'


def test_a_late_fill_is_met_between_the_usual_and_the_late_instant() -> None:
    bench = Bench()
    control = bench.fake.fill_after(60 * SECOND)
    order = bench.post()
    bench.wait(1)
    bench.get(f"orders/{order['id']}")
    assert control.met == 0
    bench.wait(10)
    assert bench.get(f"orders/{order['id']}")["status"] == "new"
    assert control.met == 1
    bench.wait(60)
    assert bench.get(f"orders/{order['id']}")["status"] == "filled"
    assert control.met == 1


def test_a_fill_can_be_put_at_an_instant() -> None:
    bench = Bench()
    bench.post()
    bench.wait(1)
    bench.fake.settle()
    instant = bench.time + 30 * SECOND
    bench.fake.fill_at(instant, "AAPL")
    bench.wait(60)
    assert bench.fake.fills[0].at == instant


def test_a_partial_fill_waits_for_its_rest_until_lifted() -> None:
    bench = Bench()
    control = bench.fake.fill_partially(0.4)
    order = bench.post(qty=6)
    bench.wait(300)
    shown = bench.get(f"orders/{order['id']}")
    assert (shown["status"], shown["filled_qty"]) == ("partially_filled", "2")
    assert bench.last("order.filled")["complete"] is False
    control.lift()
    shown = bench.get(f"orders/{order['id']}")
    assert (shown["status"], shown["filled_qty"], control.met) == ("filled", "6", 1)


def test_a_partially_filled_order_keeps_its_part_when_canceled() -> None:
    bench = Bench()
    bench.fake.fill_partially(0.5)
    order = bench.post(qty=4)
    bench.wait(5)
    bench.call("DELETE", f"orders/{order['id']}")
    bench.wait(1)
    shown = bench.get(f"orders/{order['id']}")
    assert (shown["status"], shown["filled_qty"]) == ("canceled", "2")
    assert bench.get("positions/AAPL")["qty"] == "2"


def test_a_fill_that_never_comes_is_met_by_readers_of_positions_too() -> None:
    bench = Bench()
    control = bench.fake.never_fill("AAPL")
    bench.post()
    bench.post("MSFT")
    bench.wait(600)
    assert [p["symbol"] for p in bench.get("positions")] == ["MSFT"]
    assert control.met == 1


def test_reading_by_the_harness_is_not_a_witness() -> None:
    bench = Bench()
    control = bench.fake.never_fill()
    bench.post()
    bench.wait(600)
    assert (bench.fake.orders[0].status, bench.fake.account["status"]) == ("new", "ACTIVE")
    assert control.met == 0


def test_the_broker_can_cancel_by_itself() -> None:
    bench = Bench()
    order = bench.post()
    control = bench.fake.cancel_orders("AAPL")
    assert bench.get(f"orders/{order['id']}")["status"] == "canceled"
    assert (control.met, bench.kinds()[-1]) == (1, "order.canceled")


def test_a_foreign_position_costs_money_and_goes_when_lifted() -> None:
    bench = Bench()
    control = bench.fake.open_position("AAPL", 10, 90)
    account = bench.get("account")
    assert (account["cash"], account["equity"]) == ("49100", "50100")
    bench.get("positions")
    assert control.met == 1
    control.lift()
    assert bench.get("positions") == []


def test_a_position_can_vanish_behind_the_bots_back() -> None:
    bench = Bench()
    bench.fake.open_position("AAPL", 10, 90)
    order = bench.post(side="sell", type="limit", qty=10, limit_price="150")
    control = bench.fake.close_position("AAPL")
    assert bench.get("positions") == []
    assert bench.get(f"orders/{order['id']}")["status"] == "canceled"
    assert control.met == 2


def test_the_account_shows_its_overrides_and_counts_readers() -> None:
    bench = Bench()
    control = bench.fake.set_account(status="ACCOUNT_CLOSED", buying_power="99.99")
    account = bench.get("account")
    assert (account["status"], account["buying_power"], control.met) == (
        "ACCOUNT_CLOSED",
        "99.99",
        1,
    )
    control.lift()
    assert bench.get("account")["buying_power"] == "100000"


def test_day_trade_fields_are_there_in_the_old_profile_only() -> None:
    assert "pattern_day_trader" not in Bench().get("account")
    assert Bench(legacy_pdt=True).get("account")["pattern_day_trader"] is False


def test_pending_entries_use_buying_power() -> None:
    bench = Bench()
    bench.post(qty=100)
    assert bench.get("account")["buying_power"] == "90000"


def test_configurations_can_be_changed_by_the_client() -> None:
    bench = Bench()
    answer = bench.call("PATCH", "account/configurations", {"suspend_trade": True})
    assert answer.json()["suspend_trade"] is True
    assert bench.get("account")["trade_suspended_by_user"] is True
    assert bench.order("AAPL", "buy", 1).status == 403


def test_a_halted_symbol_has_no_quote_and_no_fill() -> None:
    bench = Bench()
    control = bench.fake.halt("AAPL")
    order = bench.post()
    bench.wait(60)
    quote = bench.get("stocks/AAPL/quotes/latest")["quote"]
    assert (quote["bp"], quote["ap"], control.met) == (0, 0, 1)
    assert bench.get("stocks/AAPL/trades/latest")["trade"]["t"] == "2026-01-06T15:00:00Z"
    assert bench.get(f"orders/{order['id']}")["status"] == "new"
    control.lift()
    bench.wait(30)
    assert bench.get(f"orders/{order['id']}")["status"] == "filled"


def test_a_pinned_quote_keeps_its_age() -> None:
    bench = Bench()
    control = bench.fake.set_quote("AAPL", 101, 100.5, age_ns=960 * SECOND)
    bench.wait(600)
    quote = bench.get("stocks/AAPL/quotes/latest")["quote"]
    assert (quote["bp"], quote["ap"], quote["t"]) == (101, 100.5, "2026-01-06T14:54:00Z")
    bench.get("stocks/MSFT/quotes/latest")
    assert control.met == 1


def test_an_unscheduled_closure_is_in_the_clock_but_not_in_the_calendar() -> None:
    bench = Bench()
    control = bench.fake.close_market()
    assert bench.get("clock")["is_open"] is False
    day = "2026-01-06"
    assert bench.get(f"calendar?start={day}&end={day}")[0]["open"] == "09:30"
    order = bench.post()
    bench.wait(600)
    assert bench.get(f"orders/{order['id']}")["status"] == "accepted"
    control.lift()
    bench.wait(3)
    assert bench.get(f"orders/{order['id']}")["status"] == "filled"
    assert control.met == 1


def test_the_rate_limit_can_be_nearly_used_up() -> None:
    bench = Bench()
    control = bench.fake.rate_limit(1, bench.time + 45 * SECOND)
    assert [bench.call("GET", "clock").status for _ in range(3)] == [200, 429, 429]
    bench.wait(45)
    assert bench.call("GET", "clock").status == 200
    assert control.met == 3


def test_two_hundred_requests_a_minute_and_no_more() -> None:
    bench = Bench()
    answers = [bench.call("GET", "clock") for _ in range(201)]
    assert [a.status for a in answers[198:]] == [200, 200, 429]
    assert answers[0].headers["X-RateLimit-Remaining"] == "199"
    assert answers[200].json()["code"] == 42910000
    bench.wait(60)
    assert bench.call("GET", "clock").status == 200


def test_wrong_keys_are_unauthorized_on_both_hosts() -> None:
    bench = Bench()
    bench.fake.rotate_keys("other", "pair")
    assert bench.call("GET", "account").status == 401
    assert bench.call("GET", "stocks/AAPL/quotes/latest").status == 401


def test_an_unknown_route_is_recorded() -> None:
    bench = Bench()
    answer = bench.call("GET", "v3/nothing")
    assert (answer.status, answer.json()) == (404, {"message": "Not found"})
    assert bench.last("http.unknown_route")["path"] == "/v2/v3/nothing"


def test_the_same_seed_gives_the_same_ids() -> None:
    first, second = Bench(), Bench()
    assert first.post()["id"] == second.post()["id"]
