"""Category 4: what the broker lets the account do: keys, buying power, positions."""

from __future__ import annotations

from typing import Any

from pytest_fpharness.reference_bot.checks.base import ERROR, OK, WARN, Finding, Pass
from pytest_fpharness.reference_bot.checks.broker import BROKER_STATUS, session_matters
from pytest_fpharness.reference_bot.files import StateError


def keys_accepted(current: Pass) -> Finding:
    """FP-4.2: the broker accepts the keys, of the bot as of the monitor."""
    ping, bot = current.ping(), bot_status(current)
    values = {"authorized": not ping.refused}
    if not ping.refused and bot.get("authorized") is not False:
        return Finding(OK, "keys accepted" if ping.ok else "no refusal of the keys seen", values)
    error = ping.error if ping.refused else str(bot.get("last_error") or "refused")
    status = ERROR if session_matters(current.now) else WARN
    return Finding(status, f"the broker does not accept the keys: {error}", values)


def bot_status(current: Pass) -> dict[str, Any]:
    """What the bot says of its broker; empty when it cannot be read."""
    try:
        return current.read_dict(BROKER_STATUS)
    except StateError:
        return {}
