"""The data vendor refuses, counts down its quota, or has nothing to tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pytest_fpharness.faults.base import Fault, fault
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.http.messages import ResponseOverride
from pytest_fpharness.world.unusual_whales.api import UwApiFake

_PAGE: Final = "<!DOCTYPE html><title>Just a moment...</title>"
#: Ways to refuse, as the vendor or the gateway in front of it does.
REFUSALS: Final[dict[str, Callable[[UwApiFake], ResponseOverride]]] = {
    "key_refused": lambda vendor: vendor.fail(401),
    "not_in_plan": lambda vendor: vendor.fail(403),
    "gateway_page": lambda vendor: vendor.fail(403, _PAGE, "text/html"),
    "minute_limit": lambda vendor: vendor.minute_limit(),
}


class VendorFault(Fault):
    """Met by an answer of the vendor to a process."""

    witness = "the vendor answers a process of the bot"

    def watch(self, event: Event) -> None:
        """An answer that differs from what the unfaulted vendor would give."""
        if event.kind == "http" and event.facts["role"] == "uw_api" and "status" in event.facts:
            self.record_hit(f"the vendor answered {event.facts['status']}")


@fault(
    "uw_api.refuses",
    "The data vendor refuses every request, with its own headers.",
    ParamSpec("how", "choice", "its reason", required=True, choices=tuple(sorted(REFUSALS))),
    port="network",
    persistence="pinned",
)
class Refuses(VendorFault):
    """A refusal that lasts until it is lifted."""

    def inject(self) -> None:
        self._held = REFUSALS[str(self.params["how"])](self.world.uw_api)

    def undo(self) -> None:
        self._held.lift()


class QuotaFault(VendorFault):
    """Ends when the vendor's day does, at 20:00 in New York, or when it is lifted."""

    def clears(self, event: Event) -> bool:
        """The vendor began to count anew."""
        return self.world.uw_api.day != self._day

    def inject(self) -> None:
        """Remember the vendor's day."""
        self._day = self.world.uw_api.day


@fault(
    "uw_api.daily_quota",
    "The data vendor's quota of the day is used up.",
    port="network",
    persistence="pinned",
    cleared_by="expiry",
)
class DailyQuota(QuotaFault):
    """Refused until the quota starts again."""

    def inject(self) -> None:
        super().inject()
        self._held = self.world.uw_api.daily_quota()

    def reapply(self) -> None:
        """Used up on the new day as well."""
        self._held.lift()
        self.inject()

    def undo(self) -> None:
        self._held.lift()


@fault(
    "uw_api.used",
    "So many requests of today's quota are already used; the vendor goes on counting.",
    ParamSpec("requests", "count", "requests so far", required=True),
    port="network",
    persistence="growing",
    cleared_by="expiry",
)
class Used(QuotaFault):
    """The vendor's own count, and its own refusal once the quota is used up."""

    def inject(self) -> None:
        super().inject()
        self._before = self.world.uw_api.requests_today
        self.world.uw_api.requests_today = int(self.params["requests"])

    def reapply(self) -> None:
        """As many of the new day's, of which none was used before."""
        self.inject()
        self._before = 0

    def undo(self) -> None:
        """The quota is free again."""
        if self.world.uw_api.day == self._day:
            self.world.uw_api.requests_today = self._before


@fault(
    "uw_api.takes",
    "The data vendor takes only so many requests in a minute, and refuses those above.",
    ParamSpec("requests", "count", "requests in a minute", required=True),
    port="network",
    persistence="pinned",
)
class Takes(VendorFault):
    """A small plan: its headers say so, and it counts."""

    def inject(self) -> None:
        self._before = self.world.uw_api.per_minute
        self.world.uw_api.per_minute = int(self.params["requests"])

    def undo(self) -> None:
        self.world.uw_api.per_minute = self._before


@fault(
    "uw_api.quiet_market",
    "No symbol has strong flow; the background stays.",
    port="network",
    persistence="pinned",
)
class QuietMarket(VendorFault):
    """Healthy data without a single signal."""

    def inject(self) -> None:
        self._held = self.world.uw_api.quiet_market()

    def undo(self) -> None:
        """Let the flow begin again."""
        self._held.lift()


@fault(
    "uw_api.field",
    "The rows of the vendor's flow lack a field, or have another value in it.",
    ParamSpec("field", "text", "the field's name", required=True),
    ParamSpec("value", "any", "the value; without one the field is missing"),
    port="http",
    persistence="pinned",
)
class Field(Fault):
    """Every row of every answer, until lifted."""

    witness = "the bot gets rows without a good field"

    def inject(self) -> None:
        """Alter the rows of the vendor's market."""
        self._market = self.world.uw_api.market
        self._rows = self._market.rows
        vars(self._market)["rows"] = self.rows

    def undo(self) -> None:
        """The rows as they were; below a later fault of this kind it lets them through."""
        if self._market.rows == self.rows:
            vars(self._market)["rows"] = self._rows

    def rows(self, minute: int) -> list[dict[str, Any]]:
        """A minute's rows with the field altered."""
        if not self.active:
            return self._rows(minute)
        name, value = str(self.params["field"]), self.params["value"]
        self.record_hit(f"got rows without a good {name}")
        rows = [{k: v for k, v in row.items() if k != name} for row in self._rows(minute)]
        return [row if value is None else {**row, name: value} for row in rows]
