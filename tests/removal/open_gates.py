"""The reference bot with one gate that lets everything through: ``world: {open: max_new}``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_fpharness.targets.contract import Process
from pytest_fpharness.targets.reference import ReferenceBot
from pytest_fpharness.world.world import World


class OpenGates(ReferenceBot):
    """See the module; ``sizing`` is no gate, but the cut of an entry to the buying power."""

    gate = ""

    def __init__(self) -> None:
        super().__init__(self._open)

    def processes(self, world: World) -> Sequence[Process]:
        self.gate = str(world.settings.get("open", ""))
        return super().processes(world)

    def _open(self, process: str, instance: Any) -> None:
        if process != "bot" or not self.gate:
            return
        if self.gate == "sizing":
            from pytest_fpharness.reference_bot.funds import Funds

            Funds.affordable = lambda funds, wanted, price: wanted  # type: ignore[method-assign, assignment]
            return
        from pytest_fpharness.reference_bot import gates

        gates.GATES[self.gate] = lambda candidate, exposure: ""
