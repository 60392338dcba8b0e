"""Data vendor faults: refusals, quotas, a quiet market and missing fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.http.messages import ResponseOverride
from pytest_fpharness.world.unusual_whales.api import UwApiFake
from .base import Fault, fault

_PAGE: Final = "<!DOCTYPE html><title>Just a moment...</title>"
#: Ways to refuse, as the vendor or the gateway in front of it does.
REFUSALS: Final[dict[str, Callable[[UwApiFake], ResponseOverride]]] = {
    "key_refused": lambda vendor: vendor.fail(401),
    "not_in_plan": lambda vendor: vendor.fail(403),
    "gateway_page": lambda vendor: vendor.fail(403, _PAGE, "text/html"),
    "minute_limit": lambda vendor: vendor.minute_limit(),
}


class VendorFault(Fault):
    """The bot meets it with every answer of the vendor."""

    witness = "a process of the bot gets an answer of the vendor"

    def watch(self, event: Event) -> None:
        if event.kind == "http" and event.facts["role"] == "uw_api" and "status" in event.facts:
            self.record_hit(f"the vendor answered {event.facts['status']}")


@fault(
    "uw_api.refuses",
    "The data vendor refuses every request, with the headers that it sends in that case.",
    ParamSpec("how", "choice", "the reason", required=True, choices=tuple(sorted(REFUSALS))),
    port="network",
    persistence="pinned",
)
class Refuses(VendorFault):
    def inject(self) -> None:
        self._held = REFUSALS[str(self.params["how"])](self.world.uw_api)

    def undo(self) -> None:
        self._held.lift()


class QuotaFault(VendorFault):
    """Ends with the vendor's day, at 20:00 New York time, or when it is lifted."""

    def clears(self, event: Event) -> bool:
        return self.world.uw_api.day != self._day

    def inject(self) -> None:
        self._day = self.world.uw_api.day


@fault(
    "uw_api.daily_quota",
    "The data vendor's daily quota is used up.",
    port="network",
    persistence="pinned",
    cleared_by="expiry",
)
class DailyQuota(QuotaFault):
    def inject(self) -> None:
        super().inject()
        self._held = self.world.uw_api.daily_quota()

    def reapply(self) -> None:
        """Use up the quota of the new day as well."""
        self._held.lift()
        self.inject()

    def undo(self) -> None:
        self._held.lift()


@fault(
    "uw_api.used",
    "Part of today's quota is already used; the vendor counts on from there.",
    ParamSpec("requests", "count", "requests used so far today", required=True),
    port="network",
    persistence="growing",
    cleared_by="expiry",
)
class Used(QuotaFault):
    def inject(self) -> None:
        super().inject()
        self._before = self.world.uw_api.requests_today
        self.world.uw_api.requests_today = int(self.params["requests"])

    def reapply(self) -> None:
        """Use as many requests of the new day, which starts at 0."""
        self.inject()
        self._before = 0

    def undo(self) -> None:
        if self.world.uw_api.day == self._day:
            self.world.uw_api.requests_today = self._before


@fault(
    "uw_api.takes",
    "The data vendor accepts only this many requests per minute and refuses the rest.",
    ParamSpec("requests", "count", "requests per minute", required=True),
    port="network",
    persistence="pinned",
)
class Takes(VendorFault):
    def inject(self) -> None:
        self._before = self.world.uw_api.per_minute
        self.world.uw_api.per_minute = int(self.params["requests"])

    def undo(self) -> None:
        self.world.uw_api.per_minute = self._before


@fault(
    "uw_api.quiet_market",
    "No symbol has strong option flow; only background trades remain.",
    port="network",
    persistence="pinned",
)
class QuietMarket(VendorFault):
    def inject(self) -> None:
        self._held = self.world.uw_api.quiet_market()

    def undo(self) -> None:
        self._held.lift()


@fault(
    "uw_api.field",
    "All rows of the vendor's option flow lack a field, or have this value in it.",
    ParamSpec("field", "text", "the field's name", required=True),
    ParamSpec("value", "any", "the value; omit it to remove the field"),
    port="http",
    persistence="pinned",
)
class Field(Fault):
    witness = "the bot gets rows with the field missing or changed"

    def inject(self) -> None:
        self._market = self.world.uw_api.market
        self._rows = self._market.rows
        vars(self._market)["rows"] = self.rows

    def undo(self) -> None:
        """Restore the rows; under a later fault of this kind, ``rows`` passes them through."""
        if self._market.rows == self.rows:
            vars(self._market)["rows"] = self._rows

    def rows(self, minute: int) -> list[dict[str, Any]]:
        if not self.active:
            return self._rows(minute)
        name, value = str(self.params["field"]), self.params["value"]
        self.record_hit(f"got rows without a good {name}")
        rows = [{k: v for k, v in row.items() if k != name} for row in self._rows(minute)]
        return [row if value is None else {**row, name: value} for row in rows]
