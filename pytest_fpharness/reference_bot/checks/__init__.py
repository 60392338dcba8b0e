"""The registry of checks: one small function per failure point."""

from __future__ import annotations

from typing import Final

from pytest_fpharness.reference_bot.checks.account import (
    buying_power_enough,
    keys_accepted,
    positions_reconciled,
)
from pytest_fpharness.reference_bot.checks.base import ERROR, OK, WARN, Check, Finding, Pass
from pytest_fpharness.reference_bot.checks.broker import connection_up, orders_accepted
from pytest_fpharness.reference_bot.checks.data import cache_fresh, daemon_running
from pytest_fpharness.reference_bot.checks.gates import cooldown_holds, freeze_inactive
from pytest_fpharness.reference_bot.checks.limits import (
    entries_limited,
    expectancy_gate,
    positions_limited,
    regime_gate,
    themes_limited,
    threshold_sane,
)
from pytest_fpharness.reference_bot.checks.scoring import weights_valid
from pytest_fpharness.reference_bot.checks.state import files_readable
from pytest_fpharness.reference_bot.checks.system import bot_responsive

__all__ = ["CHECKS", "ERROR", "OK", "WARN", "Check", "Finding", "Pass"]

#: The monitor's checks by failure point; a monitor works on its own copy.
CHECKS: Final[dict[str, Check]] = {
    "FP-1.1": daemon_running,
    "FP-1.3": cache_fresh,
    "FP-2.1": weights_valid,
    "FP-3.1": freeze_inactive,
    "FP-3.2": positions_limited,
    "FP-3.3": entries_limited,
    "FP-3.4": expectancy_gate,
    "FP-3.5": regime_gate,
    "FP-3.6": themes_limited,
    "FP-3.7": cooldown_holds,
    "FP-3.8": threshold_sane,
    "FP-4.1": connection_up,
    "FP-4.2": keys_accepted,
    "FP-4.3": buying_power_enough,
    "FP-4.4": orders_accepted,
    "FP-4.5": positions_reconciled,
    "FP-5.3": files_readable,
    "FP-6.3": bot_responsive,
}
