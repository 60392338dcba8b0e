"""What is asked of a confined process, as it travels there.

A plan is encoded once, by the runner. The warm process reads it and passes its text on with each run.
"""

from __future__ import annotations

import json
from typing import Final

from pytest_fpharness.model.plain import from_plain, to_plain
from pytest_fpharness.model.plan import BROKEN_HEALER, CONTROL, Plan, PlannedRun

SEPARATOR: Final = "\t"  # JSON escapes it, so it cannot be part of a field


def encode_request(plan: Plan, *, companions: bool) -> str:
    """One line for a record: the key of the plan's world, whether companion runs are wanted, the plan."""
    fields = (plan.world_key, "companions" if companions else "", json.dumps(to_plain(plan)))
    return SEPARATOR.join(fields)


def decode_plan(text: str) -> Plan:
    """The plan of a request."""
    return from_plain(Plan, json.loads(text))


def encode_run(planned: PlannedRun, plan: str) -> str:
    """One line for a run: its kind and length, and the text of the plan that it belongs to."""
    return SEPARATOR.join((planned.kind, str(planned.length), plan))


def decode_run(text: str) -> PlannedRun:
    """The run of a line."""
    kind, length, body = text.split(SEPARATOR, 2)
    plan = decode_plan(body)
    if kind == CONTROL:
        plan = plan.without_faults()
    if kind == BROKEN_HEALER:
        plan = plan.with_broken_healer()
    return PlannedRun(kind, plan, int(length))
