"""Invariants: what must hold in every run, whatever the scenario says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from pytest_fpharness.judge.case import Case, Clauses, failed, not_applicable, passed
from pytest_fpharness.judge.clauses.registry import ClauseFunction, Reads
from pytest_fpharness.model.questions import order_of, question
from pytest_fpharness.model.registry import Registry

#: Violations, each with its time (ns since the start of the run) and a reason.
Violations = Iterator[tuple[int, str]]
Check = Callable[[Case], Iterable[tuple[int, str]]]


def applies(case: Case) -> str:
    """The condition of an invariant that applies to every run."""
    return ""


@dataclass(frozen=True)
class Invariant:
    """One invariant; ``not_applicable`` returns why it does not apply to a run, or ""."""

    name: str
    doc: str
    check: Check
    not_applicable: Callable[[Case], str] = applies
    reads: frozenset[Reads] | None = None  # kinds of events; None for all


INVARIANTS: Final[Registry[Invariant]] = Registry("invariant")


def invariant(
    name: str,
    doc: str,
    *,
    not_applicable: Callable[[Case], str] = applies,
    reads: Iterable[Reads] | None = None,
) -> Callable[[Check], Check]:
    """Register a function that finds violations in a recorded run.

    The function takes the ``Case`` of a run and yields ``(at, reason)`` for each violation:
    when, in ns since the start of the run, and a sentence for the report. It is evaluated in every
    run and decides alone: one violation fails the run. It reads the case only, so that a mutated
    recording can be judged again; an invariant that no mutant can break is reported as unproven, and
    the run as VACUOUS. If the shipped mutants do not change what it reads,
    register a ``mutant`` for it.

    Args:
        name: The clause is reported as ``always.<name>``.
        doc: One sentence for the reference.
        not_applicable: Returns why a run can neither keep nor break it ("the target sent no
            order"), or "" when it applies.
        reads: The kinds of events that it reads, so that mutants of other kinds are skipped; all
            kinds by default.

    Raises:
        DuplicateName: The name is taken.
    """

    def register(check: Check) -> Check:
        kinds = None if reads is None else frozenset(reads)
        INVARIANTS.add(name, Invariant(name, doc, check, not_applicable, kinds), check)
        return check

    return register


def invariant_functions() -> list[ClauseFunction]:
    """Return a clause function for each invariant, those of extensions last."""
    safe = question("safe")
    assert safe is not None
    return [
        ClauseFunction(
            _ask(name), safe.id, safe.asked_of, INVARIANTS[name].reads, order_of(safe.id)
        )
        for name in INVARIANTS
    ]


@cache
def _ask(name: str) -> Callable[[Case], Clauses]:
    def ask(case: Case) -> Clauses:
        entry = INVARIANTS[name]
        if why := entry.not_applicable(case):
            yield not_applicable(f"always.{name}", "safe", why)
            return
        wrong = next(iter(entry.check(case)), None)
        if wrong is None:
            yield passed(f"always.{name}", "safe")
        else:
            yield failed(f"always.{name}", "safe", wrong[1], wrong[0])

    return ask
