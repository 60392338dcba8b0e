"""The history of status changes and heal events, and the monitor's log.

Lines that cannot be written are kept in memory and written before the next one, so that the
history of a full disk can be read afterwards.
"""

from __future__ import annotations

import os
from collections import deque
from typing import Any, Final

from .files import append_line, read_lines

HISTORY: Final = "state/history.jsonl"
LOG: Final = "logs/monitor.jsonl"
#: Lines to keep per file while it cannot be written; the oldest are dropped first.
MOST_WAITING: Final = 500

#: Lines waiting to be written, by absolute path.
_waiting: dict[str, deque[dict[str, Any]]] = {}


def log(ts: float, fp: str, event: str, text: str) -> None:
    """Append to the monitor's log; a full disk must not stop healing or alerting."""
    named = text if fp in text else f"{fp}: {text}"
    _append(LOG, {"ts": ts, "fp": fp, "event": event, "text": named})


def record_changes(
    ts: float, before: dict[str, str], after: dict[str, str], messages: dict[str, str]
) -> None:
    """Append each status that differs from the previous pass; a first OK is not a change."""
    for fp, status in after.items():
        old = before.get(fp, "OK")
        if status == old:
            continue
        _append(HISTORY, {"ts": ts, "fp": fp, "from": old, "to": status, "message": messages[fp]})
        log(ts, fp, "status", f"{old} -> {status}: {messages[fp]}")


def record_heal(ts: float, fp: str, event: str, text: str) -> None:
    """Append a heal event: ``heal``, ``healed``, ``heal_failed`` or ``manual``."""
    _append(HISTORY, {"ts": ts, "fp": fp, "event": event, "text": text})
    log(ts, fp, event, text)


def last_total() -> int:
    """Broken rows counted so far, according to the log of cycles."""
    for line in reversed(read_lines("logs/cycles.jsonl", 20)):
        total = line.get("row_errors_total") if isinstance(line, dict) else None
        if isinstance(total, int):
            return total
    return 0


def _append(path: str, line: dict[str, Any]) -> None:
    waiting = _waiting.setdefault(os.path.abspath(path), deque(maxlen=MOST_WAITING))
    refused = bool(waiting)
    waiting.append(line)
    try:
        while waiting:
            append_line(path, waiting[0], after_error=refused)
            waiting.popleft()
            refused = False
    except OSError:
        return  # kept for later; logging must not stop the caller
