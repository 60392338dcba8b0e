"""The registry of checks: one small function per failure point."""

from __future__ import annotations

from typing import Final

from .account import buying_power_enough, keys_accepted, positions_reconciled
from .base import ERROR, OK, WARN, Check, Finding, Pass
from .broker import connection_up, orders_accepted
from .cache import cache_present, symbols_present
from .clusters import clusters_found, rows_usable
from .config import values_valid, variables_set
from .data import cache_fresh, daemon_running
from .disk import disk_free
from .evaluation import enrichment_complete, regime_known, scores_computed, threshold_reached
from .files import files_present
from .gates import cooldown_holds, freeze_inactive
from .limits import (
    entries_limited,
    expectancy_gate,
    positions_limited,
    regime_gate,
    themes_limited,
    threshold_sane,
)
from .memory import memory_free
from .network import network_up
from .scoring import weights_valid
from .service import bot_running, bot_uncrashed
from .state import files_readable
from .system import bot_responsive
from .vendor import access_granted, within_limits

__all__ = ["CHECKS", "ERROR", "OK", "WARN", "Check", "Finding", "Pass"]

#: The monitor's checks by failure point; a monitor works on its own copy.
CHECKS: Final[dict[str, Check]] = {
    "FP-1.1": daemon_running,
    "FP-1.2": cache_present,
    "FP-1.3": cache_fresh,
    "FP-1.4": symbols_present,
    "FP-1.5": access_granted,
    "FP-1.6": within_limits,
    "FP-1.7": clusters_found,
    "FP-1.8": rows_usable,
    "FP-2.1": weights_valid,
    "FP-2.2": scores_computed,
    "FP-2.3": threshold_reached,
    "FP-2.4": enrichment_complete,
    "FP-2.5": regime_known,
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
    "FP-5.1": variables_set,
    "FP-5.2": values_valid,
    "FP-4.5": positions_reconciled,
    "FP-5.3": files_readable,
    "FP-5.4": files_present,
    "FP-6.1": bot_running,
    "FP-6.2": bot_uncrashed,
    "FP-6.3": bot_responsive,
    "FP-6.4": disk_free,
    "FP-6.5": memory_free,
    "FP-6.6": network_up,
}
