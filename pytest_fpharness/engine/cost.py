"""What a failure cost while the bot was blind: from the fault to the first alert."""

from __future__ import annotations

from pytest_fpharness.engine.case import Case
from pytest_fpharness.model.record import Cost


def cost_of(case: Case) -> Cost:
    """Minutes blind, and the entry orders and dollars sent meanwhile."""
    start = case.marks.get("injected")
    if start is None or case.plan.twin:
        return Cost()
    alerted = case.marks.get("alerted")
    end = case.evidence.end if alerted is None else alerted
    orders = [
        e
        for e in case.evidence.of("order.submitted", start, end)
        if e.facts.get("intent") == "entry"
    ]
    dollars = sum(float(e.facts.get("notional") or 0) for e in orders)
    return Cost(end - start, alerted is not None, len(orders), round(dollars, 2))
