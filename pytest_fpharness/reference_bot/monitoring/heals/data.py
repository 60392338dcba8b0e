"""Heals for the data: refill the cache, wait for the vendor, or leave it to a person."""

from __future__ import annotations

from typing import Any, Final

from pytest_fpharness.reference_bot.monitoring.checks.base import FUTURE_SECONDS, Finding, Pass
from pytest_fpharness.reference_bot.monitoring.checks.data import CACHE, last_update, with_trades
from pytest_fpharness.reference_bot.monitoring.checks.vendor import refused
from pytest_fpharness.reference_bot.monitoring.healing import Heal
from pytest_fpharness.reference_bot.monitoring.units import restart
from pytest_fpharness.reference_bot.settings import UNITS
from .config import NeedsPersonOnError

DAEMON_LOG: Final = "logs/uw_flow_daemon.jsonl"


class FillCache(Heal):
    """FP-1.2 and FP-1.4: report the state of daemon and vendor, and restart the daemon."""

    unit = UNITS["uw_flow_daemon"]

    def waits(self, current: Pass, finding: Finding) -> bool:
        """A restart does not help while the vendor refuses requests."""
        return refused(current)

    def act(self, current: Pass, finding: Finding, entry: dict[str, Any]) -> str:
        alive = "runs" if current.alive("uw_flow_daemon") else "does not run"
        return f"the daemon {alive}; {_last_poll(current)}; {restart(self.unit)}"

    def verify(self, current: Pass, attempt_at: float) -> bool:
        """The cache was written since the attempt and has a symbol with trades."""
        cache = current.read_dict(CACHE)
        updated = last_update(cache) or 0
        new = int(attempt_at) <= updated <= current.now + FUTURE_SECONDS
        return new and bool(with_trades(cache))


#: The heals of the data by failure point.
DATA_HEALS: Final[dict[str, Heal]] = {
    "FP-1.2": FillCache(),
    "FP-1.4": FillCache(),
    "FP-1.5": NeedsPersonOnError(),
    "FP-1.6": NeedsPersonOnError(),
    "FP-1.7": NeedsPersonOnError(),
    "FP-1.8": NeedsPersonOnError(),
}


def _last_poll(current: Pass) -> str:
    """The last request to the vendor, according to the daemon's log."""
    lines = current.lines(DAEMON_LOG, 5)
    if not lines:
        return "no poll in its log"
    event, error = lines[-1].get("event"), lines[-1].get("error")
    return f"last poll: {event}" + (f", {error}" if error else "")
