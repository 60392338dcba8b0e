"""The state of a matrix cell: a verdict, or the reason why there is not one."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final

from pytest_fpharness.model.record import Record
from pytest_fpharness.model.verdict import Verdict


class CellState(str, enum.Enum):
    """What is known about one question of one failure point; only PASS is green."""

    ERROR = "ERROR"
    FAIL = "FAIL"
    VACUOUS = "VACUOUS"
    MISSING = "MISSING"
    NOT_RUN = "NOT_RUN"  # planned, but it left no record
    UNTESTED = "UNTESTED"  # no scenario checks this question
    UNPROVEN = "UNPROVEN"  # passed, but never seen to fail (S31)
    GAP = "GAP"  # MISSING, and accepted in the gaps file (S30)
    PASS = "PASS"
    NOT_APPLICABLE = "NOT_APPLICABLE"  # does not apply

    def __str__(self) -> str:
        return self.value

    @property
    def word(self) -> str:
        """The word in a report: colour is never the only sign."""
        return _WORDS[self][0]

    @property
    def symbol(self) -> str:
        """One character that goes with the word."""
        return _WORDS[self][1]

    @property
    def meaning(self) -> str:
        return _WORDS[self][2]

    @property
    def accepted(self) -> bool:
        """Whether a gate may pass over it: PASS, an accepted gap, or not applicable."""
        return self in (CellState.PASS, CellState.GAP, CellState.NOT_APPLICABLE)


_WORDS: Final = {
    CellState.PASS: ("pass", "\u2713", "held in every run, and seen to fail when broken"),
    CellState.FAIL: ("FAIL", "\u2717", "the bot did not do what was expected"),
    CellState.VACUOUS: ("vacuous", "\u2205", "inconclusive: not steady before, or fault never met"),
    CellState.MISSING: ("missing", "\u2212", "the bot does not have the ability or role"),
    CellState.ERROR: ("ERROR", "!", "the harness failed; no verdict on the bot"),
    CellState.NOT_RUN: ("not run", "\u25cb", "planned, but it left no record"),
    CellState.UNTESTED: ("untested", "\u25cb", "no scenario checks this"),
    CellState.UNPROVEN: ("unproven", "?", "passed, but never seen to fail"),
    CellState.GAP: ("gap", "\u25b3", "missing, and accepted in the gaps file"),
    CellState.NOT_APPLICABLE: ("n/a", "\u00b7", "does not apply"),
}
# VACUOUS comes after FAIL here: S29 orders the clauses of one run, this orders runs.
_ORDER: Final = tuple(CellState)


def worst_state(states: Iterable[CellState]) -> CellState:
    """The worst of several states; NOT_APPLICABLE for none."""
    return min(states, key=_ORDER.index, default=CellState.NOT_APPLICABLE)


def state_of(verdict: Verdict, record: Record) -> CellState:
    """A clause's verdict as evidence: a pass in a vacuous or failed run does not count."""
    if verdict is Verdict.MISSING and record.expected_gap:
        return CellState.GAP
    if verdict is Verdict.PASS and record.verdict in (Verdict.VACUOUS, Verdict.ERROR):
        return CellState(record.verdict.value)
    return CellState(verdict.value)


def record_state(record: Record) -> CellState:
    """The state of a whole run: its verdict, GAP when accepted, UNPROVEN when a clause is."""
    state = state_of(record.verdict, record)
    return CellState.UNPROVEN if state is CellState.PASS and unproven(record) else state


def unproven(record: Record) -> tuple[str, ...]:
    """Names of the run's passed clauses that no mutant has made fail (S31)."""
    names = [c.name for c in record.clauses if _never_failed(c.verdict, c.provable, c.killed_by)]
    return tuple(dict.fromkeys((*names, *record.unproven)))


def _never_failed(verdict: Verdict, provable: bool, killed_by: tuple[str, ...]) -> bool:
    return verdict is Verdict.PASS and provable and not killed_by
