"""Broker account faults: revoked keys, pinned quotes and account values, moved positions."""

from __future__ import annotations

from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.books import books_agree
from .base import Fault, fault


@fault(
    "broker.revoke_keys",
    "The broker no longer accepts the bot's keys, as after the reset of a paper account.",
    port="broker",
    persistence="pinned",
)
class RevokeKeys(Fault):
    """Both broker hosts answer 401, because other keys are now the valid ones."""

    witness = "the broker answers a call of the bot with 401"

    def inject(self) -> None:
        self.world.alpaca.rotate_keys("PK0ROTATED00000000", "rotated-secret")

    def undo(self) -> None:
        secrets = self.world.secrets
        self.world.alpaca.rotate_keys(secrets["broker_key"], secrets["broker_secret"])

    def watch(self, event: Event) -> None:
        facts = event.facts
        refused = event.kind == "http" and facts.get("status") == 401
        if refused and str(facts.get("role", "")).startswith("broker"):
            self.record_hit(f"{facts['method']} {facts['path']}: 401")


@fault(
    "broker.quote",
    "The symbol's quote stays at this price, and the symbol has a qualifying signal in each cycle.",
    ParamSpec("symbol", "symbol", "the symbol", required=True),
    ParamSpec("price", "number", "the ask, in dollars", required=True),
    port="broker",
    persistence="pinned",
)
class PinnedQuote(Fault):
    witness = "the bot decides about the symbol while the quote is pinned"

    def inject(self) -> None:
        symbol, price = str(self.params["symbol"]), float(self.params["price"])
        self.held = [
            self.world.alpaca.set_quote(symbol, price - 0.05, price),
            self.world.uw_api.repeat([symbol]),
        ]

    def undo(self) -> None:
        for control in self.held:
            control.lift()

    def watch(self, event: Event) -> None:
        if event.kind == "decision" and event.facts["symbol"] == self.params["symbol"]:
            self.record_hit(f"decided about {self.params['symbol']} at {self.params['price']}")


@fault(
    "broker.account",
    "The broker reports these account flags and numbers, such as {buying_power: 400}.",
    ParamSpec("values", "any", "account flags and numbers by name, in dollars", required=True),
    port="broker",
    persistence="pinned",
)
class PinnedAccount(Fault):
    witness = "the bot reads the account with these values"

    def inject(self) -> None:
        self.held = self.world.alpaca.set_account(**dict(self.params["values"]))

    def undo(self) -> None:
        self.held.lift()

    def watch(self, event: Event) -> None:
        facts = event.facts
        if event.kind == "http" and facts["path"] == "/v2/account" and facts.get("status") == 200:
            self.record_hit("read the account")


@fault(
    "broker.position",
    "A position changes at the broker without an order of the bot.",
    ParamSpec("symbol", "symbol", "the symbol", required=True),
    ParamSpec("by", "number", "shares to add, negative to sell", required=True),
    port="broker",
    cleared_by="rewrite",
)
class MovePosition(Fault):
    """Ends when the bot's books agree with the broker."""

    witness = "the bot reads the list of positions"

    def inject(self) -> None:
        symbol = str(self.params["symbol"])
        self.world.alpaca.open_position(symbol, float(self.params["by"]))

    def undo(self) -> None:
        """Move the position back, unless the bot has taken it over."""
        if self.lifting:
            symbol = str(self.params["symbol"])
            self.world.alpaca.open_position(symbol, -float(self.params["by"]))

    def watch(self, event: Event) -> None:
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
