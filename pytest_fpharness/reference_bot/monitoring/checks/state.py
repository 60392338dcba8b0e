"""Category 5: the required state files exist, can be read and are well-formed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from pytest_fpharness.reference_bot.files import MissingError, StateError
from pytest_fpharness.reference_bot.state_shapes import (
    valid_cooldowns,
    valid_intents,
    valid_positions,
)
from .base import ERROR, OK, WARN, Finding, Pass, number


def _of_numbers(content: Any) -> bool:
    return isinstance(content, dict) and all(
        number(value) is not None for value in content.values()
    )


def _of_objects(content: Any) -> bool:
    return isinstance(content, dict) and all(isinstance(value, dict) for value in content.values())


def _heartbeat(content: Any) -> bool:
    return isinstance(content, dict) and (
        not content or number(content.get("finished_at")) is not None
    )


def _broker_status(content: Any) -> bool:
    return isinstance(content, dict) and (not content or isinstance(content.get("reachable"), bool))


#: Validators of the state files by name; an empty object is always valid. Whatever the bot's own
#: reader refuses must be invalid here too.
SHAPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "positions": valid_positions,
    "cooldowns": valid_cooldowns,
    "intents": valid_intents,
    "broker_status": _broker_status,
    "bot_heartbeat": _heartbeat,
    "acks": _of_numbers,
    "alerts": _of_objects,
}

#: Never reset to empty: losing these could double an entry or cross a limit.
CRITICAL_FILES: Final = frozenset({"positions", "intents", "cooldowns"})


def state_path(name: str) -> str:
    """The path of a state file by its name."""
    return f"state/{name}.json"


def corrupt_files(current: Pass) -> list[str]:
    """Names of the unreadable state files; FP-5.4 covers missing ones."""
    return [name for name in SHAPES if not _good(current, name)]


def files_readable(current: Pass) -> Finding:
    """FP-5.3: every state file can be read and is well-formed."""
    corrupt = corrupt_files(current)
    values = {f"{name}_valid": name not in corrupt for name in SHAPES}
    if corrupt:
        return Finding(ERROR, f"corrupt: {', '.join(corrupt)}", values)
    return Finding(OK, f"{len(SHAPES)} state files readable", values)


def _good(current: Pass, name: str) -> bool:
    try:
        return SHAPES[name](current.read(state_path(name)))
    except MissingError:
        return True
    except StateError:
        # A directory at the file's path has no content that could be corrupt.
        return os.path.isdir(state_path(name))


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
