"""Heals of what only a person can mend at the broker, and of positions that differ from it."""

from __future__ import annotations

from pytest_fpharness.reference_bot.checks.base import ERROR, Finding, Pass
from pytest_fpharness.reference_bot.healing import Heal


class Person(Heal):
    """Nothing here may be mended without a person: FP-4.2, for nobody else has other keys."""

    def possible(self, current: Pass, finding: Finding) -> bool:
        """Never."""
        return False


class SmallerOrders(Person):
    """FP-4.3: the bot itself orders less or skips; a negative buying power needs a person."""

    def waits(self, current: Pass, finding: Finding) -> bool:
        """While there is anything that the bot itself can do."""
        return finding.status != ERROR
