"""Category 3: freezes and cooldowns."""

from __future__ import annotations

from typing import Any, Final

from pytest_fpharness.reference_bot.files import MissingError, StateError, present
from .base import ERROR, OK, WARN, Finding, Pass, number

FREEZES: Final = "state/governor_freezes.json"
FLAG: Final = "state/pre_market_freeze.flag"
COOLDOWNS: Final = "state/cooldowns.json"
COOLDOWN_SECONDS: Final = 900
HOUR: Final = 3600
#: Minimum number of candidates to conclude that a gate blocks everything.
MANY_CANDIDATES: Final = 20
UNREADABLE: Final = "unreadable"


def freeze_inactive(current: Pass) -> Finding:
    """FP-3.1: no freeze is active; an unreadable freeze file counts as a freeze."""
    reasons = [_flag_text()] if present(FLAG) else []
    note = ""
    try:
        freezes = current.read_dict(FREEZES)
        active = [name for name in freezes if freeze_active(freezes[name])]
        reasons += [_reason(name, freezes[name]) for name in active]
        note = ", ".join(active)
    except MissingError:
        pass
    except StateError as error:
        reasons.append(UNREADABLE)
        note = str(error)
    if not reasons:
        return Finding(OK, "no freeze", {"frozen": False, "reason": ""})
    reason = "; ".join(reasons)
    text = f"frozen: {reason} ({note})" if note else f"frozen before the open: {reason}"
    return Finding(ERROR, text, {"frozen": True, "reason": reason})


def freeze_active(value: Any) -> bool:
    """Whether one freeze entry is active; raises StateError for a value of the wrong type."""
    if isinstance(value, dict) and "active" in value:
        value = value["active"]
    if isinstance(value, str) and value.strip().lower() == "true":
        return True
    if not isinstance(value, bool):
        raise StateError(f"{FREEZES}: a freeze is {type(value).__name__}")
    return value


def cooldown_holds(current: Pass) -> Finding:
    """FP-3.7: the cooldown is respected, and does not block everything for an hour."""
    try:
        entries = current.read_dict(COOLDOWNS)
    except StateError as error:
        empty = {"cooldowns": {}, "active": 0, "blocked": 0}
        return Finding(WARN, f"cooldowns unreadable: {error}", empty)
    remaining = _remaining(entries, current.now)
    candidates = _recent_candidates(current)
    blocked = sum(_by_cooldown(line) for line in candidates)
    values = {"cooldowns": remaining, "active": len(remaining), "blocked": blocked}
    violations = _cooldown_violations(current)
    if violations:
        return Finding(ERROR, f"cooldown crossed: two entries in {', '.join(violations)}", values)
    if len(candidates) >= MANY_CANDIDATES and blocked == len(candidates):
        return Finding(WARN, f"all {blocked} candidates of the last hour blocked", values)
    return Finding(OK, f"{len(remaining)} symbols in cooldown", values)


def _flag_text() -> str:
    try:
        with open(FLAG, encoding="utf-8", errors="replace") as file:
            return file.read(200).strip()
    except OSError:
        return UNREADABLE


def _reason(name: str, value: Any) -> str:
    return str(value.get("reason") or name) if isinstance(value, dict) else name


def _remaining(entries: dict[str, Any], now: float) -> dict[str, int]:
    remaining = {}
    for symbol, value in sorted(entries.items()):
        entered = number(value)
        if entered is not None and entered + COOLDOWN_SECONDS - now > 0:
            remaining[symbol] = int(entered + COOLDOWN_SECONDS - now)
    return remaining


def _recent_candidates(current: Pass) -> list[dict[str, Any]]:
    since = current.now - HOUR
    return [
        line
        for line in current.lines("logs/decisions.jsonl", 300)
        if line.get("decision") in ("enter", "block") and (number(line.get("ts")) or 0) >= since
    ]


def _by_cooldown(line: dict[str, Any]) -> bool:
    return line.get("decision") == "block" and "cooldown" in str(line.get("gate", ""))


def _cooldown_violations(current: Pass) -> list[str]:
    """Symbols with buy fills of two different orders less than the cooldown apart."""
    last: dict[str, tuple[float, Any]] = {}
    crossed = set()
    for line in current.lines("logs/trades.jsonl"):
        at = number(line.get("ts"))
        if line.get("side") != "buy" or at is None or at < current.now - HOUR:
            continue
        symbol, order = str(line.get("symbol")), line.get("order_id")
        if symbol in last and last[symbol][1] != order and at - last[symbol][0] < COOLDOWN_SECONDS:
            crossed.add(symbol)
        last[symbol] = (at, order)
    return sorted(crossed)
