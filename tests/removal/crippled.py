"""The reference bot with one thing of one failure point taken away.

Which one stands in the plan's world: ``without: "FP-1.3 detector"``, or with what it needs to know,
``without: "FP-3.2 gate max_positions"``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pytest_fpharness.faults.base import Fault, fault
from pytest_fpharness.model.health import DashboardRow
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.targets.contract import Process
from pytest_fpharness.targets.reference import ReferenceBot
from pytest_fpharness.world.world import World


@fault("test.nothing", "Nothing at all.", ParamSpec("file", "file"), port="files")
class Nothing(Fault):
    """A fault that does nothing."""

    def inject(self) -> None:
        """Leave the world as it is."""


def _detector(fp: str, instance: Any) -> None:
    from pytest_fpharness.reference_bot.checks import Finding

    # A blind check may still fill its row.
    values = dict.fromkeys(("daemon_alive", "cache_age", "weights", "frozen", "reason"))
    instance.checks[fp] = lambda current: Finding("OK", "blind", values)


def _healer(fp: str, instance: Any) -> None:
    instance.heals[fp].act = lambda current, finding, entry: "did nothing"


def _alert(fp: str, instance: Any) -> None:
    instance.alerting.discard(fp)


def _escalation(fp: str, instance: Any) -> None:
    instance.escalating.discard(fp)


def _colour(fp: str, instance: Any) -> None:
    instance.colours[fp] = dict.fromkeys(("OK", "WARN", "ERROR"), "GREEN")


def _gate(gate: str, instance: Any) -> None:
    from pytest_fpharness.reference_bot import gates
    from pytest_fpharness.reference_bot.funds import Funds

    if gate == "sizing":  # no gate, but the cut of an entry to the buying power
        Funds.affordable = lambda funds, wanted, price: wanted  # type: ignore[method-assign, assignment]
    else:
        gates.GATES[gate] = lambda candidate, exposure: ""


#: By what is taken away: how, and from which process.
EDITS: Mapping[str, tuple[Callable[[str, Any], None], str]] = {
    "detector": (_detector, "monitor"),
    "healer": (_healer, "monitor"),
    "alert": (_alert, "monitor"),
    "escalation": (_escalation, "monitor"),
    "colour": (_colour, "monitor"),
    "gate": (_gate, "bot"),
}


class CrippledBot(ReferenceBot):
    """See the module."""

    fp = what = gate = ""

    def __init__(self) -> None:
        super().__init__(self._cripple)

    def processes(self, world: World) -> Sequence[Process]:
        self.fp, self.what, self.gate, *_ = f"{world.settings.get('without', '')}   ".split(" ")
        return super().processes(world)

    def _cripple(self, process: str, instance: Any) -> None:
        if self.what not in EDITS:
            return
        edit, where = EDITS[self.what]
        if process == ("watchdog" if self.fp == "FP-6.20" and where == "monitor" else where):
            edit(self.gate or self.fp, instance)

    def dashboard(self) -> Mapping[str, DashboardRow]:
        from pytest_fpharness.reference_bot import dashboard

        if self.what == "row":
            dashboard.HIDDEN.add(self.fp)
        if self.what == "values":
            names = [
                n for n, row in super().dashboard().items() if n == self.fp for n in row.values
            ]
            dashboard.HIDDEN_VALUES.update((self.fp, name) for name in names)
        return super().dashboard()
