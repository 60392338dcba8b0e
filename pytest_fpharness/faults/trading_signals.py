"""A signal with a known score, handed to the bot's own entry path (TEST-1)."""

from __future__ import annotations

from pytest_fpharness.faults.base import Fault, fault
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import TRADER, ParamSpec
from pytest_fpharness.world.unusual_whales.market import ROTATION


@fault(
    "signal.inject",
    "A cluster with a known score is handed to the bot, beside what the vendor sends.",
    ParamSpec("symbol", "symbol", "the symbol", required=True),
    ParamSpec("score", "number", "its score", required=True),
    ParamSpec("side", "choice", "its direction", default="buy", choices=("buy", "sell")),
    ParamSpec("process", "process", "the process that takes it", default=TRADER),
    port="processes",
    cleared_by="expiry",
)
class InjectSignal(Fault):
    """Met by the decision that the bot logs for it."""

    witness = "the bot decides about the symbol"

    def inject(self) -> None:
        """Hand it over, as soon as the process is idle."""
        cluster = {name: self.params[name] for name in ("symbol", "score", "side")}
        self.world.processes.host.call(str(self.params["process"]), "inject", cluster)

    def watch(self, event: Event) -> None:
        """The decision about it."""
        if event.kind == "decision" and event.facts["symbol"] == self.params["symbol"]:
            self.record_hit(f"decided about {self.params['symbol']}")

    def clears(self, event: Event) -> bool:
        """Decided, and the task is over."""
        return event.kind == "task.end" and event.facts.get("task") == "inject"


@fault(
    "signal.busy",
    "So many symbols have a qualifying signal in every cycle.",
    ParamSpec("symbols", "count", "how many", required=True),
    ParamSpec("names", "texts", "which, instead of the first of the usual ones", default=()),
    port="uw_api",
    persistence="pinned",
)
class BusyFlow(Fault):
    """Met by a decision about one of them."""

    witness = "the bot decides about one of the symbols"

    def inject(self) -> None:
        named = tuple(map(str, self.params["names"] or ()))
        self.symbols = (named or ROTATION)[: int(self.params["symbols"])]
        self.held = self.world.uw_api.repeat(self.symbols)

    def undo(self) -> None:
        self.held.lift()

    def watch(self, event: Event) -> None:
        if event.kind == "decision" and event.facts["symbol"] in self.symbols:
            self.record_hit(f"decided about {event.facts['symbol']}: {event.facts['action']}")
