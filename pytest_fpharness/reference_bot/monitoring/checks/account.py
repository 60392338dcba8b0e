"""Category 4: the account: keys, buying power and positions."""

from __future__ import annotations

import math
from typing import Any, Final

from .base import ACKS, ERROR, OK, WARN, Finding, Pass, number
from .broker import BROKER_STATUS, session_matters

#: Consecutive cycles with reduced entries that count as a problem of the account.
SHORT_CYCLES: Final = 2


def keys_accepted(current: Pass) -> Finding:
    """FP-4.2: the broker accepts the keys of both the bot and the monitor."""
    ping, bot = current.ping(), bot_status(current)
    values = {"authorized": not ping.refused}
    if not ping.refused and bot.get("authorized") is not False:
        return Finding(OK, "keys accepted" if ping.ok else "no refusal of the keys seen", values)
    error = ping.error if ping.refused else str(bot.get("last_error") or "refused")
    status = ERROR if session_matters(current.now) else WARN
    return Finding(status, f"the broker does not accept the keys: {error}", values)


def buying_power_enough(current: Pass) -> Finding:
    """FP-4.3: entries were not made smaller, or skipped, in several cycles in a row."""
    bot = bot_status(current)
    short = int(number(bot.get("short_cycles")) or 0)
    available = _buying_power(current) if current.ping().ok else None
    if available is None:  # after a failed call, use the value of the bot's last cycle
        available = number(bot.get("buying_power"))
    values = {
        "buying_power": available,
        "position_size": number(bot.get("position_size")),
        "short_cycles": short,
    }
    if available is not None and available < 0:
        return Finding(ERROR, f"the buying power is negative: {available:.2f}", values)
    if current.ping().ok and available is None:
        return Finding(WARN, "the buying power is unknown", values)
    if short >= SHORT_CYCLES:
        return Finding(WARN, f"entries were cut or skipped in {short} cycles in a row", values)
    return Finding(OK, "enough buying power", values)


def positions_reconciled(current: Pass) -> Finding:
    """FP-4.5: positions match the broker's; what was taken over must be acknowledged."""
    bot = bot_status(current)
    mismatch, taken = bot.get("mismatch"), bot.get("reconciled")
    mismatch = mismatch if isinstance(mismatch, dict) else {}
    values = {"differing": len(mismatch), "symbols": sorted(mismatch)}
    if mismatch:
        text = "; ".join(_difference(symbol, row) for symbol, row in sorted(mismatch.items()))
        cause = "doubtful" if bot.get("doubtful") else "differs"
        return Finding(ERROR, f"positions differ from the broker's: {text}", values, cause)
    acked = number(current.read_dict_or_empty(ACKS).get("FP-4.5")) or 0
    rows = [row for row in taken or () if isinstance(row, dict)]
    fresh = [row for row in rows if (number(row.get("ts")) or 0) > acked]
    if fresh:
        text = "; ".join(_difference(str(row.get("symbol")), row) for row in fresh)
        return Finding(WARN, f"taken over from the broker, until acknowledged: {text}", values)
    return Finding(OK, "positions match the broker's", values)


def _difference(symbol: str, row: Any) -> str:
    fields = row if isinstance(row, dict) else {}
    return f"{symbol} {fields.get('local')} here, {fields.get('broker')} there"


def _buying_power(current: Pass) -> float | None:
    try:
        amount = float(current.account()["buying_power"])
    except (KeyError, TypeError, ValueError):
        return None
    return amount if math.isfinite(amount) else None


def bot_status(current: Pass) -> dict[str, Any]:
    """The bot's record of its broker; empty if it cannot be read."""
    return current.read_dict_or_empty(BROKER_STATUS)
