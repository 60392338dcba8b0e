"""The registry of heals by failure point."""

from __future__ import annotations

import os
import shutil
from typing import Any, Final

from pytest_fpharness.reference_bot.files import StateError, present, read_json, write_json
from pytest_fpharness.reference_bot.flow.weights import neutral_weights, valid_weights
from pytest_fpharness.reference_bot.monitoring.checks.base import (
    FUTURE_SECONDS,
    Finding,
    Pass,
    number,
)
from pytest_fpharness.reference_bot.monitoring.checks.broker import EXIT_ATTEMPTS
from pytest_fpharness.reference_bot.monitoring.checks.config import start_refused
from pytest_fpharness.reference_bot.monitoring.checks.data import CACHE, last_update
from pytest_fpharness.reference_bot.monitoring.checks.evaluation import WEIGHTS
from pytest_fpharness.reference_bot.monitoring.checks.gates import (
    FLAG,
    FREEZES,
    freeze_active,
    freeze_inactive,
)
from pytest_fpharness.reference_bot.monitoring.checks.machine import HEARTBEAT
from pytest_fpharness.reference_bot.monitoring.checks.state import corrupt_files, state_path
from pytest_fpharness.reference_bot.monitoring.checks.vendor import refused
from pytest_fpharness.reference_bot.monitoring.healing import Heal, Wait
from pytest_fpharness.reference_bot.monitoring.units import restart
from pytest_fpharness.reference_bot.settings import UNITS
from .account import SmallerOrders, TakeOver
from .config import CreateFiles, NeedsPerson, NeedsPersonOnError, read_backup, restorable
from .data import DATA_HEALS

FRESH_SECONDS: Final = 120
QUARANTINE: Final = "state/quarantine"


class RestartDaemon(Heal):
    """FP-1.1: restart the daemon; it must run and have written the cache since."""

    unit = UNITS["uw_flow_daemon"]

    def possible(self, current: Pass, finding: Finding) -> bool:
        """Whether the daemon can start with its configuration."""
        return not start_refused(current, "uw_flow_daemon")

    def act(self, current: Pass, finding: Finding, entry: dict[str, Any]) -> str:
        return restart(self.unit)

    def verify(self, current: Pass, attempt_at: float) -> bool:
        """The daemon runs, and the cache is newer than the attempt; its time is in whole seconds."""
        return current.alive("uw_flow_daemon") and _updated(current) >= int(attempt_at)


class RefreshCache(RestartDaemon):
    """FP-1.3: restart the daemon; the cache must be fresh."""

    def waits(self, current: Pass, finding: Finding) -> bool:
        """A restart does not help while the vendor refuses requests."""
        return refused(current)

    def verify(self, current: Pass, attempt_at: float) -> bool:
        return -FUTURE_SECONDS <= current.now - _updated(current) < FRESH_SECONDS


class RestoreWeights(Heal):
    """FP-2.1: restore the backup, else neutral weights; a loss of learned weights is reported."""

    unit = WEIGHTS

    def act(self, current: Pass, finding: Finding, entry: dict[str, Any]) -> str:
        try:
            write_json(WEIGHTS, read_json(f"{WEIGHTS}.bak", valid_weights))
        except StateError:
            write_json(WEIGHTS, neutral_weights())
            if entry.get("learned"):
                entry["latches"]["learned weights replaced by neutral ones"] = current.now
            return "no valid backup: neutral weights"
        return "restored the backup"

    def verify(self, current: Pass, attempt_at: float) -> bool:
        return bool(valid_weights(current.read(WEIGHTS)))

    def observe(self, finding: Finding, entry: dict[str, Any]) -> None:
        """Store whether there are learned weights to lose."""
        entry["learned"] = bool(finding.values.get("learned"))


class LiftFreeze(Heal):
    """FP-3.1: lift performance freezes whose condition is met, never those set by a person."""

    unit = FREEZES

    def possible(self, current: Pass, finding: Finding) -> bool:
        return not present(FLAG) and bool(_expired(current)) and _all_expired(current)

    def act(self, current: Pass, finding: Finding, entry: dict[str, Any]) -> str:
        freezes = dict(current.read_dict(FREEZES))
        for name in _expired(current):
            freezes[name] = {**freezes[name], "active": False}
        write_json(FREEZES, freezes)
        return f"lifted {', '.join(_expired(current))}"

    def verify(self, current: Pass, attempt_at: float) -> bool:
        return freeze_inactive(current).status == "OK"


