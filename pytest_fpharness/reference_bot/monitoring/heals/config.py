"""Heals for configuration and missing files, and for what only a person can repair."""

from __future__ import annotations

import contextlib
from typing import Any

from pytest_fpharness.reference_bot.files import StateError, read_json, write_json
from pytest_fpharness.reference_bot.monitoring.checks.base import WARN, Finding, Pass
from pytest_fpharness.reference_bot.monitoring.checks.state import (
    CRITICAL_FILES,
    SHAPES,
    blocked,
    missing_files,
    state_path,
)
from pytest_fpharness.reference_bot.monitoring.healing import Heal
from pytest_fpharness.reference_bot.trading.status import new_status


class NeedsPerson(Heal):
    """Cannot be healed automatically: shows the manual steps at once."""

    def possible(self, current: Pass, finding: Finding) -> bool:
        return False


class NeedsPersonOnError(NeedsPerson):
    """Wait out a warning, during which a fallback works; an error needs a person."""

    def waits(self, current: Pass, finding: Finding) -> bool:
        return finding.status == WARN


class CreateFiles(Heal):
    """FP-5.4: restore the backup, else create defaults where that loses nothing."""

    unit = "missing files"

    def possible(self, current: Pass, finding: Finding) -> bool:
        return any(_creatable(name) for name in missing_files(current))

    def act(self, current: Pass, finding: Finding, entry: dict[str, Any]) -> str:
        """Create the missing files that can be created; returns from what."""
        done = []
        for name in missing_files(current):
            if _creatable(name):
                done.append(f"{state_path(name)} {_create(name, current.now)}")
        return "; ".join(done)

    def verify(self, current: Pass, attempt_at: float) -> bool:
        return not missing_files(current)


def read_backup(name: str) -> Any:
    """The content of a state file's backup; raises StateError if it is not valid."""
    return read_json(f"{state_path(name)}.bak", SHAPES[name])


def restorable(name: str) -> bool:
    """Whether a state file has a valid backup, or may be reset to defaults."""
    if name not in CRITICAL_FILES:
        return True
    with contextlib.suppress(StateError):
        read_backup(name)
        return True
    return False


def _creatable(name: str) -> bool:
    return not blocked(name) and restorable(name)


def _create(name: str, now: float) -> str:
    try:
        write_json(state_path(name), read_backup(name))
    except StateError:
        write_json(state_path(name), new_status(now) if name == "broker_status" else {})
        return "created with defaults"
    return "restored from its backup"
