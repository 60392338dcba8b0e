"""The failure points of category 6 beside FP-6.3 and FP-6.20, as data."""

from __future__ import annotations

from typing import Final

from pytest_fpharness.reference_bot.failure_point import FailurePoint

SYSTEM: Final = (
    FailurePoint(
        id="FP-6.1",
        title="Bot not running",
        severity="critical",
        location="bot process, trading-bot.service",
        impact="nothing is entered and no position is closed",
        detection="no live process has the bot's exact arguments",
        healing="start its unit, unless systemd restarts it after a crash",
        dashboard="bot running or not, state of its unit",
        test="stop the bot and expect its start",
        manual_steps=(
            "systemctl status trading-bot.service",
            "journalctl -u trading-bot.service -n 50, and the end of logs/bot.jsonl",
            "compare open orders with the broker, then systemctl restart trading-bot.service",
        ),
    ),
    FailurePoint(
        id="FP-6.2",
        title="Bot crashed",
        severity="critical",
        location="main loop of the bot, trading-bot.service",
        impact="the cycle that crashed was not finished; a loop of crashes trades nothing",
        detection="the unit failed, or systemd restarted it, by its counter and its journal",
        healing="systemd restarts it after 5 s, at most 5 times in a minute; then a person",
        dashboard="number of crashes, the last one and its time",
        test="raise an unhandled error and expect the restart",
        manual_steps=(
            "journalctl -u trading-bot.service -n 50",
            "go back to the last version that ran, or mend what the error names",
            "systemctl reset-failed trading-bot.service; systemctl start trading-bot.service",
        ),
    ),
)
