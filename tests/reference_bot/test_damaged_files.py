from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.reference_bot.files import StateError, read_json, read_lines
from pytest_fpharness.reference_bot.flow.clusters import number
from pytest_fpharness.reference_bot.state_shapes import (
    valid_cooldowns,
    valid_intents,
    valid_positions,
)

POSITION = {"qty": 1.0, "side": "long", "avg_price": 204.1, "entry_fill_ts": 1767711600.0}
INTENT = {"symbol": "AAPL", "intent": "entry", "state": "sent", "sent_at": 1.5, "order_id": None}


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b"[" * 100_000,
        b"\xef\xbb\xbf{}",
        b'{"a": "\xff"}',
        b"{}}",
    ],
    ids=["nan", "infinity", "deep", "mark", "not utf-8", "more behind it"],
)
def test_invalid_json_is_corrupt_and_raises_nothing_else(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(data)

    with pytest.raises(StateError):
        read_json(str(path))


def test_one_broken_number_of_the_vendor_does_not_end_the_reading_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data/cache.json").write_text('{"strike": NaN, "type": "call"}')

    assert read_json("data/cache.json")["type"] == "call"


@pytest.mark.parametrize("name", ["qty", "side", "avg_price", "entry_fill_ts"])
def test_a_position_without_one_of_its_parts_is_invalid(name: str) -> None:
    rest = {key: value for key, value in POSITION.items() if key != name}

    assert valid_positions({"AAPL": {**POSITION, "note": "more is no harm"}})
    assert not valid_positions({"AAPL": rest})


@pytest.mark.parametrize("value", [True, "204.1", None, float("inf"), 10**400], ids=type)
def test_a_price_that_is_not_a_number_is_invalid(value: Any) -> None:
    assert not valid_positions({"AAPL": {**POSITION, "avg_price": value}})
    assert not valid_cooldowns({"AAPL": value})
    assert not valid_intents({"id": {**INTENT, "sent_at": value}})


def test_an_intent_needs_its_symbol() -> None:
    assert valid_intents({"id": INTENT})
    assert not valid_intents({"id": {**INTENT, "symbol": None}})


def test_true_is_not_a_premium() -> None:
    row = json.loads('{"total_premium": true, "strike": "210"}')

    assert number(row, "strike") == 210
    assert str(number(row, "total_premium")) == "nan"


def test_undecodable_bytes_cost_only_their_own_log_line(tmp_path: Path) -> None:
    path = tmp_path / "trades.jsonl"
    path.write_bytes(b'{"n": 1}\n{"n": \xff\xfe}\n{"n": 3}\n')

    assert [line["n"] for line in read_lines(str(path))] == [1, 3]
