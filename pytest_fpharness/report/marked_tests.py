"""A project's own tests in the report: results of the failure points that they are marked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from .cell_state import CellState, worst_state

#: The matrix's column of own tests, which is there only when there are some.
OWN: Final = "own tests"


@dataclass(frozen=True)
class MarkedTest:
    """One marked test and how it ended; ``outcome`` is "" until it has one."""

    id: str  # node id
    fp: tuple[str, ...] = ()
    outcome: str = ""  # passed, failed, skipped, xfailed, or what a plugin makes of it
    reason: str = ""
    wall: float = 0.0  # seconds, real

    @property
    def state(self) -> CellState:
        """Only what passed is green; a skip or an expected failure shows nothing."""
        return _STATES.get(self.outcome, CellState.FAIL)


_STATES: Final[Mapping[str, CellState]] = {
    "": CellState.NOT_RUN,
    "passed": CellState.PASS,
    "skipped": CellState.UNTESTED,
    "xfailed": CellState.UNTESTED,
}


def worse(one: MarkedTest, other: MarkedTest) -> MarkedTest:
    """The worse of two results of the same test: a rerun does not hide a failure."""
    return one if worst_state((one.state, other.state)) is one.state else other


def of(fp: str, tests: Iterable[MarkedTest]) -> tuple[MarkedTest, ...]:
    """The tests that are marked for a failure point."""
    return tuple(test for test in tests if fp in test.fp)


def reason_of(tests: Iterable[MarkedTest]) -> str:
    """The reason of the worst test that did not pass, or ""."""
    tests = tuple(tests)
    state = worst_state(test.state for test in tests)
    bad = [test for test in tests if test.state is state and state is not CellState.PASS]
    return next((f"{test.id}: {test.reason or test.state.word}" for test in bad), "")


def counts(tests: Iterable[MarkedTest]) -> str:
    """``2 passed, 1 skipped``; "" for none."""
    counts = Counter(test.outcome or CellState.NOT_RUN.word for test in tests)
    return ", ".join(f"{number} {outcome}" for outcome, number in counts.items())
