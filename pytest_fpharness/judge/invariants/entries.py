"""Invariants of entries: each has a decision, and is sized and priced as in the control run."""

from __future__ import annotations

from collections import Counter
from typing import Final

from pytest_fpharness.judge.case import Case
from pytest_fpharness.judge.evidence import entries_of
from pytest_fpharness.model.timeline import Event
from .registry import Violations

#: How an order ends that may be sent again.
REFUSED: Final = ("order.canceled", "order.rejected", "order.expired")

#: An entry may be so many times the largest of the control run: prices move, shares are whole.
LARGER: Final = 1.5
#: After the recovery an entry must be at least the smallest of the control run divided by this; the
#: slack covers rounding to whole shares.
SMALLER: Final = 2.0
#: How far beyond the quote the limit of an entry may be, as a share of the quote, unless the control
#: run goes further. Limits that are rounded to coarser ticks stay well below it.
BEYOND: Final = 0.01


def entries(case: Case) -> list[Event]:
    return entries_of(case.evidence)


def task_began(case: Case, order: Event) -> int:
    """When the task that sent an order began, ns; 0 if unknown."""
    begun = reversed(case.evidence.of("task.begin", 0, order.at))
    return next((e.at for e in begun if e.actor == order.actor), 0)


def decided_entries(case: Case) -> Violations:
    """Each entry has a decision in its task to enter, and each decision has at most one entry."""
    full = disk_faults(case)  # decisions cannot be logged on a full disk
    refused = {e.facts.get("id") for kind in REFUSED for e in case.evidence.of(kind)}
    sent: Counter[tuple[int, str]] = Counter()
    for order in entries(case):
        began, ends = task_began(case, order), case.evidence.of("task.end", order.at)
        end = next((e.at for e in ends if e.actor == order.actor), None)
        if end is None or any(since <= end and began <= until for since, until in full):
            continue
        symbol = str(order.facts["symbol"])
        decisions = [
            d
            for d in case.evidence.of("decision", began, end)
            if d.facts["symbol"] == symbol and d.facts["action"] == "enter"
        ]
        sent[began, symbol] += order.facts["id"] not in refused
        if not decisions:
            yield order.at, f"entry {symbol} without a decision to enter"
        elif sent[began, symbol] > len(decisions):
            yield order.at, f"{symbol} was ordered {sent[began, symbol]} times for one decision"


def entries_sized_as_before(case: Case) -> Violations:
    """No entry is much larger than in the run without the fault, nor much smaller afterwards."""
    known, recovered = sizes(case), case.marks.get("recovered")
    if not known:
        return
    for order in entries(case):
        dollars, symbol = _dollars(order), order.facts["symbol"]
        if _shares(order) > 1 and dollars > LARGER * max(known):
            subject = f"an entry of ${dollars:.0f} in {symbol}"
            yield order.at, f"{subject}, without the fault at most ${max(known):.0f}"
        elif recovered is not None and order.at > recovered and dollars < min(known) / SMALLER:
            subject = f"an entry of ${dollars:.0f} in {symbol} after the recovery"
            yield order.at, f"{subject}, without the fault at least ${min(known):.0f}"


def sizes(case: Case) -> list[float]:
    """Dollars of the control run's entries; without single shares, which may cost anything."""
    return [_dollars(e) for e in entries_of(case.control) if _shares(e) > 1]


def entries_priced_as_before(case: Case) -> Violations:
    """Entries have a limit price if the control run's do, and none far beyond the quote."""
    known = [before for e in limited(case) if (before := _beyond(e)) is not None]
    allowed = max([BEYOND, *known]) + 1e-9  # for rounding
    for order in entries(case):
        symbol, paid = order.facts["symbol"], _beyond(order)
        if order.facts.get("limit_price") is None:
            subject = f"an entry in {symbol} without a limit ({order.facts.get('type')})"
            yield order.at, f"{subject}, without the fault each has one"
        elif paid is not None and paid > allowed:
            subject = f"the limit of an entry in {symbol} is {paid:.2%} beyond the quote"
            yield order.at, f"{subject}, {allowed:.2%} is allowed"


def limited(case: Case) -> list[Event]:
    """The control run's entries, or [] if any of them is a market order."""
    control_entries = entries_of(case.control)
    return (
        control_entries
        if all(e.facts.get("limit_price") is not None for e in control_entries)
        else []
    )


def _beyond(order: Event) -> float | None:
    """How far the limit is on the worse side of the quote, as a share of it; None without both."""
    limit, quote = order.facts.get("limit_price"), order.facts.get("quote")
    if limit is None or not quote:
        return None
    paid = float(limit) / float(quote) - 1
    return paid if order.facts["side"] == "buy" else -paid


def _shares(order: Event) -> float:
    return float(order.facts["qty"])


def _dollars(order: Event) -> float:
    return float(order.facts.get("notional") or 0)


def disk_faults(case: Case) -> list[tuple[int, int]]:
    """Begin and end of each time in which a disk was full or read-only, ns."""
    ends = [*case.evidence.of("fault.clear"), *case.evidence.of("fault.lift")]
    over = {event.facts["id"]: event.at for event in ends}
    return [
        (event.at, over.get(event.facts["id"], case.evidence.end))
        for event in case.evidence.of("fault.inject")
        if event.facts["fault"].startswith("disk.")
    ]
