"""The shipped invariants: orders, fills, books and files, in every run (S32)."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable
from typing import Final

from pytest_fpharness.judge.case import Case
from pytest_fpharness.judge.clauses.registry import FAULT_ENDS, Reads
from pytest_fpharness.model.duration import SECOND, format_duration
from pytest_fpharness.model.health import Readiness
from pytest_fpharness.model.timeline import Event
from .entries import (
    decided_entries,
    disk_faults,
    entries,
    entries_priced_as_before,
    entries_sized_as_before,
    limited,
    sizes,
    task_began,
)
from .files import files_of_others, others_files_kept
from .registry import Check, Violations, applies, invariant


def no_entry_while_red(case: Case) -> Violations:
    """No entry while readiness is RED; one whose task began before RED is allowed (S32)."""
    for order in entries(case):
        began = task_began(case, order)
        if case.evidence.readiness(began) is Readiness.RED:
            yield order.at, f"entry {order.facts['symbol']} while readiness was RED"


def no_entry_while_blocked(case: Case) -> Violations:
    """No entry for a candidate that the bot itself decided to block or skip in the same task."""
    for order in entries(case):
        began = task_began(case, order)
        for decision in case.evidence.of("decision", began, order.at):
            facts = decision.facts
            if facts["symbol"] == order.facts["symbol"] and facts["action"] in ("block", "skip"):
                yield order.at, f"entry {facts['symbol']} although {facts['gate']} blocked it"


def no_entry_on_old_data(case: Case) -> Violations:
    """No entry when the data that the bot last read was older than its limit."""
    limit, role = case.plan.rules.max_data_age, case.info.layout.data
    if limit is None:
        return
    for order in entries(case):
        reads = reversed(case.evidence.of("file.read", task_began(case, order), order.at))
        ages = (
            e.facts["age"]
            for e in reads
            if e.actor == order.actor and e.facts["role"] == role and "age" in e.facts
        )
        age = next(ages, 0)
        if age is None or age >= limit + SECOND:
            yield (
                order.at,
                f"entry {order.facts['symbol']} on data older than {format_duration(limit)}",
            )


def one_order_per_intent(case: Case) -> Violations:
    """Client order ids are sent and unique; no order is re-sent blindly after a lost answer."""
    seen: set[str] = set()
    for order in case.evidence.of("order.submitted"):
        name = str(order.facts.get("client_order_id") or "")
        if not order.facts.get("sent_client_id", True):
            yield order.at, f"{order.facts['symbol']} was sent without a client order id"
        elif name in seen:
            yield order.at, f"client order id {name} was used twice"
        seen.add(name)
    yield from _resent(case)


def _resent(case: Case) -> Violations:
    """Two open entries of one symbol and side within a cycle."""
    over: dict[str, int] = {}
    for kind in ("order.filled", "order.canceled", "order.rejected", "order.expired"):
        for event in case.evidence.of(kind):
            over.setdefault(str(event.facts.get("id", "")), event.at)
    live: dict[tuple[str, str], Event] = {}
    for order in entries(case):
        key = (str(order.facts["symbol"]), str(order.facts["side"]))
        before = live.get(key)
        if before is not None:
            done = over.get(str(before.facts["id"]))
            if (done is None or done > order.at) and order.at - before.at < case.info.layout.cycle:
                yield order.at, f"{key[0]} was ordered again while the first order was open"
        live[key] = order


def fills_within_orders(case: Case) -> Violations:
    """No more is filled than was ordered."""
    wanted = {
        str(e.facts["id"]): float(e.facts["qty"]) for e in case.evidence.of("order.submitted")
    }
    for fill in case.evidence.of("order.filled"):
        qty = wanted.get(str(fill.facts["id"]))
        if qty is not None and float(fill.facts["filled_qty"]) > qty:
            yield fill.at, f"{fill.facts['symbol']}: filled more than was ordered"


def fills_in_books(case: Case) -> Violations:
    """Every fill is in the bot's own books within two cycles."""
    books = case.evidence.of("books")
    for fill in case.evidence.of("order.filled"):
        if not fill.facts.get("complete"):
            continue
        read_at = _orders_read(case, fill.at)
        later = [b for b in books if read_at is not None and b.at >= read_at]
        if len(later) >= 3 and all(fill.facts["id"] not in b.facts["booked"] for b in later[:3]):
            yield fill.at, f"the fill of {fill.facts['symbol']} is not in the bot's books"


