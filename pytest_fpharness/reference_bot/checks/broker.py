"""Category 4: the connection to the broker, and rejected orders."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo

from pytest_fpharness.reference_bot.checks.base import (
    ERROR,
    OK,
    WARN,
    Finding,
    Pass,
    exists,
    number,
)
from pytest_fpharness.reference_bot.files import StateError

BROKER_STATUS: Final = "state/broker_status.json"
#: Read at import: a bot that needs the time zone only in trouble must not find it missing then.
NEW_YORK: Final = ZoneInfo("America/New_York")
OPEN_MINUTE: Final = 9 * 60 + 30
CLOSE_MINUTE: Final = 16 * 60
BEFORE_OPEN_MINUTES: Final = 60
FRESH_SECONDS: Final = 60
REJECTION_SECONDS: Final = 600
HOUR: Final = 3600


def connection_up(current: Pass) -> Finding:
    """FP-4.1: the bot and the monitor both reach the broker; by a ping of our own."""
    try:
        bot = current.read_dict(BROKER_STATUS)
    except StateError:
        bot = {}
    problem = _connection_problem(current, bot)
    failures = max(current.memory.get("ping_failures", 0), int(_count(bot, "failures_in_a_row")))
    values = {
        "connected": not problem,
        "failures": failures,
        "mode": str(bot.get("mode", "unknown")),
    }
    if problem:
        return Finding(ERROR if session_matters(current.now) else WARN, problem, values)
    ping = current.ping()
    return Finding(OK, "connected" if ping.ok else f"one failed ping ({ping.error})", values)


def session_matters(now: float) -> bool:
    """Whether the market is open or opens within 60 minutes, by the local table of sessions."""
    local = datetime.fromtimestamp(now, timezone.utc).astimezone(NEW_YORK)
    minute = local.hour * 60 + local.minute
    return local.weekday() < 5 and OPEN_MINUTE - BEFORE_OPEN_MINUTES <= minute < CLOSE_MINUTE


def orders_accepted(current: Pass) -> Finding:
    """FP-4.4: rejections that no accepted order followed."""
    if not exists(BROKER_STATUS):
        return Finding(OK, "no order sent yet", {"rejections": 0, "last_reason": ""})
    try:
        bot = current.read_dict(BROKER_STATUS)
    except StateError as error:
        return Finding(WARN, f"rejections unknown: {error}", {"rejections": 0, "last_reason": ""})
    rejections = _rejections(bot)
    values = {
        "rejections": sum(at >= current.now - HOUR for at, _ in rejections),
        "last_reason": str(rejections[-1][1].get("reason", "")) if rejections else "",
    }
    accepted = number(bot.get("last_accepted")) or 0
    pending = [(at, line) for at, line in rejections if at > accepted]
    problem = _rejection_problem(bot, [line for _, line in pending])
    if problem:
        return Finding(ERROR, f"{problem}: {values['last_reason']}", values)
    if any(at >= current.now - REJECTION_SECONDS for at, _ in pending):
        return Finding(WARN, f"order rejected: {values['last_reason']}", values)
    return Finding(OK, "orders are accepted", values)


def _connection_problem(current: Pass, bot: dict[str, Any]) -> str:
    ping = current.ping()
    if bot.get("reachable") is False:
        return f"the bot cannot reach the broker: {bot.get('last_error') or 'no answer'}"
    if ping.ok:
        return ""
    if _count(bot, "failures_in_a_row") >= 1 or current.memory["ping_failures"] >= 2:
        return f"the broker does not answer: {ping.error}"
    last_ok = number(bot.get("last_ok"))
    if last_ok is None or current.now - last_ok >= FRESH_SECONDS:
        return f"the broker does not answer and was not seen lately: {ping.error}"
    return ""


def _rejection_problem(bot: dict[str, Any], pending: list[dict[str, Any]]) -> str:
    symbols = bot.get("streak_symbols")
    spread = len(set(map(str, symbols))) if isinstance(symbols, list) else 0
    if any(line.get("intent") == "exit" for line in pending):
        return "an exit was rejected"
    if _count(bot, "reject_streak") >= 5 and spread >= 2:
        return f"{_count(bot, 'reject_streak'):g} rejections in a row over {spread} symbols"
    orders = _count(bot, "last_cycle_orders")
    if orders >= 3 and _count(bot, "last_cycle_rejected") == orders:
        return f"all {orders:g} orders of a cycle were rejected"
    return ""


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
