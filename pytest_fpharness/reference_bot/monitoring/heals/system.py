"""Heals of category 6: the bot's process, the disk, the memory, the network."""

from __future__ import annotations

import os
from typing import Any, Final

from pytest_fpharness.reference_bot.monitoring.checks.base import OK, Finding, Pass
from pytest_fpharness.reference_bot.monitoring.checks.config import start_refused
from pytest_fpharness.reference_bot.monitoring.checks.disk import disk_free, old_logs
from pytest_fpharness.reference_bot.monitoring.checks.memory import OOM, OWN, OWN_LIMIT, memory_of
from pytest_fpharness.reference_bot.monitoring.checks.service import cycles_since, service_of_bot
from pytest_fpharness.reference_bot.monitoring.healing import Heal, Wait
from pytest_fpharness.reference_bot.monitoring.heals.registry import RestartBot
from pytest_fpharness.reference_bot.settings import UNITS


class StartBot(RestartBot):
    """FP-6.1: start the bot again, unless systemd does so after a crash."""

    patience = 60

    def possible(self, current: Pass, finding: Finding) -> bool:
        """A bot that refuses its configuration would refuse it again."""
        return not start_refused(current, "bot")

    def waits(self, current: Pass, finding: Finding) -> bool:
        """A unit that crashed is systemd's to restart, by the policy of its unit file."""
        return service_of_bot(current).down

    def exhausted(self, current: Pass, finding: Finding) -> bool:
        """It crashed so often that systemd gave up: another start would crash as well."""
        return service_of_bot(current).state == "failed"

    def verify(self, current: Pass, attempt_at: float) -> bool:
        """A process, and a cycle finished after the attempt."""
        return current.exists("bot") and cycles_since(current, attempt_at) >= 1


class AfterCrash(Heal):
    """FP-6.2: systemd restarts the bot; a person is called once it gives up."""

    unit = UNITS["bot"]

    def waits(self, current: Pass, finding: Finding) -> bool:
        """Always: two who restart the same unit make a storm."""
        return True

    def exhausted(self, current: Pass, finding: Finding) -> bool:
        """The start limit of the unit was reached."""
        return service_of_bot(current).state == "failed"


class CleanLogs(Heal):
    """FP-6.4: remove the old copies of the logs; state is never touched."""

    unit = "logs"

    def possible(self, current: Pass, finding: Finding) -> bool:
        """Whether there are any."""
        return bool(old_logs())

    def act(self, current: Pass, finding: Finding, entry: dict[str, Any]) -> str:
        """Remove them, the oldest first."""
        logs = old_logs()
        for path in logs:
            os.unlink(path)
        return f"removed {len(logs)} old logs"

    def verify(self, current: Pass, attempt_at: float) -> bool:
        """There is space again."""
        return disk_free(current).status == OK


class FreeMemory(RestartBot):
    """FP-6.5: restart a bot that takes too much; what others take is a person's matter."""

    def possible(self, current: Pass, finding: Finding) -> bool:
        """Only when the bot itself is too large."""
        return finding.cause == OWN

    def waits(self, current: Pass, finding: Finding) -> bool:
        """A bot that the kernel ended is systemd's to restart."""
        return finding.cause == OOM

    def verify(self, current: Pass, attempt_at: float) -> bool:
        """Small again, and two cycles finished."""
        return memory_of("bot") <= OWN_LIMIT and super().verify(current, attempt_at)


SYSTEM_HEALS: Final[dict[str, Heal]] = {
    "FP-6.1": StartBot(),
    "FP-6.2": AfterCrash(),
    "FP-6.4": CleanLogs(),
    "FP-6.5": FreeMemory(),
    "FP-6.6": Wait(),
}
