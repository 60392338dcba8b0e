"""Which runs the record of a plan needs."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_fpharness.judge.deadlines import last_deadline
from pytest_fpharness.model.layout import Layout
from pytest_fpharness.model.plan import BROKEN_HEALER, CONTROL, MAIN, REPETITION, Plan, PlannedRun


def planned_runs(plan: Plan, layout: Layout, *, control_known: int) -> Iterator[PlannedRun]:
    """List the runs of a plan; the main run comes last.

    Args:
        plan: The variant to run.
        layout: The target's layout, for its periods.
        control_known: The length (ns) of the longest control run of this world so far, 0 for none.
    """
    length = control_length(plan, layout)
    if control_known < length:
        yield PlannedRun(CONTROL, plan.without_faults(), length)
    if breaks_healer(plan):
        yield PlannedRun(BROKEN_HEALER, plan.with_broken_healer())
    if plan.repeat:
        yield PlannedRun(REPETITION, plan)
    yield PlannedRun(MAIN, plan)


def control_length(plan: Plan, layout: Layout) -> int:
    """How long after the injection (ns) a control run must last to serve this plan."""
    return min(last_deadline(plan, layout), 12 * layout.cycle + plan.watch)


def breaks_healer(plan: Plan) -> bool:
    """Whether the bot itself should repair the fault, so that breaking its healer shows something."""
    heal = plan.heal
    return plan.break_healer and heal.kind == "auto" and not heal.gives_up and not plan.twin