def _orders_read(case: Case, begin: int) -> int | None:
    """When the bot next read the broker's orders: it cannot know of a fill before that."""
    for event in case.evidence.of("http", begin):
        facts = event.facts
        if facts.get("status") == 200 and facts["method"] == "GET" and "/orders" in facts["path"]:
            return event.at
    return None


def side_of_signal(case: Case) -> Violations:
    """The side of an entry is the side of its decision."""
    for order in entries(case):
        began = task_began(case, order)
        for decision in case.evidence.of("decision", began, order.at + 2 * SECOND):
            facts = decision.facts
            same = facts["symbol"] == order.facts["symbol"] and facts["action"] == "enter"
            if same and facts["side"] != order.facts["side"]:
                yield order.at, f"entry {facts['symbol']}: its decision was to {facts['side']}"


def no_entry_without_score(case: Case) -> Violations:
    """An entry is decided on a finite score: NaN passes careless comparisons (FP-2.2)."""
    for order in entries(case):
        began = task_began(case, order)
        for decision in case.evidence.of("decision", began, order.at + 2 * SECOND):
            facts = decision.facts
            same_entry = facts["symbol"] == order.facts["symbol"] and facts["action"] == "enter"
            if same_entry and not _is_finite(facts.get("score")):
                yield order.at, f"entry {facts['symbol']} on the score {facts.get('score')}"


def _is_finite(score: object) -> bool:
    return isinstance(score, int | float) and math.isfinite(score)


def one_cycle_one_record(case: Case) -> Violations:
    """Each finished trading task writes exactly one cycle record."""
    if not case.evidence.of("cycle"):
        return
    begun = [
        e
        for e in case.evidence.of("task.begin")
        if e.actor == case.info.layout.trader and e.facts["task"] != "inject"
    ]
    ends = [e.at for e in case.evidence.of("task.end") if e.actor == case.info.layout.trader]
    full = disk_faults(case)  # cycles cannot be logged on a full disk
    for begin in begun:
        index = bisect.bisect_left(ends, begin.at)
        end = ends[index] if index < len(ends) else None
        if end is None or any(since <= end and begin.at <= until for since, until in full):
            continue
        count = len(case.evidence.of("cycle", begin.at, end))
        if count != 1:
            yield end, f"{count} records for one cycle"


def state_files_whole(case: Case) -> Violations:
    """State files have the old or the new content, never half of it, at every write."""
    for event in case.evidence.of("file.torn"):
        yield event.at, f"{event.facts['role']} was left torn"


def exits_not_blocked(case: Case) -> Violations:
    """Protective exits of the control run are made as well, at the latest after the recovery."""
    # An exit that the broker rejects counts: the bot did its part.
    sent = [*case.evidence.of("order.submitted"), *case.evidence.of("order.rejected")]
    exits = [e for e in sent if e.facts.get("intent") == "exit"]
    for exit_, until in exits_due(case):
        if not any(m.facts["symbol"] == exit_.facts["symbol"] and m.at <= until for m in exits):
            yield exit_.at, f"the exit of {exit_.facts['symbol']} was not made"


def exits_due(case: Case) -> list[tuple[Event, int]]:
    """Exits of the control run from positions held before the fault, each with its deadline.

    The deadline is two cycles later where only entries stop, otherwise the first cycle after the
    recovery.
    """
    if case.control is None:
        return []
    start, cycle = case.marks.get("injected", 0), case.info.layout.cycle
    if case.plan.rules.exits_continue:
        begin, slack = start, 2 * cycle
    elif "recovered" in case.marks:
        begin, slack = case.marks["recovered"], cycle + case.check
    else:
        return []
    exits = [
        (e, max(e.at, begin) + slack)
        for e in case.control.of("order.submitted", start)
        if e.facts.get("intent") == "exit" and _held_before(case, e, start)
    ]
    return [(exit_, until) for exit_, until in exits if until <= case.evidence.end]


