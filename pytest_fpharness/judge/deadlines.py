"""When a run may end (S20, S24)."""

from __future__ import annotations

from pytest_fpharness.model.layout import Layout
from pytest_fpharness.model.plan import Plan
from .marks import Marks

WARM_UP_CYCLES = 10


def watch_time(plan: Plan, layout: Layout) -> int:
    """How long after ``injected`` a twin or a control run is watched, ns."""
    until = plan.limit.until + 3 * layout.cycle if plan.limit else 0
    return max(plan.detect.within, until) + 2 * layout.check


def last_deadline(plan: Plan, layout: Layout) -> int:
    """The last deadline, in ns after the injection."""
    if plan.twin:
        return watch_time(plan, layout)
    if plan.flow:
        return max(injection.at for injection in plan.inject) + 3 * layout.cycle
    healed = plan.detect.within + plan.heal.within
    ended = healed if plan.lift is None else plan.lift
    if plan.limit:
        ended = max(ended, plan.limit.until + 3 * layout.cycle)
    if plan.heal.gives_up and plan.escalate:
        ended = max(ended, plan.detect.within + plan.escalate.after + layout.check)
    return ended + plan.recover + max(plan.watch, 3 * layout.check)


def is_over(plan: Plan, marks: Marks, now: int, layout: Layout) -> bool:
    """Whether all deadlines of the plan have passed."""
    if "injected" not in marks:
        return False
    if plan.again is not None and "again" not in marks:
        return now >= marks["injected"] + last_deadline(plan, layout) + plan.again
    if now >= marks.get("again", marks["injected"]) + last_deadline(plan, layout):
        return True
    if plan.heal.gives_up and plan.lift is None and "paged" in marks:
        return now >= marks["paged"] + 3 * layout.check
    on = max(plan.watch, 3 * layout.check)
    return "recovered" in marks and now >= marks["recovered"] + on
