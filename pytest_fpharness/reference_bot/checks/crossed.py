"""Whether a gate that blocks some symbols was passed all the same: the broker holds a new one."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from pytest_fpharness.reference_bot.books import IN_FLIGHT
from pytest_fpharness.reference_bot.checks.base import Pass
from pytest_fpharness.reference_bot.files import StateError


def crossed(current: Pass, gate: str, blocked: Set[str]) -> list[str]:
    """Symbols that came to be held while the gate blocked them, until they are held no more.

    Blocked in the pass before as well, and not on their way then: an entry from before the block
    is none past it.
    """
    rows = current.positions() if current.ping().ok else None
    before: dict[str, set[str]] = current.memory.setdefault("crossed", {}).get(gate, {})
    if rows is None:
        return sorted(before.get("found", ()))
    held = {str(row.get("symbol")) for row in rows}
    new = held - before.get("held", held)
    found = (before.get("found", set()) & held) | (new & blocked & before.get("blocked", set()))
    now = {"held": held, "blocked": set(blocked) - _on_their_way(current), "found": found}
    current.memory["crossed"][gate] = now
    return sorted(found)


def _on_their_way(current: Pass) -> set[str]:
    """Symbols with an order that may still become a fill."""
    try:
        rows: list[Any] = list(current.read_dict("state/intents.json").values())
    except StateError:
        return set()
    intents = [row for row in rows if isinstance(row, dict)]
    return {str(row.get("symbol")) for row in intents if row.get("state") in IN_FLIGHT}
