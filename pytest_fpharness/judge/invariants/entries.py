"""Invariants about entries: each was decided, and is sized and priced as in the control run."""

from __future__ import annotations

from collections import Counter
from typing import Final

from pytest_fpharness.judge.case import Case
from pytest_fpharness.judge.evidence import entries_of
from pytest_fpharness.judge.invariants.registry import Wrong
from pytest_fpharness.model.timeline import Event

#: Order endings after which the order may be sent again.
REFUSED: Final = ("order.canceled", "order.rejected", "order.expired")

#: How much larger than the control's largest entry one may be: prices move, shares are whole.
LARGER: Final = 1.5
#: How much smaller than the smallest one; the slack covers rounding to whole shares.
SMALLER: Final = 2.0
#: How far beyond the quote an entry's limit may be, as a share of the quote; further only where
#: the control run goes further. Rounding to a coarser tick stays well below it.
BEYOND: Final = 0.01


def entries(case: Case) -> list[Event]:
    """Entry orders that reached the broker."""
    return entries_of(case.evidence)


def task_began(case: Case, order: Event) -> int:
    """When the task that sent an order began."""
    begun = reversed(case.evidence.of("task.begin", 0, order.at))
    return next((e.at for e in begun if e.actor == order.actor), 0)


def decided_entries(case: Case) -> Wrong:
    """Each entry has its own decision, by the same task, that allows it."""
    full = disk_faults(case)  # a full disk prevents the record
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
            yield order.at, f"entry {symbol} without a decision that allows it"
        elif sent[began, symbol] > len(decisions):
            yield order.at, f"{symbol} was ordered {sent[began, symbol]} times for one decision"


def entries_sized_as_before(case: Case) -> Wrong:
    """No entry is much larger, or after the recovery much smaller, than those of the control run."""
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
    """Dollars of the control run's entries of more than one share: a single share may cost anything."""
    return [_dollars(e) for e in entries_of(case.control) if _shares(e) > 1]


def entries_priced_as_before(case: Case) -> Wrong:
    """No entry lacks a limit where none did before, or has one far beyond the quote."""
    known = [before for e in limited(case) if (before := _beyond(e)) is not None]
    allowed = max([BEYOND, *known]) + 1e-9  # of rounding
    for order in entries(case):
        symbol, paid = order.facts["symbol"], _beyond(order)
        if order.facts.get("limit_price") is None:
            subject = f"an entry in {symbol} without a limit ({order.facts.get('type')})"
            yield order.at, f"{subject}, without the fault each has one"
        elif paid is not None and paid > allowed:
            subject = f"the limit of an entry in {symbol} is {paid:.2%} beyond the quote"
            yield order.at, f"{subject}, {allowed:.2%} is allowed"


def limited(case: Case) -> list[Event]:
    """The control run's entries if each has a limit; else the bot may buy at the market."""
    control_entries = entries_of(case.control)
    return (
        control_entries
        if all(e.facts.get("limit_price") is not None for e in control_entries)
        else []
    )


def _beyond(order: Event) -> float | None:
    """How much worse than the quote the limit is for the bot, as a share of the quote."""
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
    """The intervals in which a disk was full or not writable."""
    ends = [*case.evidence.of("fault.clear"), *case.evidence.of("fault.lift")]
    over = {event.facts["id"]: event.at for event in ends}
    return [
        (event.at, over.get(event.facts["id"], case.evidence.end))
        for event in case.evidence.of("fault.inject")
        if event.facts["fault"].startswith("disk.")
    ]
