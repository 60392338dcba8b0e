"""The bot's record of its broker: reachability, refusals and the trading mode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pytest_fpharness.reference_bot.files import StateError, read_json, write_json

PATH: Final = "state/broker_status.json"
#: Consecutive failed cycles after which only exits are allowed.
FAILURES: Final = 3
KEPT: Final = 50
#: Minimum orders in a cycle for "all rejected" to count.
MANY: Final = 3


def new_status(now: float) -> dict[str, Any]:
    """The content of the file at a first start."""
    return {
        "reachable": True,
        "last_ok": now,
        "last_error": "",
        "authorized": True,
        "buying_power": None,
        "position_size": 0.0,
        "short_cycles": 0,
        "mismatch": {},
        "reconciled": [],
        "doubtful": False,
        "compared_at": None,
        "failures_in_a_row": 0,
        "mode": "normal",
        "rejections": [],
        "rejected_total": 0,
        "last_rejected_sent_at": 0.0,
        "exits_refused": {},
        "all_rejected_at": None,
        "reject_streak": 0,
        "streak_symbols": [],
        "last_accepted": None,
        "last_cycle_orders": 0,
        "last_cycle_rejected": 0,
    }


def _valid(content: Any) -> bool:
    if not isinstance(content, dict) or set(new_status(0)) - set(content):
        return False
    lists = isinstance(content["rejections"], list) and isinstance(content["streak_symbols"], list)
    counts = ("failures_in_a_row", "reject_streak", "rejected_total")
    exits = isinstance(content["exits_refused"], dict)
    lists = lists and isinstance(content["reconciled"], list)
    exits = exits and isinstance(content["mismatch"], dict)
    return lists and exits and all(isinstance(content[name], int) for name in counts)


class BrokerStatus:
    """The content of `state/broker_status.json`, as `data`."""

    def __init__(self, now: float) -> None:
        try:
            self.data: dict[str, Any] = read_json(PATH, _valid)
        except StateError:
            # Enter nothing before a reconciliation succeeds.
            self.data = {**new_status(now), "mode": "reduce_only"}

    @property
    def mode(self) -> str:
        """`normal`, or `reduce_only`: exits only."""
        return str(self.data["mode"])

    def begin(self) -> None:
        """Begin a cycle: reset its counters."""
        self.data.update(last_cycle_orders=0, last_cycle_rejected=0)

    def reached(self, now: float) -> None:
        self.data.update(
            reachable=True, last_ok=now, last_error="", failures_in_a_row=0, mode="normal"
        )
        self.data["authorized"] = True

    def failed(self, error: str, *, refused_keys: bool = False) -> None:
        """Record a failed reconciliation; a broker that refuses the keys was reached."""
        failures = self.data["failures_in_a_row"] + 1
        self.data.update(reachable=refused_keys, last_error=error, failures_in_a_row=failures)
        if refused_keys:
            self.data["authorized"] = False
        if failures >= FAILURES:
            self.data["mode"] = "reduce_only"

    def sent(self) -> None:
        self.data["last_cycle_orders"] += 1

    def accepted(self, now: float, intent: Mapping[str, Any]) -> None:
        """Record an order seen open or filled, which ends an earlier streak of rejections.

        The response to a POST is not enough, because an order may be rejected afterwards. Nor is an
        order of the same cycle as the rejected one, because the warning must show for a while.
        """
        if intent["intent"] == "exit":
            self.data["exits_refused"].pop(intent["symbol"], None)
        if intent["sent_at"] > self.data["last_rejected_sent_at"]:
            self.data.update(last_accepted=now, reject_streak=0, streak_symbols=[])

    def holding(self, symbols: Iterable[str]) -> None:
        """Forget refused exits of symbols that are no longer held."""
        refused = self.data["exits_refused"]
        self.data["exits_refused"] = {s: refused[s] for s in refused if s in set(symbols)}

    def rejected(
        self, now: float, intent: Mapping[str, Any], reason: str, code: int | None, retried: bool
    ) -> None:
        row = {"ts": now, "symbol": intent["symbol"], "reason": reason, "code": code}
        row |= {"intent": intent["intent"], "retried": retried}
        self.data["rejections"] = [*self.data["rejections"], row][-KEPT:]
        self.data["rejected_total"] += 1
        sent_at = max(intent["sent_at"], self.data["last_rejected_sent_at"])
        self.data["last_rejected_sent_at"] = sent_at
        if intent["intent"] == "exit":
            refused = self.data["exits_refused"]
            refused[intent["symbol"]] = refused.get(intent["symbol"], 0) + 1
        self.data["last_cycle_rejected"] += 1
        self.data["reject_streak"] += 1
        symbols = {*self.data["streak_symbols"], intent["symbol"]}
        self.data["streak_symbols"] = sorted(symbols)

    def end(self, now: float) -> None:
        """End a cycle; record whether all of its orders were rejected."""
        orders = self.data["last_cycle_orders"]
        if orders >= MANY and self.data["last_cycle_rejected"] >= orders:
            self.data["all_rejected_at"] = now

    def save(self) -> None:
        """Write the file; raises OSError if it cannot be written."""
        write_json(PATH, self.data)
