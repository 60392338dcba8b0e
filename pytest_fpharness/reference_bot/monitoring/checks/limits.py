"""Category 3: limits. A limit that blocks entries stays OK; one that was crossed is RED."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Set
from typing import Any, Final

from pytest_fpharness.reference_bot.files import MissingError, StateError
from pytest_fpharness.reference_bot.flow.evaluation import PATH as SCORING
from pytest_fpharness.reference_bot.trading import themes, threshold
from pytest_fpharness.reference_bot.trading.books import IN_FLIGHT
from pytest_fpharness.reference_bot.trading.gate_log import PATH
from pytest_fpharness.reference_bot.trading.gates import MAX_NEW
from pytest_fpharness.reference_bot.trading.profiles import PATH as PROFILES
from pytest_fpharness.reference_bot.trading.profiles import in_mood, too_low
from .base import ERROR, OK, WARN, Finding, Pass, number, objects
from .gates import HOUR, MANY_CANDIDATES

POSITIONS: Final = "state/positions.json"
#: Seconds for which a crossed limit on one cycle is shown.
CROSSED_SECONDS: Final = 600
#: Seconds for the bot to reset a raised threshold: its next cycle may wait for a slow broker.
RESET_SECONDS: Final = 120


def positions_limited(current: Pass) -> Finding:
    """FP-3.2: no more positions than are allowed, as the broker counts them."""
    most = current.settings.max_positions
    held = current.positions() if current.ping().ok else None
    values = {"positions": _count(current) if held is None else len(held), "most": most}
    if held is None and current.ping().ok:
        return Finding(WARN, "the broker's positions cannot be counted", values)
    if values["positions"] > most:
        return Finding(ERROR, f"{values['positions']} positions: the limit was crossed", values)
    return Finding(OK, f"{values['positions']} of {most} positions", values)


def entries_limited(current: Pass) -> Finding:
    """FP-3.3: at most 6 entries in one cycle."""
    since = current.now - CROSSED_SECONDS
    cycles = Counter(
        line.get("cycle")
        for line in current.lines("logs/decisions.jsonl", 300)
        if line.get("decision") == "enter" and (number(line.get("ts")) or 0) >= since
    )
    log = gate_log(current)
    values = {"new": int(number(log.get("new")) or 0), "most": MAX_NEW, **_blocked(log, "max_new")}
    worst = max(cycles.values(), default=0)
    if worst > MAX_NEW:
        return Finding(ERROR, f"{worst} entries in one cycle: the limit was crossed", values)
    return _unless_blocked(current, log, "max_new", f"{values['new']} entries", values)


def expectancy_gate(current: Pass) -> Finding:
    """FP-3.4: the expectancy gate is respected, and does not block everything for an hour."""
    log = gate_log(current)
    values: dict[str, Any] = {**_blocked(log, "expectancy"), "profiles": 0, "below": 0}
    try:
        rows = current.read_dict(PROFILES)
    except MissingError:
        rows = {}
    except StateError as error:
        return Finding(WARN, f"nothing is entered without profiles: {error}", values)
    low = [symbol for symbol, row in rows.items() if not isinstance(row, dict) or too_low(row)]
    values.update(profiles=len(rows), below=len(low))
    if past := limit_crossed(current, "expectancy", set(low)):
        return Finding(ERROR, f"{', '.join(past)} was entered: the limit was crossed", values)
    text = f"{len(low)} of {len(rows)} symbols below their threshold"
    return _unless_blocked(current, log, "expectancy", text, values)


def regime_gate(current: Pass) -> Finding:
    """FP-3.5: the regime gate is respected, and does not block everything for an hour."""
    log = gate_log(current)
    blocked = sorted(
        {
            str(line.get("symbol"))
            for line in current.lines("logs/decisions.jsonl", 300)
            if line.get("gate") == "regime" and (number(line.get("ts")) or 0) > current.now - HOUR
        }
    )
    values = {**_blocked(log, "regime"), "symbols": blocked}
    if past := limit_crossed(current, "regime", _low_in_mood(current)):
        return Finding(ERROR, f"{', '.join(past)} was entered: the limit was crossed", values)
    text = f"blocked in the last hour: {', '.join(blocked) or 'none'}"
    return _unless_blocked(current, log, "regime", text, values)


def _low_in_mood(current: Pass) -> set[str]:
    """Symbols with a low expectancy in the current market mood; empty if the mood is unknown."""
    try:
        rows, mood = current.read_dict(PROFILES), current.read_dict(SCORING).get("regime")
    except StateError:
        return set()
    known = {symbol: row for symbol, row in rows.items() if isinstance(row, dict)}
    return {symbol for symbol, row in known.items() if too_low(in_mood(row, str(mood)))}


def themes_limited(current: Pass) -> Finding:
    """FP-3.6: no theme is above its limit, at the broker's cost."""
    log = gate_log(current)
    rows = current.positions() if current.ping().ok else []
    costs = {str(row.get("symbol")): _cost(row) for row in rows or ()}
    exposure = themes.exposure(costs)
    theme = max(exposure, key=lambda name: exposure[name])
    values: dict[str, Any] = {"themes": exposure, "limit": themes.LIMIT, **_blocked(log, "theme")}
    if exposure[theme] > themes.LIMIT:
        return Finding(ERROR, f"{theme} holds {exposure[theme]:.2f}: the limit was crossed", values)
    return _unless_blocked(current, log, "theme", f"{theme} holds {exposure[theme]:.2f}", values)


