"""The raised threshold: after three losses in a row the score must be 0.5 higher for 24 hours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from pytest_fpharness.reference_bot.files import (
    MissingError,
    StateError,
    append_line,
    read_json,
    write_json,
)

PATH: Final = "state/self_healing_threshold.json"
LOG: Final = "logs/bot.jsonl"
RAISE: Final = 0.5
LOSSES: Final = 3
DAY: Final = 86_400.0
KEPT: Final = 20


def new_threshold() -> dict[str, Any]:
    """The content of the file at a first start."""
    return {"raised_by": 0.0, "since": 0.0, "losses": 0, "history": []}


def valid_threshold(content: Any) -> bool:
    """Whether ``content`` is a valid threshold file."""
    if not isinstance(content, dict) or not isinstance(content.get("history", []), list):
        return False
    numbers = [content.get(name, 0) for name in ("raised_by", "since", "losses")]
    return all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in numbers)


def step(now: float, results: Iterable[float]) -> float:
    """Add the results of closed trades and return by how much the threshold is raised.

    An unreadable file counts as raised and is left for a person to repair.
    """
    try:
        data = {**new_threshold(), **read_json(PATH, valid_threshold)}
    except MissingError:
        data = new_threshold()
    except StateError:
        return RAISE
    before = dict(data)
    if data["raised_by"] and now - data["since"] >= DAY:
        _change(data, now, 0.0, "24 hours are over")
    for result in results:
        _count(data, now, result)
    if data != before:
        write_json(PATH, data)
    return float(data["raised_by"])


def _count(data: dict[str, Any], now: float, result: float) -> None:
    if result > 0:
        data["losses"] = 0
        if data["raised_by"]:
            _change(data, now, 0.0, "a winning trade")
    elif result < 0:
        data["losses"] += 1
        # Further losses neither raise it again nor restart the 24 hours.
        if data["losses"] >= LOSSES and not data["raised_by"]:
            _change(data, now, RAISE, f"{data['losses']} losses in a row")


def _change(data: dict[str, Any], now: float, raised_by: float, why: str) -> None:
    line = {"ts": now, "raised_by": raised_by, "why": why}
    data.update(raised_by=raised_by, since=now if raised_by else 0.0, losses=0)
    data["history"] = [*data["history"], line][-KEPT:]
    event = "threshold raised" if raised_by else "threshold reset"
    append_line(LOG, {"ts": now, "event": event, "by": raised_by, "why": why})
