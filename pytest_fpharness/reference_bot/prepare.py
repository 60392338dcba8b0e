"""Prepare a home directory for the bot, with the state files of a first start."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any, Final

from pytest_fpharness.reference_bot.flow.weights import learned_weights, neutral_weights
from pytest_fpharness.reference_bot.trading.gate_log import new_log
from pytest_fpharness.reference_bot.trading.status import new_status
from pytest_fpharness.reference_bot.trading.threshold import new_threshold
from .files import write_json

DIRECTORIES: Final = ("data", "state", "state/quarantine", "state/heartbeats", "logs", "run")


def first_state(
    now: float, learned: bool, positions: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The state files of a first start, by path; ``positions`` are what the account holds."""
    return {
        "state/signal_weights.json": learned_weights(now) if learned else neutral_weights(),
        "state/positions.json": dict(positions or {}),
        "state/cooldowns.json": {},
        "state/intents.json": {},
        "state/acks.json": {},
        "state/governor_freezes.json": {"production_freeze": False, "performance_freeze": False},
        "state/broker_status.json": new_status(now),
        "state/gates.json": new_log(),
        "state/profiles.json": {},
        "state/self_healing_threshold.json": new_threshold(),
        "state/bot_heartbeat.json": {"cycle": 0, "finished_at": now, "pid": os.getpid()},
    }


def prepare_home(
    home: str = ".",
    now: float | None = None,
    learned: bool = True,
    positions: Mapping[str, Any] | None = None,
) -> None:
    """Create the directories and missing state files, each with a backup.

    A missing file whose backup exists was lost; it is left to the monitor to heal.
    """
    for name in DIRECTORIES:
        os.makedirs(os.path.join(home, name), exist_ok=True)
    state = first_state(time.time() if now is None else now, learned, positions)
    for name, content in state.items():
        path = os.path.join(home, name)
        if not os.path.exists(path) and not os.path.exists(f"{path}.bak"):
            write_json(path, content)
