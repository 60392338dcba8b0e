"""Open one gate of the bot: its failure point fails, by a count that the world has kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_fpharness.catalog.expand import expand
from pytest_fpharness.catalog.loader import load_catalog
from pytest_fpharness.engine.runner import Runner
from pytest_fpharness.engine.vocabulary import vocabulary
from pytest_fpharness.model.verdict import Verdict

HERE = Path(__file__).parent
CASES = [
    ("FP-3.2", "max_positions", "holds.positions.count:"),
    ("FP-3.3", "max_new", "holds.orders.most_in_cycle:"),
    ("FP-3.4", "expectancy", "holds.position.qty(QCOM):"),
    ("FP-3.5", "regime", "holds.position.qty(QCOM):"),
    ("FP-3.6", "theme", "holds.positions.cost(NVDA+AMD+INTC+QCOM):"),
    ("FP-3.8", "score", "detect:"),
    ("FP-4.3", "sizing", "quiet: FP-4.4 became WARN"),
]


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner("open_gates.py:OpenGates", base=str(HERE), processes=1) as running:
        yield running


@pytest.mark.parametrize(("fp", "gate", "clause"), CASES)
def test_an_open_gate_is_seen(fp: str, gate: str, clause: str, runner: Runner) -> None:
    catalog = load_catalog([], vocabulary())
    plan = expand(catalog, runner.info, only=[f"{fp}/main"])[0]
    opened = dataclasses.replace(plan, world={**plan.world, "open": gate})

    record = runner.run(opened, legs=False)

    assert record.verdict is Verdict.FAIL
    assert any(reason.startswith(clause) for reason in record.reasons), record.reasons
