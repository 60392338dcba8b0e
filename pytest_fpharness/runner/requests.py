"""The request for a record, as it travels from the runner to the world process.

It is encoded once: the warm process reads only the key of the world and passes the rest on.
"""

from __future__ import annotations

import json
from typing import Final

from pytest_fpharness.model.plain import from_plain, to_plain
from pytest_fpharness.model.plan import Plan
from .planned_runs import world_key

SEPARATOR: Final = "\t"  # JSON escapes it, so it cannot be part of the key


def encode_request(plan: Plan, *, companions: bool) -> str:
    """One line: the key of the plan's world, a tab, and the plan as JSON."""
    body = json.dumps({"plan": to_plain(plan), "companions": companions})
    return f"{world_key(plan)}{SEPARATOR}{body}"


def decode_request(body: str) -> tuple[Plan, bool]:
    """The plan, and whether its companion runs are wanted."""
    request = json.loads(body)
    return from_plain(Plan, request["plan"]), request["companions"]
