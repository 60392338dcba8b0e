"""Entries have decisions, and are sized and priced as in the control run."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import Story


def line(story: Story, name: str) -> Clause:
    return story.judge()[f"always.{name}"]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"notional": 1000.0}, "an entry of $1000 in S320, without the fault at most $500"),
        ({"notional": 750.0}, ""),
        ({"notional": 1000.0, "qty": "1"}, ""),  # one share may cost anything
        (
            {"notional": 249.0, "qty": "1"},
            "an entry of $249 in S320 after the recovery, without the fault at least $500",
        ),
        ({"notional": 250.0}, ""),
    ],
)
def test_an_entry_is_no_larger_than_without_the_fault(facts: Any, reason: str) -> None:
    story = Story().change("order.submitted", 320, 320, **facts)
    assert line(story, "entries_sized_as_before").verdict is Verdict.NOT_APPLICABLE
    story.control = Story()
    assert line(story, "entries_sized_as_before").reason == reason


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (
            {"limit_price": None, "type": "market"},
            "an entry in S320 without a limit (market), without the fault each has one",
        ),
        (
            {"limit_price": 252.6},
            "the limit of an entry in S320 is 1.04% beyond the quote, 1.00% is allowed",
        ),
        ({"limit_price": 252.5}, ""),
        ({"limit_price": 300.0, "quote": 0.0}, ""),  # a symbol that is halted has no quote
        ({"limit_price": 200.0}, ""),
        (
            {"limit_price": 200.0, "side": "sell"},
            "the limit of an entry in S320 is 20.00% beyond the quote, 1.00% is allowed",
        ),
    ],
)
def test_an_entry_is_priced_as_without_the_fault(facts: Any, reason: str) -> None:
    story = Story().change("order.submitted", 320, 320, **facts)
    assert line(story, "entries_priced_as_before").verdict is Verdict.NOT_APPLICABLE
    story.control = Story()
    assert line(story, "entries_priced_as_before").reason == reason


def test_market_orders_are_allowed_if_the_control_run_has_them() -> None:
    story = Story().change("order.submitted", limit_price=None)
    story.control = Story().change("order.submitted", 20, 20, limit_price=None)
    assert line(story, "entries_priced_as_before").verdict is Verdict.NOT_APPLICABLE


def test_an_entry_may_go_as_far_beyond_the_quote_as_without_the_fault() -> None:
    story = Story().change("order.submitted", limit_price=260.0)
    story.control = Story().change("order.submitted", limit_price=260.0)
    assert line(story, "entries_priced_as_before").verdict is Verdict.PASS


def test_a_target_that_logs_no_decisions_is_not_judged_by_them() -> None:
    assert line(Story().drop("decision"), "decided_entries").verdict is Verdict.NOT_APPLICABLE


def test_a_rejected_entry_may_be_sent_again() -> None:
    story = Story().order(82, "S80").drop("decision", 82, 82)
    story.add(81.5, "order.rejected", "", id="o-S80-80", symbol="S80", client_order_id="c-S80-80")
    assert line(story, "decided_entries").verdict is Verdict.PASS


def test_an_entry_on_a_full_disk_needs_no_decision() -> None:
    story = Story().drop("decision", 320, 320)
    assert line(story, "decided_entries").verdict is Verdict.FAIL
    story.add(300, "fault.inject", id=1, fault="disk.full", ends="lift")
    assert line(story, "decided_entries").verdict is Verdict.PASS