def _held_before(case: Case, exit_: Event, start: int) -> bool:
    gained = [*case.evidence.of("order.filled", 0, start), *case.evidence.of("position.opened")]
    return any(event.facts["symbol"] == exit_.facts["symbol"] for event in gained)


def _needs_order(case: Case) -> str:
    return "" if case.evidence.of("order.submitted") else "the target sent no order"


def _needs(has: Callable[[Case], object], lack: str) -> Callable[[Case], str]:
    """A condition of runs with an order: ``has`` must be true, or ``lack`` is the reason."""
    return lambda case: _needs_order(case) if has(case) else lack


def _logs_scores(case: Case) -> bool:
    return any(e.facts.get("score") is not None for e in case.evidence.of("decision"))


def _no_cycle_log(case: Case) -> str:
    return "" if "log.cycles" in case.info.layout.files else "the target logs no cycles"


def _no_file_of_others(case: Case) -> str:
    return (
        "" if files_of_others(case) else "no file that only other processes use without the fault"
    )


def _no_exit_due(case: Case) -> str:
    return "" if exits_due(case) else "no exit of the control run is due"


_logs_decisions = _needs(lambda case: case.evidence.of("decision"), "the target logs no decisions")
_has_data_limit = _needs(
    lambda case: case.plan.rules.max_data_age is not None, "the catalog limits no age of the data"
)
_has_sizes = _needs(sizes, "no entry to compare with")
_has_limits = _needs(limited, "no entry with a limit to compare with")
_has_books = _needs(lambda case: case.able("books"), "the target has no books")
_has_scores = _needs(_logs_scores, "the target logs no scores")

_ENTRY: Final[tuple[Reads, ...]] = ("order.submitted", "task.begin")
_ENDED: Final[tuple[Reads, ...]] = ("order.canceled", "order.expired", "order.rejected")
_TASKS: Final[tuple[Reads, ...]] = ("task.begin", "task.end", "end", *FAULT_ENDS)

#: Each invariant, its condition, and the kinds of events that it reads.
_SHIPPED: Final[tuple[tuple[Check, Callable[[Case], str], tuple[Reads, ...]], ...]] = (
    (no_entry_while_red, _needs_order, (*_ENTRY, "sample")),
    (no_entry_while_blocked, _needs_order, (*_ENTRY, "decision")),
    (no_entry_on_old_data, _has_data_limit, (*_ENTRY, "file.read")),
    (decided_entries, _logs_decisions, ("decision", "order.submitted", *_ENDED, *_TASKS)),
    (entries_sized_as_before, _has_sizes, ("order.submitted",)),
    (entries_priced_as_before, _has_limits, ("order.submitted",)),
    (one_order_per_intent, _needs_order, ("order.submitted", "order.filled", *_ENDED)),
    (fills_within_orders, _needs_order, ("order.submitted", "order.filled")),
    (fills_in_books, _has_books, ("order.submitted", "order.filled", "books", "http")),
    (side_of_signal, _needs_order, (*_ENTRY, "decision")),
    (no_entry_without_score, _has_scores, (*_ENTRY, "decision")),
    (one_cycle_one_record, _no_cycle_log, ("cycle", *_TASKS)),
    (state_files_whole, applies, ("file.torn",)),
    (others_files_kept, _no_file_of_others, ("file.write", "file.delete", "sample")),
    (
        exits_not_blocked,
        _no_exit_due,
        ("order.submitted", "order.filled", "order.rejected", "position.opened", "end"),
    ),
)
for _check, _not_applicable, _reads in _SHIPPED:
    _doc = (_check.__doc__ or "").strip()
    invariant(_check.__name__, _doc, not_applicable=_not_applicable, reads=_reads)(_check)
