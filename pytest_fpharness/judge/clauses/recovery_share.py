"""Clauses recover.share: with ``watch``, all of the trading must come back after the recovery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pytest_fpharness.judge.case import Case, Clauses, failed, not_applicable, passed
from pytest_fpharness.judge.evidence import Evidence, entries_of
from pytest_fpharness.model.duration import format_duration
from pytest_fpharness.model.record import Clause
from .registry import clause

#: Cycles from the recovery until old flow has expired and new flow has arrived.
SETTLES: Final = 2
#: The control run must have at least so many symbols for a share of them to be meaningful.
ENOUGH: Final = 4
#: The share of the control run's symbols that is required: positions and cooldowns may differ.
LEAST: Final = 0.75


@clause("recovered", reads=("decision", "order.submitted", "end"), only=("fault",), after=1)
def trading_resumed(case: Case) -> Clauses:
    """After the recovery the bot decides about and enters the symbols of the control run."""
    if not case.plan.watch or "recovered" not in case.marks:
        return
    if case.able("decisions"):
        yield _share(case, "recover.share.considered", "decided about", _decided)
    yield _share(case, "recover.share", "entered", _entered)


def _share(
    case: Case, name: str, what: str, of: Callable[[Evidence, int, int], set[str]]
) -> Clause:
    if case.control is None:
        return not_applicable(name, "recovered", "no control run to compare with")
    begin = case.marks["recovered"] + SETTLES * case.info.layout.cycle
    end = min(case.evidence.end, case.control.end)
    due, seen = of(case.control, begin, end), of(case.evidence, begin, end)
    if len(due) < ENOUGH:
        return not_applicable(
            name, "recovered", f"only {len(due)} symbols were {what} without the fault"
        )
    if len(seen & due) < LEAST * len(due):
        lacking = ", ".join(sorted(due - seen))
        problem = f"{len(due - seen)} of {len(due)} symbols were not {what} in"
        return failed(
            name, "recovered", f"{problem} {format_duration(end - begin)}: {lacking}", end
        )
    return passed(name, "recovered", end)


def _decided(evidence: Evidence, begin: int, end: int) -> set[str]:
    return {str(event.facts["symbol"]) for event in evidence.of("decision", begin, end)}


def _entered(evidence: Evidence, begin: int, end: int) -> set[str]:
    return {str(e.facts["symbol"]) for e in entries_of(evidence, begin, end)}