class RejectedOrders(Wait):
    """FP-4.4: the bot adjusts or skips orders; an exit refused three times needs a person."""

    def exhausted(self, current: Pass, finding: Finding) -> bool:
        refused = finding.values["exits_refused"]
        return max(refused.values(), default=0) >= EXIT_ATTEMPTS


class RestoreState(Heal):
    """FP-5.3: quarantine the corrupt file, then restore the backup or, where safe, an empty default."""

    unit = "state"

    def possible(self, current: Pass, finding: Finding) -> bool:
        return any(restorable(name) for name in corrupt_files(current))

    def act(self, current: Pass, finding: Finding, entry: dict[str, Any]) -> str:
        """Quarantine and restore the corrupt files that can be restored."""
        done = []
        for name in corrupt_files(current):
            if restorable(name):
                done.append(f"{name} {_restore(name, current.now, entry)}")
        return "; ".join(done)

    def verify(self, current: Pass, attempt_at: float) -> bool:
        return not corrupt_files(current)


class RestartBot(Heal):
    """FP-6.3: restart the bot; two newly finished cycles verify it."""

    unit = UNITS["bot"]
    patience = 180

    def act(self, current: Pass, finding: Finding, entry: dict[str, Any]) -> str:
        return restart(self.unit)

    def verify(self, current: Pass, attempt_at: float) -> bool:
        """Two cycles were logged and a heartbeat was written after the attempt."""
        cycles = current.lines("logs/cycles.jsonl", 10)
        finished = number(current.read_dict(HEARTBEAT).get("finished_at")) or 0
        newer = sum((number(line.get("ts")) or 0) > attempt_at for line in cycles)
        return newer >= 2 and finished > attempt_at


#: The heals by failure point; each monitor copies this table.
HEALS: Final[dict[str, Heal]] = {
    **DATA_HEALS,
    "FP-1.1": RestartDaemon(),
    "FP-1.3": RefreshCache(),
    "FP-2.1": RestoreWeights(),
    "FP-2.2": NeedsPersonOnError(),
    "FP-2.3": NeedsPerson(),
    "FP-2.4": Wait(),
    "FP-2.5": Wait(),
    "FP-3.1": LiftFreeze(),
    "FP-3.2": NeedsPerson(),
    "FP-3.3": NeedsPerson(),
    "FP-3.4": NeedsPerson(),
    "FP-3.5": NeedsPerson(),
    "FP-3.6": NeedsPerson(),
    "FP-3.8": NeedsPerson(),
    "FP-4.1": Wait(),
    "FP-4.2": NeedsPerson(),
    "FP-4.3": SmallerOrders(),
    "FP-4.4": RejectedOrders(),
    "FP-5.1": NeedsPersonOnError(),
    "FP-5.2": NeedsPersonOnError(),
    "FP-4.5": TakeOver(),
    "FP-5.3": RestoreState(),
    "FP-5.4": CreateFiles(),
    "FP-6.3": RestartBot(),
}


def _updated(current: Pass) -> float:
    return last_update(current.read_dict(CACHE)) or 0


def _expired(current: Pass) -> list[str]:
    """Active performance freezes past their own ``clears_at``."""
    expired = []
    for name, value in current.read_dict(FREEZES).items():
        if isinstance(value, dict) and value.get("by") == "performance" and freeze_active(value):
            clears = number(value.get("clears_at"))
            if clears is not None and clears <= current.now:
                expired.append(name)
    return expired


def _all_expired(current: Pass) -> bool:
    freezes = current.read_dict(FREEZES)
    return set(_expired(current)) == {name for name in freezes if freeze_active(freezes[name])}


def _restore(name: str, now: float, entry: dict[str, Any]) -> str:
    os.makedirs(QUARANTINE, exist_ok=True)
    if present(state_path(name)):
        shutil.copyfile(state_path(name), f"{QUARANTINE}/{name}.{int(now)}")
    try:
        write_json(state_path(name), read_backup(name))
    except StateError:
        write_json(state_path(name), {})
        entry["latches"][f"{name} was reset to empty"] = now
        return "reset to empty"
    return "restored from its backup"
