"""Category 5: required files exist; FP-5.3 covers damaged ones."""

from __future__ import annotations

import os
from typing import Any, Final

from pytest_fpharness.reference_bot.files import MissingError, StateError
from .base import ERROR, OK, WARN, Finding, Pass
from .state import CRITICAL_FILES, state_path

#: Files that `prepare` creates in every home; FP-2.1 and FP-3.1 cover weights and freezes.
REQUIRED_FILES: Final = ("positions", "intents", "cooldowns", "broker_status", "acks")


def missing_files(current: Pass) -> list[str]:
    """Names of the missing required state files."""
    return [name for name in REQUIRED_FILES if not _exists(current, name)]


def blocked(name: str) -> bool:
    """Whether a directory occupies a file's path, so that it cannot be created."""
    return os.path.isdir(state_path(name))


def files_present(current: Pass) -> Finding:
    """FP-5.4: every required file exists; only a missing critical file is an ERROR."""
    missing = missing_files(current)
    values: dict[str, Any] = {f"{name}_there": name not in missing for name in REQUIRED_FILES}
    if not missing:
        return Finding(OK, f"{len(REQUIRED_FILES)} required files", values)
    critical = [n for n in missing if n in CRITICAL_FILES]
    stuck = [n for n in missing if blocked(n)]
    paths = ", ".join(state_path(n) for n in missing)
    if stuck:
        return Finding(ERROR, f"missing, and a folder is in the way: {paths}", values)
    return Finding(ERROR if critical else WARN, f"missing: {paths}", values)


def _exists(current: Pass, name: str) -> bool:
    try:
        current.read(state_path(name))
    except MissingError:
        return False
    except StateError:
        return not blocked(name)
    return True
