"""What the broker says of the account: its keys, its numbers, its positions."""

from __future__ import annotations

from pytest_fpharness.faults.base import Fault, fault
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.books import books_agree


@fault(
    "broker.revoke_keys",
    "The broker accepts the bot's keys no more, as after the reset of a paper account.",
    port="broker",
    persistence="pinned",
)
class RevokeKeys(Fault):
    """Both hosts answer 401; other keys are the valid ones."""

    witness = "a call of the bot is refused with 401"

    def inject(self) -> None:
        """Rotate the keys away from the bot's."""
        self.world.alpaca.rotate_keys("PK0ROTATED00000000", "rotated-secret")

    def undo(self) -> None:
        """The bot's keys are valid again."""
        secrets = self.world.secrets
        self.world.alpaca.rotate_keys(secrets["broker_key"], secrets["broker_secret"])

    def watch(self, event: Event) -> None:
        facts = event.facts
        refused = event.kind == "http" and facts.get("status") == 401
        if refused and str(facts.get("role", "")).startswith("broker"):
            self.record_hit(f"{facts['method']} {facts['path']}: 401")


@fault(
    "broker.quote",
    "The quote of a symbol with a signal in each cycle stands at this price.",
    ParamSpec("symbol", "symbol", "the symbol", required=True),
    ParamSpec("price", "number", "the ask, in dollars", required=True),
    port="broker",
    persistence="pinned",
)
class PinnedQuote(Fault):
    """Met by the bot's decision about it."""

    witness = "the bot decides about the symbol while the quote stands"

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
            self.record_hit(f"decided about {self.params['symbol']} at {self.params['price']}")


@fault(
    "broker.account",
    "The account shows these flags and numbers, such as {buying_power: 400}.",
    ParamSpec("values", "any", "flags and numbers of the account", required=True),
    port="broker",
    persistence="pinned",
)
class PinnedAccount(Fault):
    """Met by whoever reads the account."""

    witness = "the bot reads the account with these values"

    def inject(self) -> None:
        self.held = self.world.alpaca.set_account(**dict(self.params["values"]))

    def undo(self) -> None:
        self.held.lift()

    def watch(self, event: Event) -> None:
        """An answer with these numbers."""
        facts = event.facts
        if event.kind == "http" and facts["path"] == "/v2/account" and facts.get("status") == 200:
            self.record_hit("read the account")


@fault(
    "broker.position",
    "A position changes at the broker by no order of the bot.",
    ParamSpec("symbol", "symbol", "the symbol", required=True),
    ParamSpec("by", "number", "shares, negative for a sale", required=True),
    port="broker",
    cleared_by="rewrite",
)
class MovePosition(Fault):
    """Ends when the books of the bot say the same as the broker."""

    witness = "the bot reads the list of positions"

    def inject(self) -> None:
        """Move it; again, when the harness breaks the healer."""
        symbol = str(self.params["symbol"])
        self.world.alpaca.open_position(symbol, float(self.params["by"]))

    def undo(self) -> None:
        """Move it back if nobody took it over."""
        if self.lifting:
            symbol = str(self.params["symbol"])
            self.world.alpaca.open_position(symbol, -float(self.params["by"]))

    def watch(self, event: Event) -> None:
        """The list of positions, handed to the bot."""
        facts = event.facts
        if event.kind == "http" and facts["path"] == "/v2/positions" and "status" in facts:
            self.record_hit(f"read the positions, {self.params['symbol']} among them")

    def clears(self, event: Event) -> bool:
        books_written = event.kind == "file.write" and event.facts["role"] == "state.positions"
        return (
            books_written
            and bool(event.actor)
            and books_agree(self.world, str(self.params["symbol"]))
        )
