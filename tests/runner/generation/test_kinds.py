"""Each generated value is what its label says, by the shape and by the reference bot's own parsers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_fpharness.model.damage import FAULT, TWIN, altered, damaged, flow, label, problem_of
from pytest_fpharness.reference_bot.files import StateError, read_json
from pytest_fpharness.reference_bot.flow.clusters import Cluster, number
from pytest_fpharness.reference_bot.flow.enrichment import FEATURES, enrich
from pytest_fpharness.reference_bot.flow.evaluation import OPTIONAL
from pytest_fpharness.reference_bot.flow.rows import row_problem
from pytest_fpharness.reference_bot.monitoring.checks.state import SHAPES as MONITORED
from pytest_fpharness.reference_bot.trading.books import FILES
from pytest_fpharness.runner.generation import kinds
from pytest_fpharness.targets.reference_files import SHAPES

ROW = {
    "ticker": "AAPL",
    "type": "call",
    "created_at": "2026-01-06 15:00:00.000000+00:00",
    "total_premium": "750000",
    "total_ask_side_prem": "675000",
    "strike": "210",
    "underlying_price": "204.10",
    "expiry": "2026-01-16",
    "total_size": 500,
    "trade_count": 12,
    "volume_oi_ratio": "1.25",
    "alert_rule": "RepeatedHits",
    "has_sweep": True,
    "has_floor": False,
    "has_singleleg": True,
    "all_opening_trades": False,
}
POSITION = {
    "qty": 2.0,
    "side": "long",
    "avg_price": 204.1,
    "entry_fill_ts": 1767711600.25,
    "client_order_id": "rb-AAPL-buy-1",
}
INTENT = {"symbol": "AAPL", "intent": "entry", "state": "filled", "sent_at": 1.5, "order_id": "a"}
STATE = {
    "positions": {"AAPL": POSITION, "MSFT": POSITION},
    "cooldowns": {"AAPL": 1767711600.25, "MSFT": 1767711000.0},
    "intents": {"rb-AAPL-buy-1": INTENT, "rb-MSFT-buy-1": INTENT},
}
Accepts = Callable[[Any], bool]

many = settings(
    max_examples=150, database=None, deadline=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def examples(shape: Any, *, bytes_too: bool, whole: bool = True) -> st.SearchStrategy[Any]:
    """Damage with the label that its kind has."""
    broken = kinds.faults(shape, bytes_too=bytes_too, whole=whole)
    healthy = kinds.twins(shape, bytes_too=bytes_too)
    labelled = [(FAULT, d) for kind in broken for d in kind]
    labelled += [(TWIN, d) for kind in healthy for d in kind]
    return st.sampled_from(labelled)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_the_shape_decides_the_label(name: str) -> None:
    shape, bytes_too = SHAPES[name], name.startswith("state.")

    @many
    @given(examples(shape, bytes_too=bytes_too))
    def check(example: tuple[str, Any]) -> None:
        kind, edits = example
        assert label(edits, shape) == kind
        assert not any(problem_of(edit, bytes_too=bytes_too) for edit in edits)

    check()


@pytest.mark.parametrize("name", sorted(STATE))
def test_the_bot_reads_twins_and_refuses_faults(name: str, tmp_path: Any) -> None:
    path, whole = tmp_path / "state.json", json.dumps(STATE[name], sort_keys=True).encode()

    @many
    @given(examples(SHAPES[f"state.{name}"], bytes_too=True))
    def check(example: tuple[str, Any]) -> None:
        kind, edits = example
        path.write_bytes(damaged(edits, whole))
        for valid in (FILES[name][1], MONITORED[name]):
            assert _reads(str(path), valid) == (kind == TWIN), flow(edits)

    check()


def _reads(path: str, valid: Accepts) -> bool:
    try:
        read_json(path, valid)
    except StateError:
        return False
    return True


def test_the_bot_uses_a_row_that_is_a_twin_and_no_other() -> None:
    @many
    @given(examples(SHAPES["uw_api.rows"], bytes_too=False))
    def check(example: tuple[str, Any]) -> None:
        kind, edits = example
        assert (row_problem(altered(edits, ROW)) == "") == (kind == TWIN), flow(edits)

    check()


def test_the_bot_misses_details_in_a_fault_and_in_no_twin() -> None:
    @many
    @given(examples(SHAPES["uw_api.details"], bytes_too=False, whole=False))
    def check(example: tuple[str, Any]) -> None:
        kind, edits = example
        row = altered(edits, ROW)
        rows = (row, row, row)
        missing = set(enrich(Cluster("AAPL", rows, rows, 1767711600.0, 1.0, True))[1]) - OPTIONAL
        assert bool(missing) == (kind == FAULT), flow(edits)

    check()


def test_a_damage_leaves_the_given_value_as_it_is() -> None:
    before = json.dumps(STATE)

    altered([{"drop": "*/AAPL/qty"}, {"set": "positions/MSFT", "to": None}], STATE)

    assert json.dumps(STATE) == before
    assert number(ROW, "strike") == 210
    assert len(FEATURES) == 19
