"""The gate: decide from the coverage whether a build can be released, with colour and exit code."""

from __future__ import annotations

import datetime as dt
import enum
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from pytest_fpharness.model.duration import DAY, HOUR, SECOND
from pytest_fpharness.model.health import Readiness
from pytest_fpharness.model.text import and_more, pluralize
from pytest_fpharness.model.verdict import Verdict
from .cell_state import CellState
from .coverage import Coverage, coverage
from .findings import is_gap
from .journal import JournalError, read_journal


class Code(enum.IntEnum):
    """Exit codes of ``fpharness gate``."""

    PASSED = 0
    FAILED = 1
    VACUOUS = 2
    BROKEN = 3
    BAD_INPUT = 4
    INCOMPLETE = 5


#: The answer to the second question of the report; a gate never checks the live bot.
LIVE = "Not checked: this report is about a build, not about the running bot."


@dataclass(frozen=True)
class GateResult:
    """Whether this build is releasable. RED: it failed. UNKNOWN: not enough evidence."""

    code: int
    colour: Readiness
    sentence: str
    reasons: tuple[str, ...] = ()
    live: str = LIVE

    @property
    def answer(self) -> str:
        """One word for "is this build releasable?"."""
        return (
            "Yes" if self.code == Code.PASSED else "No" if self.code == Code.FAILED else "Unknown"
        )


def gate(coverage: Coverage, *, max_age: int | None = None) -> GateResult:
    """The exit code and its reasons: harness failures first, then failed runs, then open questions.

    Evidence that is older than ``max_age`` (ns) is incomplete.
    """
    reasons_by_code = [(code, tuple(reasons)) for code, reasons in _questions(coverage, max_age)]
    reasons_by_code = [(code, reasons) for code, reasons in reasons_by_code if reasons]
    if not reasons_by_code:
        return _passed(coverage)
    code = reasons_by_code[0][0]
    every = tuple(dict.fromkeys(reason for _, reasons in reasons_by_code for reason in reasons))
    colour = Readiness.RED if code is Code.FAILED else Readiness.UNKNOWN
    return GateResult(int(code), colour, f"{_SENTENCES[code]}: {every[0]}.", every)


def _outdated(coverage: Coverage, max_age: int | None) -> Iterator[str]:
    if max_age is None:
        return
    try:
        started = dt.datetime.fromisoformat(coverage.data.header.started)
        age = round((dt.datetime.now(dt.timezone.utc) - started).total_seconds() * SECOND)
    except (TypeError, ValueError):  # no time, or one without a zone
        yield "the journal does not say when its session started"
        return
    if age > max_age or age < -HOUR:
        yield f"the evidence is {age / DAY:.1f} days old; fp_max_age allows {max_age / DAY:g} days"


def gate_journal(path: str | os.PathLike[str], *, max_age: int | None = None) -> GateResult:
    """The gate over a journal file; an unreadable one is bad input (4)."""
    try:
        return gate(coverage(read_journal(path)), max_age=max_age)
    except JournalError as error:
        return bad_input(str(error))


def bad_input(reason: str) -> GateResult:
    """The result for input that cannot be judged."""
    sentence = f"{_SENTENCES[Code.BAD_INPUT]}: {reason}."
    return GateResult(int(Code.BAD_INPUT), Readiness.UNKNOWN, sentence, (reason,))


_SENTENCES = {
    Code.FAILED: "Not releasable",
    Code.VACUOUS: "Not proven to be releasable",
    Code.BROKEN: "The harness failed",
    Code.BAD_INPUT: "The journal cannot be judged",
    Code.INCOMPLETE: "Incomplete",
}


def _passed(coverage: Coverage) -> GateResult:
    points, runs, gaps = len(coverage.rows), len(coverage.records), len(coverage.accepted)
    summary = f"{pluralize(points, 'failure point')} passed in {pluralize(runs, 'run')}"
    if not gaps:
        return GateResult(0, Readiness.GREEN, f"Releasable: {summary}.")
    reasons = tuple(f"accepted gap in {id}: {why}" for id, why in coverage.accepted.items())
    sentence = f"Releasable with {pluralize(gaps, 'accepted gap')}: {summary}."
    return GateResult(0, Readiness.YELLOW, sentence, reasons)


