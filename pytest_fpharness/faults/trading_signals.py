"""Trading signals: one with a known score (TEST-1), or one for many symbols at once."""

from __future__ import annotations

from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import TRADER, ParamSpec
from pytest_fpharness.world.unusual_whales.market import ROTATION
from .base import Fault, fault


@fault(
    "signal.inject",
    "The bot gets a cluster with a known score, in addition to the vendor's data.",
    ParamSpec("symbol", "symbol", "the symbol", required=True),
    ParamSpec("score", "number", "score of the cluster", required=True),
    ParamSpec("side", "choice", "direction of the trade", default="buy", choices=("buy", "sell")),
    ParamSpec("process", "process", "the process that gets the cluster", default=TRADER),
    port="processes",
    cleared_by="expiry",
)
class InjectSignal(Fault):
    witness = "the bot decides about the symbol"

    def inject(self) -> None:
        """Hand the cluster over as soon as the process is idle."""
        cluster = {name: self.params[name] for name in ("symbol", "score", "side")}
        self.world.processes.host.call(str(self.params["process"]), "inject", cluster)

    def watch(self, event: Event) -> None:
        if event.kind == "decision" and event.facts["symbol"] == self.params["symbol"]:
            self.record_hit(f"decided about {self.params['symbol']}")

    def clears(self, event: Event) -> bool:
        return event.kind == "task.end" and event.facts.get("task") == "inject"


@fault(
    "signal.busy",
    "Several symbols have a qualifying signal in every cycle.",
    ParamSpec("symbols", "count", "number of symbols", required=True),
    ParamSpec(
        "names", "texts", "the symbols; by default the first of the vendor's rotation", default=()
    ),
    port="uw_api",
    persistence="pinned",
)
class BusyFlow(Fault):
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
