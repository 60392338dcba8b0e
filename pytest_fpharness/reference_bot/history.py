"""What happened when: status changes, and the monitor's own log."""

from __future__ import annotations

import contextlib
from typing import Final

from pytest_fpharness.reference_bot.files import append_line, read_lines

HISTORY: Final = "state/history.jsonl"
LOG: Final = "logs/monitor.jsonl"


def log(ts: float, fp: str, event: str, text: str) -> None:
    """Append to the monitor's log; a full disk must not stop healing or alerting."""
    with contextlib.suppress(OSError):
        append_line(
            LOG,
            {"ts": ts, "fp": fp, "event": event, "text": text if fp in text else f"{fp}: {text}"},
        )


def record_changes(
    ts: float, before: dict[str, str], after: dict[str, str], messages: dict[str, str]
) -> None:
    """Append each status that differs from the pass before; a first OK is no change."""
    for fp, status in after.items():
        old = before.get(fp, "OK")
        if status == old:
            continue
        change = {"ts": ts, "fp": fp, "from": old, "to": status, "message": messages[fp]}
        with contextlib.suppress(OSError):
            append_line(HISTORY, change)
        log(ts, fp, "status", f"{old} -> {status}: {messages[fp]}")


def last_total() -> int:
    """How many broken rows the bot has counted so far, by its own record of cycles."""
    for line in reversed(read_lines("logs/cycles.jsonl", 20)):
        total = line.get("row_errors_total") if isinstance(line, dict) else None
        if isinstance(total, int):
            return total
    return 0
