"""Order faults: rejected, cancelled or filled orders, and lost answers."""

from __future__ import annotations

import functools
from typing import Any, ClassVar

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.alpaca.errors import ERRORS
from .base import Fault, fault

_REASON = ParamSpec(
    "reason", "choice", "the broker's reason, by name", required=True, choices=tuple(sorted(ERRORS))
)
_TIMES = ParamSpec("times", "count", "number of orders", default=1)
#: Symbols with qualifying flow when a fault needs several candidates in one cycle.
_BUSY = ("AAPL", "MSFT", "NVDA", "AMD", "META", "AMZN")
_SOON = SECOND // 2  # the least time from an order to its fill


class OrderFault(Fault):
    """Changes what happens to orders, by overrides of the broker."""

    def inject(self) -> None:
        """Add the overrides to those of an earlier injection."""
        self.held: list[Any] = [*getattr(self, "held", ()), *self.controls()]

    def controls(self) -> list[Any]:
        """Create the overrides, which ``undo`` lifts."""
        raise NotImplementedError

    def undo(self) -> None:
        for control in self.held:
            control.lift()


class Reject(OrderFault):
    witness = "the broker rejects an order of the bot"

    intent = ""

    def controls(self) -> list[Any]:
        times = None if self.params.get("every") else int(self.params["times"])
        held = [
            self.world.alpaca.reject_orders(
                str(self.params["reason"]), times=times, intent=self.intent
            )
        ]
        count = int(self.params.get("symbols", 1))
        if count > 1:
            held.append(self.world.uw_api.repeat(_BUSY[:count]))
        return held

    def watch(self, event: Event) -> None:
        if event.kind == "order.rejected" and event.facts.get("intent") == self.intent:
            self.record_hit(
                f"{event.facts['symbol']} {event.facts['side']}: {event.facts['reason']}"
            )

    def clears(self, event: Event) -> bool:
        """Whether the last rejection was sent, so that the next order goes through."""
        return event.kind == "task.end" and self.met > 0 and not self.held[0].active


@fault(
    "broker.reject_entry",
    "The broker rejects entry orders.",
    _REASON,
    _TIMES,
    ParamSpec(
        "symbols", "count", "number of symbols with a qualifying signal in each cycle", default=1
    ),
    ParamSpec("every", "flag", "reject every entry until lifted", default=False),
    port="broker",
    cleared_by="expiry",
)
class RejectEntry(Reject):
    intent = "entry"


@fault(
    "broker.reject_exit",
    "The broker rejects exit orders.",
    _REASON,
    _TIMES,
    ParamSpec("every", "flag", "reject every exit until lifted", default=False),
    port="broker",
    cleared_by="expiry",
)
class RejectExit(Reject):
    intent = "exit"


@fault(
    "broker.lose_answer",
    "The broker accepts the order, but its answer is lost.",
    _TIMES,
    port="broker",
    cleared_by="expiry",
)
class LoseAnswer(OrderFault):
    witness = "an order of the bot gets no answer"

    def controls(self) -> list[Any]:
        return [self.world.alpaca.lose_answers(int(self.params["times"]))]

    def watch(self, event: Event) -> None:
        if event.kind == "http" and event.facts.get("error") == "timeout":
            self.record_hit("the answer to an order was lost")

    def clears(self, event: Event) -> bool:
        return event.kind == "task.end" and self.met > 0 and not self.held[0].active


class TradedFault(OrderFault):
    """Gives one symbol a qualifying signal in every cycle and acts on its first entry order."""

    NEXT_ORDER: ClassVar[str] = "own"  # instead of a symbol: the next entry order, whatever it is

    @property
    def symbol(self) -> str:
        return str(self.params["symbol"])

    def controls(self) -> list[Any]:
        self._ordered = False
        self._load = self.world.uw_api.repeat([self.symbol, *self.params.get("frees", ())])
        self._wait = self.world.alpaca.never_fill(self.symbol)
        return [self._load, self._wait]

    def watch(self, event: Event) -> None:
        facts = event.facts
        entry = event.kind == "order.submitted" and facts.get("intent") == "entry"
        if entry and not self._ordered and self.symbol in (self.NEXT_ORDER, facts["symbol"]):
            self._ordered = True
            self.on_first_order(str(facts["symbol"]))

    def on_first_order(self, symbol: str) -> None:
        raise NotImplementedError


@fault(
    "broker.fill",
    "The bot's first order for this symbol is filled, while the symbol's signal stays.",
    ParamSpec("symbol", "symbol", "the symbol", required=True),
    ParamSpec("probe", "duration", "time from the fill to a cycle of the bot", default=0),
    ParamSpec("frees", "any", "other symbols that get the same signal", default=()),
    port="broker",
    cleared_by="expiry",
)
class FillFirst(TradedFault):
    """Times the fill so that a later cycle starts exactly ``probe`` after it."""

    witness = "a gate blocks a candidate that passes in the control run"

    def on_first_order(self, symbol: str) -> None:
        first, every = self.world.ticks.get(self.world.layout.trader, (0, self.world.layout.cycle))
        now = self.world.clock.now
        target = now + _SOON + int(self.params["probe"])
        tick = first + -(-(target - first) // every) * every
        self.at = tick - int(self.params["probe"])
        self.world.after(self.at - now, self._fill)

    def clears(self, event: Event) -> bool:
        """Whether the symbol is ordered again, so the limit is over."""
        facts = event.facts
        again = event.kind == "order.submitted" and facts.get("symbol") == self.symbol
        return again and facts.get("intent") == "entry" and event.at > getattr(self, "at", 1 << 62)

    def _fill(self) -> None:
        self._wait.lift()
        self.world.alpaca.fill_at(self.world.clock.wall_ns_true(), self.symbol)
        self.world.alpaca.ledger.settle()
        self.world.emit("limit.begins", symbol=self.symbol)

    def watch(self, event: Event) -> None:
        """Record the candidate that the gate blocks."""
        super().watch(event)
        facts = event.facts
        if (
            event.kind == "decision"
            and facts["symbol"] == self.symbol
            and facts["action"] == "block"
        ):
            self.record_hit_for(
                "a candidate that the control run lets through",
                event.actor or self.world.layout.trader,
            )


@fault(
    "broker.cancel",
    "The bot's order is cancelled unfilled, while the symbol's signal stays.",
    ParamSpec("symbol", "symbol", "the symbol, or own for the bot's next order", required=True),
    ParamSpec("frees", "any", "other symbols that get the same signal", default=()),
    port="broker",
    cleared_by="expiry",
)
class CancelFirst(TradedFault):
    witness = "the bot's order is cancelled"

    def controls(self) -> list[Any]:
        """Add no flow with ``own``: the bot's next order for any symbol is cancelled."""
        if self.symbol != self.NEXT_ORDER:
            return super().controls()
        self._ordered = False
        self._wait = self.world.alpaca.never_fill()
        return [self._wait]

    def on_first_order(self, symbol: str) -> None:
        self.world.after(SECOND, functools.partial(self._cancel, symbol))

    def _cancel(self, symbol: str) -> None:
        self.world.alpaca.cancel_orders(symbol)
        self._wait.lift()
        self.record_hit_for("its order was cancelled", self.world.layout.trader)
