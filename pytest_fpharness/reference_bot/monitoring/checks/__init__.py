"""The registry of checks: one small function per failure point."""

from __future__ import annotations

from typing import Final

from . import (
    account,
    broker,
    clusters,
    config,
    data,
    evaluation,
    gates,
    limits,
    machine,
    network,
    service,
    state,
    vendor,
)
from .base import ERROR, OK, WARN, Check, Finding, Pass

__all__ = ["CHECKS", "ERROR", "OK", "WARN", "Check", "Finding", "Pass"]

#: The monitor's checks by failure point; a monitor works on its own copy.
CHECKS: Final[dict[str, Check]] = {
    "FP-1.1": data.daemon_running,
    "FP-1.2": data.cache_present,
    "FP-1.3": data.cache_fresh,
    "FP-1.4": data.symbols_present,
    "FP-1.5": vendor.access_granted,
    "FP-1.6": vendor.within_limits,
    "FP-1.7": clusters.clusters_found,
    "FP-1.8": clusters.rows_usable,
    "FP-2.1": evaluation.weights_valid,
    "FP-2.2": evaluation.scores_computed,
    "FP-2.3": evaluation.threshold_reached,
    "FP-2.4": evaluation.enrichment_complete,
    "FP-2.5": evaluation.regime_known,
    "FP-3.1": gates.freeze_inactive,
    "FP-3.2": limits.positions_limited,
    "FP-3.3": limits.entries_limited,
    "FP-3.4": limits.expectancy_gate,
    "FP-3.5": limits.regime_gate,
    "FP-3.6": limits.themes_limited,
    "FP-3.7": gates.cooldown_holds,
    "FP-3.8": limits.threshold_sane,
    "FP-4.1": broker.connection_up,
    "FP-4.2": account.keys_accepted,
    "FP-4.3": account.buying_power_enough,
    "FP-4.4": broker.orders_accepted,
    "FP-5.1": config.variables_set,
    "FP-5.2": config.values_valid,
    "FP-4.5": account.positions_reconciled,
    "FP-5.3": state.files_readable,
    "FP-5.4": state.files_present,
    "FP-6.1": service.bot_running,
    "FP-6.2": service.bot_uncrashed,
    "FP-6.3": machine.bot_responsive,
    "FP-6.4": machine.disk_free,
    "FP-6.5": machine.memory_free,
    "FP-6.6": network.network_up,
}
