"""The reference bot's files by role, and the shapes of their content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_fpharness.model.layout import FileBinding


def _state(name: str, **more: str) -> FileBinding:
    return FileBinding(f"state/{name}.json", backup=f"state/{name}.json.bak", **more)


FILES: Mapping[str, FileBinding] = {
    "uw_cache": FileBinding(
        "data/uw_flow_cache.json", stamp="_metadata.last_update", writer="uw_flow_daemon"
    ),
    "state.weights": _state("signal_weights", entries="weight_bands", writer="bot"),
    "state.freezes": _state("governor_freezes"),
    "state.freeze_flag": FileBinding("state/pre_market_freeze.flag", codec="text"),
    "state.cooldowns": _state("cooldowns", writer="bot"),
    "state.positions": _state("positions", writer="bot"),
    "state.intents": _state("intents", writer="bot"),
    "state.heartbeat": _state("bot_heartbeat", stamp="finished_at", writer="bot"),
    "state.broker_status": _state("broker_status", writer="bot"),
    "state.gates": _state("gates", writer="bot"),
    "state.profiles": _state("profiles"),
    "state.threshold": _state("self_healing_threshold", writer="bot"),
    "state.alerts": _state("alerts", writer="monitor"),
    "state.acks": _state("acks"),
    "state.scoring": FileBinding("state/scoring.json", stamp="ts", writer="bot"),
    "state.health": FileBinding("state/health.json", stamp="checked_at", writer="monitor"),
    "log.daemon": FileBinding("logs/uw_flow_daemon.jsonl", codec="jsonl"),
    "log.bot": FileBinding("logs/bot.jsonl", codec="jsonl"),
    "log.decisions": FileBinding("logs/decisions.jsonl", codec="jsonl"),
    "log.cycles": FileBinding("logs/cycles.jsonl", codec="jsonl"),
    "log.trades": FileBinding("logs/trades.jsonl", codec="jsonl"),
    "log.monitor": FileBinding("logs/monitor.jsonl", codec="jsonl"),
}


#: Required content by role: FP-1.8 checks the rows, FP-2.4 the details that enrichment needs.
SHAPES: Mapping[str, Any] = {
    "state.positions": {
        "*": {
            "qty": "number",
            "side": ["long", "short"],
            "avg_price": "number",
            "entry_fill_ts": "number",
            "client_order_id?": "any",
        }
    },
    "state.cooldowns": {"*": "number"},
    "state.intents": {
        "*": {
            "symbol": "name",
            "intent": ["entry", "exit"],
            "state": "name",
            "sent_at": "number",
            "order_id": "any",
        }
    },
    "uw_api.rows": {
        "ticker": "name",
        "type": ["call", "put"],
        "created_at": "instant",
        "total_premium": "numeric",
        "strike?": "numeric",
    },
    "uw_api.details": {
        "underlying_price": "numeric",
        "total_ask_side_prem": "numeric",
        "total_size": "numeric",
        "trade_count": "numeric",
        "volume_oi_ratio": "numeric",
        "expiry": "date",
        "alert_rule": "text",
        "has_floor?": "any",
        "has_singleleg?": "any",
        "all_opening_trades?": "any",
    },
    "score": "number",
}
