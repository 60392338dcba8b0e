"""Heals of category 6: the bot's process, disk, memory and network."""

from __future__ import annotations

import os
from typing import Any, Final

from pytest_fpharness.reference_bot.monitoring.checks.base import OK, Finding, Pass
from pytest_fpharness.reference_bot.monitoring.checks.config import start_refused
from pytest_fpharness.reference_bot.monitoring.checks.machine import (
    OOM,
    OWN,
    OWN_LIMIT,
    disk_free,
    memory_of,
    old_logs,
)
from pytest_fpharness.reference_bot.monitoring.checks.service import cycles_since, service_of_bot
from pytest_fpharness.reference_bot.monitoring.healing import Heal, Wait
from pytest_fpharness.reference_bot.settings import UNITS
from .registry import RestartBot


class StartBot(RestartBot):
    """FP-6.1: start the bot again, unless systemd does so after a crash."""

    patience = 60

    def possible(self, current: Pass, finding: Finding) -> bool:
        """Whether the bot can start with its configuration."""
        return not start_refused(current, "bot")

    def waits(self, current: Pass, finding: Finding) -> bool:
        """A crashed unit is restarted by systemd, by the policy of its unit file."""
        return service_of_bot(current).down

    def exhausted(self, current: Pass, finding: Finding) -> bool:
        """Whether systemd gave up after too many crashes."""
        return service_of_bot(current).state == "failed"

    def verify(self, current: Pass, attempt_at: float) -> bool:
        return current.exists("bot") and cycles_since(current, attempt_at) >= 1


class AfterCrash(Heal):
    """FP-6.2: systemd restarts the bot; once it gives up, a person is needed."""

    unit = UNITS["bot"]

    def waits(self, current: Pass, finding: Finding) -> bool:
        """Always: two restarters of one unit would interfere."""
        return True

    def exhausted(self, current: Pass, finding: Finding) -> bool:
        return service_of_bot(current).state == "failed"


class CleanLogs(Heal):
    """FP-6.4: remove rotated logs, never state."""

    unit = "logs"

    def possible(self, current: Pass, finding: Finding) -> bool:
        return bool(old_logs())

    def act(self, current: Pass, finding: Finding, entry: dict[str, Any]) -> str:
        logs = old_logs()
        for path in logs:
            os.unlink(path)
        return f"removed {len(logs)} old logs"

    def verify(self, current: Pass, attempt_at: float) -> bool:
        return disk_free(current).status == OK


class FreeMemory(RestartBot):
    """FP-6.5: restart a bot that uses too much memory; other processes need a person."""

    def possible(self, current: Pass, finding: Finding) -> bool:
        return finding.cause == OWN

    def waits(self, current: Pass, finding: Finding) -> bool:
        """A bot that the kernel killed is restarted by systemd."""
        return finding.cause == OOM

    def verify(self, current: Pass, attempt_at: float) -> bool:
        return memory_of("bot") <= OWN_LIMIT and super().verify(current, attempt_at)


SYSTEM_HEALS: Final[dict[str, Heal]] = {
    "FP-6.1": StartBot(),
    "FP-6.2": AfterCrash(),
    "FP-6.4": CleanLogs(),
    "FP-6.5": FreeMemory(),
    "FP-6.6": Wait(),
}
