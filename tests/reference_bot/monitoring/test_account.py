"""Keys and buying power, in the bot and in the monitor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from pytest_fpharness.reference_bot.monitoring.checks import Pass
from pytest_fpharness.reference_bot.monitoring.checks.account import (
    buying_power_enough,
    keys_accepted,
    positions_reconciled,
)
from pytest_fpharness.reference_bot.monitoring.checks.broker import connection_up
from pytest_fpharness.reference_bot.monitoring.heals.account import SmallerOrders, TakeOver
from pytest_fpharness.reference_bot.monitoring.heals.config import NeedsPerson
from pytest_fpharness.reference_bot.trading.broker import is_refusal_of_keys
from pytest_fpharness.world.http.messages import json_response
from tests.reference_bot.trading.test_trader import Bot
from tests.support import monitoring_rig
from tests.support.monitoring_rig import Rig, make_rig


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Rig]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield make_rig(monkeypatch, tmp_path, mock)


@pytest.fixture
def bot(home: Path, outside: Any) -> Bot:
    outside.uw.only(["AAPL"])
    return Bot(outside)


def a_pass() -> Pass:
    return Pass(monitoring_rig.SETTINGS)


@pytest.mark.parametrize(
    ("status", "body", "refused"),
    [
        (401, {"message": "unauthorized."}, True),
        (401, None, True),
        (403, {"message": "forbidden."}, True),
        (403, {"code": 40310000, "message": "insufficient buying power"}, False),
        (403, None, False),
        (404, {"code": 40410000, "message": "401"}, False),
    ],
)
def test_what_refuses_the_keys(status: int, body: Any, refused: bool) -> None:
    assert is_refusal_of_keys(status, body) is refused


def test_refused_keys_are_not_a_broken_connection(rig: Rig) -> None:
    rig.clock_status = 401
    current = a_pass()
    assert keys_accepted(current).status == "ERROR"
    assert connection_up(current).status == "OK"


def test_the_keys_of_the_bot_count_as_well(rig: Rig) -> None:
    monitoring_rig.broker(authorized=False)
    assert keys_accepted(a_pass()).status == "ERROR"


def test_a_failing_broker_says_nothing_of_the_keys(rig: Rig) -> None:
    rig.clock_status = 503
    assert keys_accepted(a_pass()).status == "OK"


def test_the_bot_says_that_its_keys_are_refused(bot: Bot) -> None:
    bot.outside.alpaca.rotate_keys("other", "other")
    bot.cycle()
    assert (bot.status()["authorized"], bot.status()["reachable"]) == (False, True)
    assert "401" in Path("logs/bot.jsonl").read_text(encoding="utf-8")


def test_only_a_person_repairs_keys(rig: Rig) -> None:
    current = a_pass()
    assert NeedsPerson().possible(current, keys_accepted(current)) is False


def test_an_entry_is_cut_to_the_buying_power(bot: Bot) -> None:
    bot.outside.alpaca.set_account(buying_power=300)
    bot.cycle()
    assert [order.qty for order in bot.outside.alpaca.orders] == [1]


def test_no_order_without_buying_power_for_one_share(bot: Bot) -> None:
    bot.outside.alpaca.set_account(buying_power=10)
    bot.cycle()
    assert not bot.outside.alpaca.orders
    assert bot.decisions()[-1]["gate"] == "buying_power"


def test_an_unknown_buying_power_buys_nothing(bot: Bot) -> None:
    bot.outside.broken["GET", "/v2/account"] = json_response(200, {"buying_power": "?"})
    bot.cycle()
    assert bot.decisions()[-1]["gate"] == "buying_power"


def test_short_cycles_in_a_row_are_counted(bot: Bot) -> None:
    held = bot.outside.alpaca.set_account(buying_power=10)
    bot.minutes(2)
    assert bot.status()["short_cycles"] == 2
    held.lift()
    bot.cycle()
    assert bot.status()["short_cycles"] == 0


@pytest.mark.parametrize(
    ("account", "short", "status"),
    [
        ({"buying_power": "90000"}, 1, "OK"),
        ({"buying_power": "0"}, 2, "WARN"),
        ({"buying_power": "-0.01"}, 0, "ERROR"),
        ({}, 0, "WARN"),
    ],
)
def test_the_colour_of_the_buying_power(rig: Rig, account: Any, short: int, status: str) -> None:
    rig.account = account
    monitoring_rig.broker(short_cycles=short)
    assert buying_power_enough(a_pass()).status == status


def test_a_debt_needs_a_person_and_a_lack_does_not(rig: Rig) -> None:
    monitoring_rig.broker(short_cycles=2)
    assert SmallerOrders().waits(a_pass(), buying_power_enough(a_pass()))
    rig.account = {"buying_power": "-1"}
    assert not SmallerOrders().waits(a_pass(), buying_power_enough(a_pass()))


AAPL = {"local": 0.0, "broker": 3.0, "since": 1.0, "taken": False}


@pytest.mark.parametrize(("doubtful", "may"), [(False, True), (True, False)])
def test_a_difference_is_taken_over_unless_it_is_doubtful(
    rig: Rig, doubtful: bool, may: bool
) -> None:
    monitoring_rig.broker(mismatch={"AAPL": AAPL}, doubtful=doubtful)
    current = a_pass()
    finding = positions_reconciled(current)
    assert (finding.status, finding.values["differing"]) == ("ERROR", 1)
    assert TakeOver().possible(current, finding) is may


def test_what_was_taken_over_warns_until_it_is_acknowledged(rig: Rig) -> None:
    row = {"ts": rig.clock.now, "symbol": "AAPL", "local": 0.0, "broker": 3.0}
    monitoring_rig.broker(mismatch={}, reconciled=[row])
    finding = positions_reconciled(a_pass())
    assert (finding.status, TakeOver().possible(a_pass(), finding)) == ("WARN", False)
    monitoring_rig.write("state/acks.json", {"FP-4.5": rig.clock.now})
    assert positions_reconciled(a_pass()).status == "OK"


def test_it_is_healed_when_a_later_look_agrees(rig: Rig) -> None:
    monitoring_rig.broker(mismatch={}, compared_at=rig.clock.now)
    assert not TakeOver().verify(a_pass(), rig.clock.now)
    assert TakeOver().verify(a_pass(), rig.clock.now - 1)
