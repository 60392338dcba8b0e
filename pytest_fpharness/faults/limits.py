"""More signals than a limit lets through."""

from __future__ import annotations

from pytest_fpharness.faults.base import Fault, fault
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.uw_market import ROTATION


@fault(
    "signal.busy",
    "So many symbols have a qualifying signal in every cycle.",
    ParamSpec("symbols", "count", "how many", required=True),
    ParamSpec("names", "texts", "which, instead of the first of the usual ones", default=()),
    port="uw_api",
    hold="pinned",
)
class Busy(Fault):
    """Met by a decision about one of them."""

    witness = "the bot decides about one of the symbols"

    def inject(self) -> None:
        """Repeat their flow."""
        named = tuple(map(str, self.params["names"] or ()))
        self.symbols = (named or ROTATION)[: int(self.params["symbols"])]
        self.held = self.world.uw_api.repeat(self.symbols)

    def undo(self) -> None:
        """The usual flow."""
        self.held.lift()

    def watch(self, event: Event) -> None:
        """A decision."""
        if event.kind == "decision" and event.facts["symbol"] in self.symbols:
            self.meet(f"decided about {event.facts['symbol']}: {event.facts['action']}")
