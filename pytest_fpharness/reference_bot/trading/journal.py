"""What the bot writes down of itself: each decision, one record of each cycle, the heartbeat."""

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
from pytest_fpharness.reference_bot.trading.gate_log import GateLog
from pytest_fpharness.reference_bot.trading.gates import Candidate

HEARTBEAT: Final = "state/bot_heartbeat.json"

#: The logs that the bot's process rotates. Not the trades: they are the book of fills, a line each,
#: and a position may need a line of any age.
LOGS: Final = ("logs/bot.jsonl", "logs/decisions.jsonl", "logs/cycles.jsonl")

Row = dict[str, Any]


class Journal:
    """The record of the cycle that runs, and the decisions in it."""

    def __init__(self) -> None:
        self.number = _last_cycle()
        self.record: Row = {}
        self._gates = GateLog()

    def begin(self, now: float) -> None:
        """A cycle begins; nothing of it went well yet."""
        self.number += 1
        counts = dict.fromkeys(("clusters", "candidates", "entered", "blocked", "exits"), 0)
        self.record = {"ts": now, "cycle": self.number, "ok": False, "guard": "", **counts}
        self.record["error"] = ""
        self._gates.begin()

    def begin_aside(self) -> None:
        """Decisions beside the cycles: they are counted in a record that nobody writes."""
        self.record = {"entered": 0, "blocked": 0, "guard": ""}

    def decide(
        self, candidate: Candidate, decision: str, gate: str, reason: str, name: str | None = None
    ) -> None:
        """Log and count a decision, with the gates it went through and its order's name."""
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
        """Add up what the gates did in this cycle; raises OSError when the disk refuses."""
        self._gates.end(now)

    def beat(self) -> None:
        """The cycle is finished; raises OSError when the disk refuses."""
        beat = {"cycle": self.number, "finished_at": time.time(), "pid": os.getpid()}
        write_json(HEARTBEAT, beat)

    def write_cycle(self, mode: str) -> None:
        """Log the record of the cycle, the last line of it; then is the time to rotate."""
        log("logs/cycles.jsonl", {**self.record, "mode": mode})
        for path in LOGS:
            rotate(path)


def log(path: str, line: Row) -> None:
    """Append a line to a log, as far as the disk takes it."""
    try:
        append_line(path, line)
    except OSError as error:
        # The disk refuses; the journal of the service still gets a word.
        print(f"cannot write {path}: {error}", file=sys.stderr)


def _last_cycle() -> int:
    try:
        number = read_json(HEARTBEAT, lambda stored: isinstance(stored.get("cycle"), int))["cycle"]
    except (StateError, AttributeError):
        return 0
    return int(number)
