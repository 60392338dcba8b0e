"""What the broker says of the account: its keys, its numbers, its positions."""

from __future__ import annotations

from pytest_fpharness.faults.base import Fault, fault
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec


@fault(
    "broker.revoke_keys",
    "The broker accepts the bot's keys no more, as after the reset of a paper account.",
    port="broker",
    hold="pinned",
)
class RevokeKeys(Fault):
    """Both hosts answer 401; other keys are the valid ones."""

    def inject(self) -> None:
        """Rotate the keys away from the bot's."""
        self.world.alpaca.rotate_keys("PK0ROTATED00000000", "rotated-secret")

    def undo(self) -> None:
        """The bot's keys are valid again."""
        secrets = self.world.secrets
        self.world.alpaca.rotate_keys(secrets["broker_key"], secrets["broker_secret"])

    def watch(self, event: Event) -> None:
        """A refused call."""
        if event.kind == "http" and event.facts.get("status") == 401:
            if str(event.facts.get("role", "")).startswith("broker"):
                self.meet(f"{event.facts['method']} {event.facts['path']}: 401")


@fault(
    "broker.quote",
    "The quote of a symbol with a signal in each cycle stands at this price.",
    ParamSpec("symbol", "symbol", "the symbol", required=True),
    ParamSpec("price", "number", "the ask, in dollars", required=True),
    port="broker",
    hold="pinned",
)
class PinnedQuote(Fault):
    """Met by the bot's decision about it."""

    def inject(self) -> None:
        """Pin it, and give the bot a reason to look."""
        symbol, price = str(self.params["symbol"]), float(self.params["price"])
        self.held = [
            self.world.alpaca.set_quote(symbol, price - 0.05, price),
            self.world.uw_api.repeat([symbol]),
        ]

    def undo(self) -> None:
        """The usual quote and flow."""
        for control in self.held:
            control.lift()

    def watch(self, event: Event) -> None:
        """A decision about the symbol."""
        if event.kind == "decision" and event.facts["symbol"] == self.params["symbol"]:
            self.meet(f"decided about {self.params['symbol']} at {self.params['price']}")
