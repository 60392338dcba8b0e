"""The broker account: its numbers, its flags, and what overrides them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from pytest_fpharness.world.http.messages import ResponseOverride
from .ledger import Ledger
from .model import ZERO
from .shapes import Shape, money

_FLAGS: Final[Mapping[str, object]] = {
    "status": "ACTIVE",
    "trading_blocked": False,
    "transfers_blocked": False,
    "account_blocked": False,
    "trade_suspended_by_user": False,
    "shorting_enabled": True,
}
_CONFIGURATIONS: Final[Mapping[str, object]] = {
    "suspend_trade": False,
    "no_shorting": False,
    "fractional_trading": True,
    "max_margin_multiplier": "4",
    "trade_confirm_email": "all",
}
_NUMBERS: Final = ("buying_power", "cash", "equity", "last_equity", "long_market_value")
MULTIPLIER: Final = 2


class Account:
    """Flags, configurations and computed numbers; `override` changes any of them while held."""

    def __init__(self, ledger: Ledger, *, paper: bool, legacy_pdt: bool) -> None:
        self.ledger = ledger
        self.last_equity = ledger.cash
        self._number = "PA3FAKE00001" if paper else "912300001"
        self._legacy = legacy_pdt
        self.configurations: dict[str, object] = dict(_CONFIGURATIONS)
        if legacy_pdt:
            self.configurations.update(dtbp_check="entry", pdt_check="entry")
        self.overrides: list[tuple[ResponseOverride, dict[str, object]]] = []

    @staticmethod
    def names() -> tuple[str, ...]:
        """Everything that :meth:`override` can change."""
        return tuple(sorted({*_FLAGS, *_CONFIGURATIONS, *_NUMBERS}))

    def override(self, control: ResponseOverride, values: Mapping[str, object]) -> None:
        """Change flags or numbers; raises TypeError for a name the account does not have."""
        known = {**_FLAGS, **_CONFIGURATIONS, **dict.fromkeys(_NUMBERS)}
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise TypeError(f"the account has no {unknown[0]!r}; it has {', '.join(sorted(known))}")
        self.overrides.append((control, dict(values)))

    def _override(self, name: str) -> tuple[ResponseOverride, object] | None:
        for control, values in reversed(self.overrides):
            if name in values and control.active:
                return control, values[name]
        return None

    def flag(self, name: str) -> object:
        """The value of a flag or a configuration, overrides applied."""
        override = self._override(name)
        if override is not None:
            return override[1]
        return _FLAGS[name] if name in _FLAGS else self.configurations[name]

    def because_of(self, name: str) -> None:
        """Count a refusal for the override of that name, if there is one."""
        override = self._override(name)
        if override is not None:
            override[0].meet()

    @property
    def suspended(self) -> bool:
        """Whether the user has suspended trading, by either of the two ways to say so."""
        return bool(self.flag("trade_suspended_by_user") or self.flag("suspend_trade"))

    def numbers(self) -> dict[str, Decimal]:
        """Dollars: cash, equity, exposure and buying power."""
        long = short = ZERO
        for p in self.ledger.positions.values():
            value = p.qty * self.ledger.prices.last(p.symbol)
            long, short = (long + value, short) if value > 0 else (long, short + value)
        equity = self.ledger.cash + long + short
        free = MULTIPLIER * equity - (long - short) - self.ledger.pending_cost()
        amounts = {
            "cash": self.ledger.cash,
            "equity": equity,
            "last_equity": self.last_equity,
            "long_market_value": long,
            "short_market_value": short,
            "buying_power": max(ZERO, free),
        }
        for name in _NUMBERS:
            override = self._override(name)
            if override is not None:
                amounts[name] = Decimal(str(override[1]))
        return amounts

    def witness(self) -> None:
        """A client reads the account: count the overrides in force."""
        for control, _ in self.overrides:
            if control.active:
                control.meet()

    def shape(self) -> Shape:
        """The account object. Day-trade fields went on 2026-07-06; `legacy_pdt` keeps them."""
        n = {name: money(value) for name, value in self.numbers().items()}
        gross = Decimal(n["long_market_value"]) - Decimal(n["short_market_value"])
        body: Shape = {
            "id": "c0ffee00-0000-4000-8000-000000000001",
            "account_number": self._number,
            **{name: self.flag(name) for name in _FLAGS},
            "trade_suspended_by_user": self.suspended,
            "crypto_status": "ACTIVE",
            "currency": "USD",
            **n,
            "regt_buying_power": n["buying_power"],
            "effective_buying_power": n["buying_power"],
            "non_marginable_buying_power": n["cash"],
            "options_buying_power": n["cash"],
            "portfolio_value": n["equity"],
            "position_market_value": money(gross),
            "initial_margin": money(gross / 2),
            "maintenance_margin": money(gross * Decimal("0.3")),
            "last_maintenance_margin": "0",
            "sma": n["equity"],
            "multiplier": str(MULTIPLIER),
            "accrued_fees": "0",
            "pending_transfer_in": "0",
            "pending_reg_taf_fees": "0",
            "intraday_adjustments": "0",
            "balance_asof": "2025-12-31",
            "created_at": "2023-09-26T14:15:22.123456Z",
            "options_approved_level": 2,
            "options_trading_level": 2,
            "user_configurations": None,
            "admin_configurations": {},
        }
        if self._legacy:
            body.update(
                pattern_day_trader=False,
                daytrade_count=0,
                last_daytrade_count=0,
                daytrading_buying_power=n["buying_power"],
                last_daytrading_buying_power=n["buying_power"],
            )
        return body
