"""Category 6: the machine's network, tested with the two hosts that the bot needs."""

from __future__ import annotations

import socket
from typing import Final
from urllib.parse import urlsplit

from .base import ERROR, OK, WARN, Finding, Pass, number
from .broker import session_matters

CONNECT_TIMEOUT: Final = 3
#: Consecutive failures after which a host counts as lost.
IN_A_ROW: Final = 2
SLOW_SECONDS: Final = 2.0
#: The daemon's last line is ignored after this many seconds.
RECENT: Final = 120
DAEMON_LOG: Final = "logs/uw_flow_daemon.jsonl"
NOT_JSON: Final = "the answer is not JSON"
_STREAKS: Final = "network_streaks"


def network_up(current: Pass) -> Finding:
    """FP-6.6: broker and vendor can be reached and respond in time."""
    broker, vendor = _broker_problem(current), _vendor_problem(current)
    ping = current.ping()
    values = {
        "broker_reachable": not broker,
        "vendor_reachable": not vendor,
        "response_seconds": round(ping.seconds, 3) if ping.ok else None,
    }
    slow = ping.ok and ping.seconds > SLOW_SECONDS
    lost = {
        name: problem
        for name, problem in (("broker", broker), ("vendor", vendor))
        if _streak(current, name, bool(problem)) >= IN_A_ROW
    }
    slow_now = _streak(current, "slow", slow) >= IN_A_ROW
    if lost:
        names = " and ".join(f"{name} ({problem})" for name, problem in lost.items())
        status = ERROR if "broker" in lost and session_matters(current.now) else WARN
        return Finding(status, f"cannot be reached: {names}", values)
    if slow_now:
        return Finding(WARN, f"a response takes {ping.seconds:.1f} s", values)
    return Finding(OK, "one failed attempt" if broker or vendor else "every host responds", values)


def _broker_problem(current: Pass) -> str:
    """Why the broker cannot be reached; an HTTP error is a response and does not count."""
    ping = current.ping()
    return "" if ping.ok or ping.error.startswith("HTTP ") else ping.error


def _vendor_problem(current: Pass) -> str:
    """Why the vendor cannot be reached; a connection does not use up its quota."""
    address = urlsplit(current.settings.uw_url)
    try:
        socket.create_connection(
            (address.hostname or "", address.port or 443), timeout=CONNECT_TIMEOUT
        ).close()
    except OSError as error:
        return type(error).__name__
    lines = current.lines(DAEMON_LOG, 1)
    last = lines[-1] if lines else {}
    recent = current.now - (number(last.get("ts")) or 0) <= RECENT
    return NOT_JSON if recent and last.get("error") == NOT_JSON else ""


def _streak(current: Pass, name: str, failed: bool) -> int:
    streaks: dict[str, int] = current.memory.setdefault(_STREAKS, {})
    streaks[name] = streaks.get(name, 0) + 1 if failed else 0
    return streaks[name]