def _questions(coverage: Coverage, max_age: int | None) -> Iterator[tuple[Code, Iterator[str]]]:
    """In the order that decides the code: the checklist is judged only for a complete run."""
    yield Code.BROKEN, _broken(coverage)
    yield Code.FAILED, _failed(coverage)
    yield Code.INCOMPLETE, chain(_incomplete(coverage), _outdated(coverage, max_age))
    yield Code.VACUOUS, _vacuous(coverage)
    yield Code.FAILED, _unticked(coverage)


def _broken(coverage: Coverage) -> Iterator[str]:
    for canary in coverage.data.canaries:
        if not canary.as_expected:
            who = f" in {canary.worker}" if canary.worker else ""
            yield f"canary {canary.id}{who} ended in {canary.got}, not in {canary.expected}"
    yield from coverage.data.end.errors if coverage.data.end else ()
    yield from _records(coverage, Verdict.ERROR, "ended in ERROR")


def _failed(coverage: Coverage) -> Iterator[str]:
    yield from _records(coverage, Verdict.FAIL, "failed")
    yield from _records(coverage, Verdict.MISSING, "need an ability that the bot does not have")
    if changed := coverage.data.changed:
        yield f"{pluralize(len(changed), 'run')} changed verdict when run again: {and_more(changed)}"
    for row in coverage.rows:
        if not row.scenario:
            yield f"{row.fp} has no scenario file"
    yield from _own(coverage, CellState.FAIL, "failed")
    yield from _requirements(coverage, (CellState.FAIL, CellState.MISSING))


def _requirements(coverage: Coverage, states: tuple[CellState, ...]) -> Iterator[str]:
    """Bullets of requirements in one of these states."""
    for row in coverage.requirements:
        for bullet in row.bullets:
            if bullet.state in states:
                yield f"{row.id}, {bullet.says}: {bullet.state.word}, {bullet.reason}"


def _vacuous(coverage: Coverage) -> Iterator[str]:
    yield from _records(coverage, Verdict.VACUOUS, "were inconclusive")
    if names := tuple(coverage.unproven):
        yield f"{pluralize(len(names), 'clause')} never seen to fail: {and_more(names)}"
    yield from _own(coverage, CellState.UNTESTED, "showed nothing")
    yield from _requirements(coverage, (CellState.UNTESTED, CellState.UNPROVEN))
    for state, text in (
        (CellState.UNPROVEN, "not proven"),
        (CellState.UNTESTED, "not tested in full"),
    ):
        rows = [r.fp for r in coverage.rows if state in {c.state for c in r.cells.values()}]
        if rows:
            yield f"{pluralize(len(rows), 'failure point')} {text}: {and_more(rows)}"


def _incomplete(coverage: Coverage) -> Iterator[str]:
    data = coverage.data
    if data.header.demo:
        yield "the embedded demo bot ran because no bot was named; this says nothing about your bot"
    if not data.header.ids or not coverage.rows:
        yield "nothing was planned"
    if data.header.partial:
        yield "only a part of the catalog ran"
    if missing := data.not_run:
        yield f"{len(missing)} of {pluralize(len(data.header.ids), 'planned run')} have no record"
    yield from _own(coverage, CellState.NOT_RUN, "have no result")
    if data.end is None:
        yield data.torn or "the session did not finish"
    elif data.end.interrupted:
        yield "the session was interrupted"


def _unticked(coverage: Coverage) -> Iterator[str]:
    for line in coverage.checklist:
        if not line.holds:
            yield f"checklist, {line.text}: {line.state.word}, {line.evidence}"


def _own(coverage: Coverage, state: CellState, words: str) -> Iterator[str]:
    tests = coverage.data.tests.values()
    bad = [f"{test.id} ({', '.join(test.fp)})" for test in tests if test.state is state]
    if bad:
        yield f"{len(bad)} of {pluralize(len(tests), 'own test')} {words}: {and_more(bad)}"


def _records(coverage: Coverage, verdict: Verdict, words: str) -> Iterator[str]:
    ids = [r.id for r in coverage.records if r.verdict is verdict and not is_gap(r)]
    if ids:
        yield f"{len(ids)} of {pluralize(len(coverage.records), 'run')} {words}: {and_more(ids)}"
