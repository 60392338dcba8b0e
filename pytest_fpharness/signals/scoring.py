"""Signals of scoring: what failed in the bot's own functions, and what it decided on."""

from __future__ import annotations

from pytest_fpharness.signals.base import signal
from pytest_fpharness.world.world import World


@signal("function.failures", "Calls of the function that failed.", "count", "function")
def function_failures(world: World, argument: str) -> int:
    """As counted by the fault itself."""
    return world.seen[f"function.fails:{argument}"]


@signal("scores.best", "The best score among the last decisions.", "number")
def best_score(world: World, argument: str) -> float | None:
    """Of the candidates that were decided within the bot's last cycle that had a score."""
    best: float | None = None
    at = 0
    for event in reversed(world.timeline.events):
        if best is not None and event.at < at - world.layout.cycle // 2:
            break
        score = event.facts.get("score") if event.kind == "decision" else None
        if isinstance(score, int | float):
            at = at or event.at
            best = score if best is None else max(best, score)
    return best
