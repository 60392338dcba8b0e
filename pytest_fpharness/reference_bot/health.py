"""Merge the last snapshots of monitor and watchdog; untrustworthy ones are RED."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable
from typing import Any, Final

from .files import StateError, decode_once, read_json

GREEN: Final = "GREEN"
YELLOW: Final = "YELLOW"
RED: Final = "RED"
STALE_SECONDS: Final = 90
WATCHDOG: Final = "state/watchdog.json"
_ORDER: Final = (GREEN, YELLOW, RED)


def worst(colours: Iterable[str]) -> str:
    """The worst colour; RED if there is none or one is unknown."""
    known = list(colours)
    if not known or any(colour not in _ORDER for colour in known):
        return RED
    return max(known, key=_ORDER.index)


def read_health(home: str = ".") -> dict[str, Any]:
    """Both snapshots merged: ``readiness``, ``checked_at``, ``stale`` and ``failure_points``.

    A monitor snapshot that is missing, unreadable, from the future or older than 90 s makes the
    readiness RED, whatever it says; so does a watchdog snapshot that cannot be read.
    Opens nothing for writing; never raises.
    """
    health = newest(f"{home}/state/health.json")
    watchdog = newest(f"{home}/{WATCHDOG}")
    stale = not fresh(health, time.time())
    known = [part["readiness"] for part in (health, watchdog) if part is not None]
    if watchdog is None and os.path.lexists(f"{home}/{WATCHDOG}"):
        known.append(RED)
    return {
        "readiness": RED if stale else worst(known),
        "checked_at": health["checked_at"] if health else None,
        "stale": stale,
        "failure_points": {
            fp: row
            for part in (health, watchdog)
            if part is not None
            for fp, row in part["failure_points"].items()
        },
    }


def fresh(snapshot: dict[str, Any] | None, now: float) -> bool:
    """Whether a snapshot is there and at most 90 s old."""
    return snapshot is not None and -5 <= now - snapshot["checked_at"] <= STALE_SECONDS


def valid_snapshot(content: Any) -> bool:
    """Whether this is a snapshot: a time, a readiness and rows."""
    return (
        isinstance(content, dict)
        and isinstance(content.get("checked_at"), (int, float))
        and isinstance(content.get("readiness"), str)
        and isinstance(content.get("failure_points"), dict)
        and all(isinstance(row, dict) for row in content["failure_points"].values())
    )


def in_memory(path: str) -> str:
    """Path of a snapshot that could not be written to disk; it does not survive a reboot."""
    home, _, name = path.rpartition("state/")
    return f"{home}run/{name}"


def newest(path: str) -> dict[str, Any] | None:
    """The newest valid snapshot from disk or memory, or None."""
    parts = [part for part in (_read(path), _read(in_memory(path))) if part is not None]
    return max(parts, key=lambda part: part["checked_at"], default=None)


def _read(path: str) -> dict[str, Any] | None:
    with contextlib.suppress(StateError):
        content: dict[str, Any] = read_json(path, valid_snapshot, decode_once)
        return content
    return None
