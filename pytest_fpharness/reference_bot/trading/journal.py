"""The bot's logs: decisions, one record per cycle, and the heartbeat."""

from __future__ import annotations

import math
import os
import sys
import time
from typing import Any, Final

from pytest_fpharness.reference_bot.files import (
    StateError,
    append_line,
    read_json,
    rotate,
    write_json,
)
from pytest_fpharness.reference_bot.trading import gates, guards
from .gate_log import GateLog
from .gates import Candidate

HEARTBEAT: Final = "state/bot_heartbeat.json"

#: Logs to rotate. Not the trades: they are the record of fills, and a position may need an old line.
LOGS: Final = ("logs/bot.jsonl", "logs/decisions.jsonl", "logs/cycles.jsonl")

Row = dict[str, Any]


class Journal:
    """The record of the current cycle, and its decisions."""

    def __init__(self) -> None:
        self.number = _last_cycle()
        self.record: Row = {}
        self._gates = GateLog()

    def begin(self, now: float) -> None:
        """Begin the record of a cycle; it is not ok until it finishes."""
        self.number += 1
        counts = dict.fromkeys(("clusters", "candidates", "entered", "blocked", "exits"), 0)
        self.record = {"ts": now, "cycle": self.number, "ok": False, "guard": "", **counts}
        self.record["error"] = ""
        self._gates.begin()

    def begin_outside_cycle(self) -> None:
        """Begin a record for decisions outside of a cycle; it is not written."""
        self.record = {"entered": 0, "blocked": 0, "guard": ""}

    def decide(
        self, candidate: Candidate, decision: str, gate: str, reason: str, name: str | None = None
    ) -> None:
        """Log and count a decision, with the steps it went through and its client order id."""
        line = {"ts": candidate.now, "cycle": self.number, "symbol": candidate.symbol}
        score = candidate.score if math.isfinite(candidate.score) else None
        line |= {"side": "buy" if candidate.bullish else "sell", "score": score}
        line |= {"decision": decision, "gate": gate, "reason": reason, "client_order_id": name}
        line["trace"] = gates.path_to(gate, guards.GUARDS)
        self._gates.note(decision, gate)
        self.record["entered"] += decision == "enter"
        self.record["blocked"] += decision == "block"
        log("logs/decisions.jsonl", line)

    def count_gates(self, now: float) -> None:
        """Add this cycle to the log of the gates; raises OSError if it cannot be written."""
        self._gates.end(now)

    def beat(self) -> None:
        """Write the heartbeat of a finished cycle; raises OSError if it cannot be written."""
        beat = {"cycle": self.number, "finished_at": time.time(), "pid": os.getpid()}
        write_json(HEARTBEAT, beat)

    def write_cycle(self, mode: str) -> None:
        """Log the record of the cycle, then rotate the logs."""
        log("logs/cycles.jsonl", {**self.record, "mode": mode})
        for path in LOGS:
            rotate(path)


def log(path: str, line: Row) -> None:
    """Append a line to a log; report to stderr if it cannot be written."""
    try:
        append_line(path, line)
    except OSError as error:
        print(f"cannot write {path}: {error}", file=sys.stderr)


def _last_cycle() -> int:
    try:
        number = read_json(HEARTBEAT, lambda stored: isinstance(stored.get("cycle"), int))["cycle"]
    except (StateError, AttributeError):
        return 0
    return int(number)
