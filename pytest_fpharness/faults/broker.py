"""The broker says no, says it late, or its answer gets lost."""

from __future__ import annotations

from typing import Any

from pytest_fpharness.faults.base import Fault, fault
from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.alpaca.errors import ERRORS

_REASON = ParamSpec(
    "reason", "choice", "a row of the error table", required=True, choices=tuple(sorted(ERRORS))
)
_TIMES = ParamSpec("times", "count", "how many orders", default=1)
#: Symbols with qualifying flow when a fault needs several candidates in one cycle.
_BUSY = ("AAPL", "MSFT", "NVDA", "AMD", "META", "AMZN")
_SOON = SECOND // 2  # the least time from an order to its fill


class OrderFault(Fault):
    """Acts on orders through controls of the broker's ledger."""

    def inject(self) -> None:
        """Hold the controls, beside those of an earlier injection."""
        self.held: list[Any] = [*getattr(self, "held", ()), *self.controls()]

    def controls(self) -> list[Any]:
        """The controls to hold."""
        raise NotImplementedError

    def undo(self) -> None:
        for control in self.held:
            control.lift()


class Reject(OrderFault):
    """Rejections of one kind of order."""

    witness = "an order of the bot comes back refused"

    intent = ""

    def controls(self) -> list[Any]:
        """The rejection, and enough candidates for it."""
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
        """An order of the bot that came back."""
        if event.kind == "order.rejected" and event.facts.get("intent") == self.intent:
            self.record_hit(
                f"{event.facts['symbol']} {event.facts['side']}: {event.facts['reason']}"
            )

    def clears(self, event: Event) -> bool:
        """Used up: the last rejection was sent, and the next order will go through."""
        return event.kind == "task.end" and self.met > 0 and not self.held[0].active


@fault(
    "broker.reject_entry",
    "The broker refuses entry orders.",
    _REASON,
    _TIMES,
    ParamSpec("symbols", "count", "symbols with a qualifying signal in each cycle", default=1),
    ParamSpec("every", "flag", "every entry, until lifted", default=False),
    port="broker",
    cleared_by="expiry",
)
class RejectEntry(Reject):
    intent = "entry"


@fault(
    "broker.reject_exit",
    "The broker refuses exit orders.",
    _REASON,
    _TIMES,
    ParamSpec("every", "flag", "every exit, until lifted", default=False),
    port="broker",
    cleared_by="expiry",
)
class RejectExit(Reject):
    intent = "exit"


@fault(
    "broker.lose_answer",
    "The broker takes the order, and its answer gets lost.",
    _TIMES,
    port="broker",
    cleared_by="expiry",
)
class LoseAnswer(OrderFault):
    witness = "the bot sent an order whose answer it never got"

    def controls(self) -> list[Any]:
        """Lose the next answers to orders."""
        return [self.world.alpaca.lose_answers(int(self.params["times"]))]

    def watch(self, event: Event) -> None:
        """The bot's order whose answer it never got."""
        if event.kind == "http" and event.facts.get("error") == "timeout":
            self.record_hit("the answer to an order was lost")

    def clears(self, event: Event) -> bool:
        return event.kind == "task.end" and self.met > 0 and not self.held[0].active


class TradedFault(OrderFault):
    """Qualifying flow for one symbol in every cycle; its first order ends in a certain way."""

    @property
    def symbol(self) -> str:
        return str(self.params["symbol"])

    def controls(self) -> list[Any]:
        """The flow; and no fill before its time."""
        self._ordered = False
        self._load = self.world.uw_api.repeat([self.symbol, *self.params.get("frees", ())])
        self._wait = self.world.alpaca.never_fill(self.symbol)
        return [self._load, self._wait]

    def watch(self, event: Event) -> None:
        """The first order of the symbol."""
        facts = event.facts
        entry = event.kind == "order.submitted" and facts.get("intent") == "entry"
        if entry and not self._ordered and facts["symbol"] == self.symbol:
            self._ordered = True
            self.ordered()

    def ordered(self) -> None:
        """What becomes of the first order."""
        raise NotImplementedError


@fault(
    "broker.fill",
    "The bot trades this symbol while its signal stays: the first order is filled.",
    ParamSpec("symbol", "symbol", "the symbol", required=True),
    ParamSpec("probe", "duration", "a bot cycle falls exactly this long after the fill", default=0),
    ParamSpec("frees", "any", "other symbols with the same signal", default=()),
    port="broker",
    cleared_by="expiry",
)
class FillFirst(TradedFault):
    """The first order is filled, so that a later cycle falls at a chosen distance from the fill."""

    witness = "a candidate that the control run lets through is blocked"

    def ordered(self) -> None:
        """Fill it at the chosen phase of the bot's cycle."""
        first, every = self.world.ticks.get(self.world.layout.trader, (0, self.world.layout.cycle))
        now = self.world.clock.now
        target = now + _SOON + int(self.params["probe"])
        tick = first + -(-(target - first) // every) * every
        self.at = tick - int(self.params["probe"])
        self.world.after(self.at - now, self._fill)

    def clears(self, event: Event) -> bool:
        """The limit is over: the symbol is ordered again."""
        facts = event.facts
        again = event.kind == "order.submitted" and facts.get("symbol") == self.symbol
        return again and facts.get("intent") == "entry" and event.at > getattr(self, "at", 1 << 62)

    def _fill(self) -> None:
        self._wait.lift()
        self.world.alpaca.fill_at(self.world.clock.wall_ns_true(), self.symbol)
        self.world.alpaca.ledger.settle()
        self.world.emit("limit.begins", symbol=self.symbol)

    def watch(self, event: Event) -> None:
        """Met by the candidate that the gate then blocks."""
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
    "The bot's order is cancelled unfilled while its signal stays.",
    ParamSpec("symbol", "symbol", "the symbol, or own: the next order of the bot", required=True),
    ParamSpec("frees", "any", "other symbols with the same signal", default=()),
    port="broker",
    cleared_by="expiry",
)
class CancelFirst(TradedFault):
    """The first order is cancelled."""

    witness = "the bot's order is cancelled"

    def controls(self) -> list[Any]:
        """With ``own``, no extra flow: the bot's next order, whatever it is."""
        if self.symbol != "own":
            return super().controls()
        self._ordered = False
        self._wait = self.world.alpaca.never_fill()
        return [self._wait]

    def watch(self, event: Event) -> None:
        facts = event.facts
        entry = event.kind == "order.submitted" and facts.get("intent") == "entry"
        if entry and not self._ordered and self.symbol in ("own", facts["symbol"]):
            self._ordered, self._which = True, str(facts["symbol"])
            self.world.after(SECOND, self._cancel)

    def ordered(self) -> None:
        """Not used: the order is cancelled a second later."""

    def _cancel(self) -> None:
        self.world.alpaca.cancel_orders(self._which)
        self._wait.lift()
        self.record_hit_for("its order was cancelled", self.world.layout.trader)
