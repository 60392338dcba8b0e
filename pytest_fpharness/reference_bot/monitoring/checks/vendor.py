"""Category 1: refusals by the data vendor, from the daemon's record of its responses."""

from __future__ import annotations

from typing import Any, Final

from pytest_fpharness.reference_bot.files import MissingError, StateError
from pytest_fpharness.reference_bot.flow.vendor import (
    AUTH,
    BAD_ROWS,
    BLOCKED,
    DAILY_QUOTA,
    MINUTE_LIMIT,
    PATH,
    PLAN,
    valid_status,
)
from .base import OK, WARN, Finding, Pass
from .broker import when_it_matters

#: Kinds of refusal during which restarting the daemon does not help.
REFUSALS: Final = frozenset({AUTH, PLAN, BLOCKED, MINUTE_LIMIT, DAILY_QUOTA, BAD_ROWS})


def vendor_status(current: Pass) -> dict[str, Any]:
    """The daemon's record, empty before its first poll; raises StateError if it is damaged."""
    try:
        content = current.read_dict(PATH)
    except MissingError:
        return {}
    if not valid_status(content):
        raise StateError(f"{PATH}: not of the expected shape")
    return content


def refused(current: Pass) -> bool:
    """Whether the vendor refuses requests or sends unusable data."""
    return vendor_status(current).get("kind") in REFUSALS


def access_granted(current: Pass) -> Finding:
    """FP-1.5: the vendor accepts the key; a refusal by its gateway is only a warning."""
    try:
        status = vendor_status(current)
    except StateError as error:
        return Finding(WARN, f"vendor's answers unknown: {error}", _access_values({}))
    values, kind = _access_values(status), status.get("kind")
    if kind in (AUTH, PLAN):
        return Finding(when_it_matters(current.now), str(status["error"]), values, kind)
    if kind == BLOCKED:
        return Finding(WARN, f"{status['error']} by a gateway, not by the vendor", values, kind)
    return Finding(OK, "the vendor accepts the key", values)


def within_limits(current: Pass) -> Finding:
    """FP-1.6: the vendor's per-minute limit and daily quota are not exceeded."""
    try:
        status = vendor_status(current)
    except StateError as error:
        return Finding(WARN, f"vendor's limits unknown: {error}", _limit_values({}, 0))
    wait = max(0, int(status.get("quiet_until", 0) - current.now))
    values, kind = _limit_values(status, wait), status.get("kind")
    if kind == DAILY_QUOTA:
        text = f"the daily quota is used up; the next request in {wait} s"
        return Finding(when_it_matters(current.now), text, values, kind)
    if kind == MINUTE_LIMIT:
        return Finding(WARN, f"rate limited; the next request in {wait} s", values, kind)
    return Finding(OK, f"requests today: {values['requests_today']}", values)


def _access_values(status: dict[str, Any]) -> dict[str, Any]:
    return {"api_status": status.get("status"), "api_errors": status.get("errors", 0)}


def _limit_values(status: dict[str, Any], wait: int) -> dict[str, Any]:
    return {
        "api_status": status.get("status"),
        "requests_today": status.get("requests_today"),
        "wait": wait,
        "limits_in_a_row": status.get("failures", 0),
    }