def threshold_sane(current: Pass) -> Finding:
    """FP-3.8: the threshold is raised by at most 0.5, for at most 24 hours."""
    values: dict[str, Any] = {"raised": 0.0, "remaining": 0, "history": []}
    try:
        data = current.read_dict(threshold.PATH)
    except MissingError:
        return Finding(OK, "never raised", values)
    except StateError as error:
        return Finding(WARN, f"counts as raised: {error}", values)
    raised, since = number(data.get("raised_by")), number(data.get("since"))
    if not threshold.valid_threshold(data) or raised is None or since is None:
        return Finding(WARN, "counts as raised: the file is malformed", values)
    age = current.now - since
    values.update(raised=raised, history=list(data.get("history") or ())[-5:])
    if raised <= 0:
        return Finding(OK, "not raised", values)
    values["remaining"] = max(0, int(threshold.DAY - age))
    if raised > threshold.RAISE:
        return Finding(ERROR, f"raised by {raised:g}: raised twice", values)
    if age > threshold.DAY + RESET_SECONDS:
        return Finding(ERROR, f"still raised after {age / 3600:.1f} hours", values)
    return Finding(OK, f"raised by {raised:g} for another {values['remaining']} s", values)


def _cost(row: dict[str, Any]) -> float:
    try:
        cost = float(row["qty"]) * float(row["avg_entry_price"])
    except (KeyError, TypeError, ValueError):
        return 0.0
    return cost if math.isfinite(cost) else 0.0


def gate_log(current: Pass) -> dict[str, Any]:
    """The log of the gates; empty if it cannot be read."""
    return current.read_dict_or_empty(PATH)


def blocks_everything(current: Pass, log: dict[str, Any], gate: str) -> str:
    """A message if this gate has blocked every candidate for an hour or more, else empty."""
    streak = log.get("streak")
    if not isinstance(streak, dict) or streak.get("gate") != gate:
        return ""
    since, count = number(streak.get("since")), number(streak.get("count")) or 0
    if since is None or current.now - since < HOUR or count < MANY_CANDIDATES:
        return ""
    return f"{gate} has blocked every candidate for {(current.now - since) / 60:.0f} minutes"


def _unless_blocked(
    current: Pass, log: dict[str, Any], gate: str, text: str, values: dict[str, Any]
) -> Finding:
    problem = blocks_everything(current, log, gate)
    return Finding(WARN, problem, values) if problem else Finding(OK, text, values)


def _blocked(log: dict[str, Any], gate: str) -> dict[str, int]:
    """The number of candidates that a gate has blocked so far."""
    blocked = log.get("blocked")
    count = number(blocked.get(gate)) if isinstance(blocked, dict) else None
    return {"blocked": int(count or 0)}


def _count(current: Pass) -> int:
    return len(current.read_dict_or_empty(POSITIONS))


def limit_crossed(current: Pass, gate: str, blocked: Set[str]) -> list[str]:
    """Symbols that were entered although the gate blocked them, for as long as they are held.

    They must have been blocked in the previous pass too, without an order in flight: an entry from
    before the block does not count.
    """
    rows = current.positions() if current.ping().ok else None
    before: dict[str, set[str]] = current.memory.setdefault("crossed", {}).get(gate, {})
    if rows is None:
        return sorted(before.get("entered", ()))
    held = {str(row.get("symbol")) for row in rows}
    new = held - before.get("held", held)
    entered = (before.get("entered", set()) & held) | (new & blocked & before.get("blocked", set()))
    now = {"held": held, "blocked": set(blocked) - _in_flight(current), "entered": entered}
    current.memory["crossed"][gate] = now
    return sorted(entered)


def _in_flight(current: Pass) -> set[str]:
    """Symbols with an order that may still become a fill."""
    intents = objects(current.read_dict_or_empty("state/intents.json").values())
    return {str(row.get("symbol")) for row in intents if row.get("state") in IN_FLIGHT}
