"""Category 4: the connection to the broker, and rejected orders."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo

from pytest_fpharness.reference_bot.files import MissingError, StateError
from .base import ERROR, OK, WARN, Finding, Pass, number

BROKER_STATUS: Final = "state/broker_status.json"
#: Loaded at import, so that a missing time zone shows at once and not first during a failure.
NEW_YORK: Final = ZoneInfo("America/New_York")
OPEN_MINUTE: Final = 9 * 60 + 30
CLOSE_MINUTE: Final = 16 * 60
BEFORE_OPEN_MINUTES: Final = 60
FRESH_SECONDS: Final = 60
REJECTION_SECONDS: Final = 600
#: Seconds of RED after the last of many rejections. Then YELLOW, so that entries are tried again:
#: a RED that waits for an accepted entry would never end.
PAUSE_SECONDS: Final = 90
#: Rejections of one exit after which a person is needed.
EXIT_ATTEMPTS: Final = 3


def connection_up(current: Pass) -> Finding:
    """FP-4.1: the bot and the monitor's own ping both reach the broker."""
    bot = current.read_dict_or_empty(BROKER_STATUS)
    problem = _connection_problem(current, bot)
    failures = max(current.memory.get("ping_failures", 0), int(_count(bot, "failures_in_a_row")))
    values = {
        "connected": current.ping().ok or current.ping().refused,
        "failures": failures,
        "mode": str(bot.get("mode", "unknown")),
    }
    if problem:
        return Finding(ERROR if session_matters(current.now) else WARN, problem, values)
    ping = current.ping()
    return Finding(OK, "connected" if ping.ok else f"one failed ping ({ping.error})", values)


def session_matters(now: float) -> bool:
    """Whether the market is open or opens within 60 minutes, by the regular trading hours."""
    local = datetime.fromtimestamp(now, timezone.utc).astimezone(NEW_YORK)
    minute = local.hour * 60 + local.minute
    return local.weekday() < 5 and OPEN_MINUTE - BEFORE_OPEN_MINUTES <= minute < CLOSE_MINUTE


def when_it_matters(now: float) -> str:
    """The status of a problem that stops trading: ERROR, or WARN while the market is closed."""
    return ERROR if session_matters(now) else WARN


def orders_accepted(current: Pass) -> Finding:
    """FP-4.4: no rejections, or an accepted order in a later cycle."""
    values: dict[str, Any] = {"rejections": 0, "last_reason": "", "exits_refused": {}}
    try:
        bot = current.read_dict(BROKER_STATUS)
    except MissingError:
        return Finding(OK, "no order sent yet", values)
    except StateError as error:
        return Finding(WARN, f"rejections unknown: {error}", values)
    rejections = _rejections(bot)
    exits = _exits_refused(bot)
    reason = str(rejections[-1][1].get("reason", "")) if rejections else ""
    values = {"rejections": int(_count(bot, "rejected_total")), "last_reason": reason}
    values["exits_refused"] = exits
    if exits:
        text = ", ".join(f"{symbol} {count} times" for symbol, count in exits.items())
        return Finding(ERROR, f"exits rejected: {text}: {reason}", values)
    accepted = number(bot.get("last_accepted")) or 0
    pending = [at for at, _ in rejections if at >= accepted]
    last = max(pending, default=0.0)
    problem = _rejection_problem(bot, accepted)
    if problem and last > current.now - PAUSE_SECONDS:
        return Finding(ERROR, f"{problem}: {reason}", values)
    if problem or last > current.now - REJECTION_SECONDS:
        return Finding(WARN, f"order rejected: {reason}", values)
    return Finding(OK, "orders are accepted", values)


def _connection_problem(current: Pass, bot: dict[str, Any]) -> str:
    ping = current.ping()
    if bot.get("reachable") is False:
        return f"the bot cannot reach the broker: {bot.get('last_error') or 'no answer'}"
    if ping.ok or ping.refused:
        return ""
    if _count(bot, "failures_in_a_row") >= 1 or current.memory["ping_failures"] >= 2:
        return f"the broker does not answer: {ping.error}"
    last_ok = number(bot.get("last_ok"))
    if last_ok is None or current.now - last_ok >= FRESH_SECONDS:
        return f"the broker does not answer and was not seen lately: {ping.error}"
    return ""


def _rejection_problem(bot: dict[str, Any], accepted: float) -> str:
    """Why all entries are refused, or an empty string."""
    symbols = bot.get("streak_symbols")
    spread = len(set(map(str, symbols))) if isinstance(symbols, list) else 0
    if _count(bot, "reject_streak") >= 5 and spread >= 2:
        return f"{_count(bot, 'reject_streak'):g} rejections in a row over {spread} symbols"
    whole = number(bot.get("all_rejected_at"))
    if whole is not None and whole >= accepted:
        return "all orders of a cycle were rejected"
    return ""


def _exits_refused(bot: dict[str, Any]) -> dict[str, int]:
    """Consecutive refusals of an exit, by symbol."""
    refused = bot.get("exits_refused")
    if not isinstance(refused, dict):
        return {}
    return {str(symbol): int(number(count) or 0) for symbol, count in refused.items()}


def _rejections(bot: dict[str, Any]) -> list[tuple[float, dict[str, Any]]]:
    lines = bot.get("rejections")
    if not isinstance(lines, list):
        return []
    return [
        (at, line)
        for line in lines
        if isinstance(line, dict) and (at := number(line.get("ts"))) is not None
    ]


def _count(bot: dict[str, Any], key: str) -> float:
    return number(bot.get(key)) or 0
