"""Findings: failed runs grouped by cause, the most expensive blindness first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pytest_fpharness.model.record import Clause, Cost, Record
from pytest_fpharness.model.verdict import Verdict

_NUMBERS: Final = re.compile(r"\d+(?:[.:,]\d+)*")
_QUIET: Final = (Verdict.PASS, Verdict.NOT_APPLICABLE)


@dataclass(frozen=True)
class Finding:
    """One cause: the runs that show it, and the worst cost among them."""

    fp: str
    title: str
    verdict: Verdict
    severity: str
    clause: str  # name of the first clause that failed
    question: str
    reason: str
    cost: Cost
    records: tuple[str, ...]


def findings(records: Iterable[Record]) -> tuple[Finding, ...]:
    """Runs that did not pass, except accepted gaps, by cost while blind; inconclusive ones last."""
    groups: dict[tuple[str, str, str, str], list[Record]] = {}
    for record in records:
        if record.verdict is Verdict.PASS or is_gap(record):
            continue
        clause = first_failure(record)
        key = (record.fp, record.verdict.value, clause.name, _NUMBERS.sub("#", clause.reason))
        groups.setdefault(key, []).append(record)
    return tuple(sorted(map(_finding, groups.values()), key=_sort_key))


def is_gap(record: Record) -> bool:
    """Whether the run is MISSING and the gaps file accepts that (S30)."""
    return record.verdict is Verdict.MISSING and bool(record.expected_gap)


def first_failure(record: Record) -> Clause:
    """The clause that carries the run's verdict; one made of its reasons when there is none."""
    clauses = [c for c in record.clauses if c.verdict not in _QUIET]
    exact = [c for c in clauses if c.verdict is record.verdict]
    for clause in exact or clauses:
        return clause
    for companion in record.companions:
        if companion.verdict not in _QUIET:
            reason = next(iter(companion.reasons), "")
            return Clause(f"{companion.name} companion", companion.name, companion.verdict, reason)
    return Clause("run", "", record.verdict, next(iter(record.reasons), ""))


def blind_forever(cost: Cost) -> bool:
    """Whether the bot was blind and no page was ever sent."""
    return cost.blind > 0 and not cost.alerted


def _finding(group: list[Record]) -> Finding:
    worst = min(group, key=lambda record: _cost_key(record.cost))
    clause = first_failure(worst)
    return Finding(
        worst.fp,
        worst.title,
        worst.verdict,
        worst.severity,
        clause.name,
        clause.question,
        clause.reason or next(iter(worst.reasons), ""),
        worst.cost,
        tuple(record.id for record in group),
    )


def _cost_key(cost: Cost) -> tuple[bool, int, float, int]:
    return (not blind_forever(cost), -cost.blind, -cost.dollars, -cost.orders)


def _sort_key(finding: Finding) -> tuple[object, ...]:
    unmet = finding.verdict is Verdict.VACUOUS  # a fault that the bot never met has no cost
    return (
        unmet,
        *_cost_key(finding.cost),
        finding.severity != "critical",
        finding.fp,
        finding.clause,
    )
