"""Faults of the account: what they change, and that they take it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.faults import FAULTS
from pytest_fpharness.model.layout import FileBinding, Layout
from pytest_fpharness.signals import SIGNALS
from pytest_fpharness.world.http.messages import HttpRequest
from pytest_fpharness.world.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(str(tmp_path), Layout(files={"state.positions": FileBinding("positions.json")}))


def read(world: World, signal: str, argument: str = "") -> Any:
    reader = SIGNALS[signal].read
    assert reader is not None
    return reader(world, argument)


def look(world: World) -> int:
    keys = {"APCA-API-KEY-ID": "broker_key", "APCA-API-SECRET-KEY": "broker_secret"}
    headers = {header: world.secrets[role] for header, role in keys.items()}
    url = "https://paper-api.alpaca.markets/v2/account"
    answer: Any = world.alpaca.trading(HttpRequest("GET", url, headers))
    return int(answer.status)


def test_revoked_keys_are_refused_until_it_is_undone(world: World) -> None:
    fault = FAULTS["broker.revoke_keys"](world, {})
    fault.inject()
    assert look(world) == 401
    fault.undo()
    assert look(world) == 200


def test_account_numbers_are_pinned_until_it_is_undone(world: World) -> None:
    before = read(world, "account.buying_power")
    fault = FAULTS["broker.account"](world, {"values": {"buying_power": 5}})
    fault.inject()
    assert read(world, "account.buying_power") == 5
    fault.undo()
    assert read(world, "account.buying_power") == before


def test_a_position_moved_behind_the_books_is_a_difference_until_it_is_lifted(
    world: World,
) -> None:
    fault = FAULTS["broker.position"](world, {"symbol": "AAPL", "by": 3})
    fault.inject()
    assert (read(world, "positions.differing"), read(world, "position.qty", "AAPL")) == (1, 3)
    fault.lifting = True
    fault.undo()
    assert read(world, "positions.differing") == 0


def test_a_pinned_quote_and_its_flow(world: World) -> None:
    fault = FAULTS["broker.quote"](world, {"symbol": "AAPL", "price": 401})
    fault.inject()
    assert "AAPL" in world.uw_api.market.strong(0)
    fault.undo()
    assert sum("AAPL" in world.uw_api.market.strong(minute) for minute in range(24)) == 1


def test_busy_symbols_have_flow_in_each_minute(world: World) -> None:
    fault = FAULTS["signal.busy"](world, {"symbols": 2, "names": ["QCOM", "UBER", "DIS"]})
    fault.inject()
    assert world.uw_api.market.strong(0)[:2] == ("QCOM", "UBER")
    fault.undo()
    assert "QCOM" not in world.uw_api.market.strong(0)


def test_the_most_entries_of_a_cycle(world: World) -> None:
    for count in (2, 3, 1):
        world.emit("task.begin", task="cycle")
        for _ in range(count):
            world.emit("order.submitted", intent="entry")
    counts = read(world, "orders.most_in_cycle"), read(world, "orders.in_last_cycle")
    assert counts == (3, 1)


def test_the_cost_of_some_positions(world: World) -> None:
    world.alpaca.open_position("AMD", 2, price=100)
    world.alpaca.open_position("JPM", 1, price=200)
    assert read(world, "positions.cost", "AMD+NVDA") == 200
