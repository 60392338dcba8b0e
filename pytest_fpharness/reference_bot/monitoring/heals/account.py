"""Heals for the account: buying power, and positions that differ from the broker's."""

from __future__ import annotations

from typing import Any

from pytest_fpharness.reference_bot.files import write_json
from pytest_fpharness.reference_bot.monitoring.checks.account import bot_status
from pytest_fpharness.reference_bot.monitoring.checks.base import ERROR, Finding, Pass
from pytest_fpharness.reference_bot.monitoring.healing import Heal
from pytest_fpharness.reference_bot.trading.reconcile import REQUEST
from .config import NeedsPerson


class SmallerOrders(NeedsPerson):
    """FP-4.3: the bot reduces or skips orders; a negative buying power needs a person."""

    def waits(self, current: Pass, finding: Finding) -> bool:
        return finding.status != ERROR


class TakeOver(Heal):
    """FP-4.5: let the bot take over the broker's positions, unless the broker's list is doubtful."""

    unit = "state/positions.json"
    patience = 180

    def possible(self, current: Pass, finding: Finding) -> bool:
        """Whether positions differ and the broker's list is plausible."""
        return finding.cause == "differs"

    def act(self, current: Pass, finding: Finding, entry: dict[str, Any]) -> str:
        """Request it; the bot takes over in its next cycle if it sees the same difference."""
        write_json(REQUEST, {"ts": current.now})
        return "asked the bot to take over the broker's positions"

    def verify(self, current: Pass, attempt_at: float) -> bool:
        """The bot has compared since then, and nothing differs."""
        bot = bot_status(current)
        return bot["mismatch"] == {} and float(bot["compared_at"]) > attempt_at
