"""A log of the gates: totals, entries of the last cycle, and a gate that blocks everything."""

from __future__ import annotations

from typing import Any, Final

from pytest_fpharness.reference_bot.files import StateError, read_json, write_json

PATH: Final = "state/gates.json"


def new_log() -> dict[str, Any]:
    """The content of the file at a first start."""
    return {"blocked": {}, "new": 0, "streak": {"gate": "", "since": 0.0, "count": 0}}


def _valid(content: Any) -> bool:
    return (
        isinstance(content, dict)
        and isinstance(content.get("blocked"), dict)
        and isinstance(content.get("streak"), dict)
        and {"gate", "since", "count"} <= content["streak"].keys()
    )


class GateLog:
    """Add up the decisions of each cycle in `state/gates.json`."""

    def __init__(self) -> None:
        self._cycle: list[tuple[str, str]] = []

    def begin(self) -> None:
        self._cycle = []

    def note(self, decision: str, gate: str) -> None:
        """Note that a candidate was entered or blocked; skipped ones do not count."""
        if decision in ("enter", "block"):
            self._cycle.append((decision, gate))

    def end(self, now: float) -> None:
        """Add the cycle and write the file; raises OSError if it cannot be written."""
        try:
            data: dict[str, Any] = read_json(PATH, _valid)
        except StateError:
            data = new_log()
        data["new"] = sum(decision == "enter" for decision, _ in self._cycle)
        for decision, gate in self._cycle:
            if decision == "block":
                data["blocked"][gate] = data["blocked"].get(gate, 0) + 1
        gates = {gate for _, gate in self._cycle}
        if self._cycle:
            # An entry has no gate, so it ends every streak.
            data["streak"] = self._streak(data["streak"], gates, now)
        write_json(PATH, data)

    def _streak(self, before: dict[str, Any], gates: set[str], now: float) -> dict[str, Any]:
        gate = gates.pop() if len(gates) == 1 else ""
        if gate and before["gate"] == gate:
            return {**before, "count": before["count"] + len(self._cycle)}
        return {"gate": gate, "since": now, "count": len(self._cycle)}
