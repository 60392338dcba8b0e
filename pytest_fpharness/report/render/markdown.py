"""A short summary for a CI job page, in GitHub's Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pytest_fpharness.report.cell_state import CellState
from pytest_fpharness.report.coverage import Coverage
from pytest_fpharness.report.gate import GateResult
from .html import cost_words, is_demo, moment

_MOST: Final = 10
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~])")


def markdown(coverage: Coverage, gate: GateResult) -> str:
    """The summary; it names the target and its commit, and ends with a newline."""
    return "\n".join(_lines(coverage, gate)) + "\n"


def _lines(coverage: Coverage, gate: GateResult) -> Iterator[str]:
    header = coverage.data.header
    commit = f" @ {_text(header.target_commit)}" if header.target_commit else ""
    yield f"# Failure points: {_text(header.target)}{commit}"
    yield ""
    if is_demo(coverage):
        yield "> **DEMO: says nothing about your bot.**"
        yield ""
    yield f"**{gate.colour}** (exit code {gate.code}). {_text(gate.sentence)}"
    yield ""
    if coverage.headlines:
        yield from (f"- {_text(line)}" for line in coverage.headlines)
        yield ""
    yield f"Is this build releasable? **{gate.answer}.** Is the live bot ready? {_text(gate.live)}"
    yield ""
    yield from _counts(coverage)
    yield from _checklist(coverage)
    yield from _requirements(coverage)
    yield from _findings(coverage)
    yield from _new(coverage)
    yield f"pytest-fpharness {_text(header.harness)}, started {_text(moment(header.started))}."


def _counts(coverage: Coverage) -> Iterator[str]:
    shown = [s for s in CellState if coverage.counts.get(s.value)]
    runs = ", ".join(f"{coverage.counts[state.value]} {state.word}" for state in shown)
    yield f"- Runs: {runs or 'none'}"
    yield f"- Detection bullets exercised: {coverage.detection}"
    yield f"- Healing bullets exercised: {coverage.healing}"
    yield f"- Requirement bullets shown: {coverage.required}"
    yield f"- Values shown on the dashboard: {coverage.shown}"
    yield f"- Clauses seen to fail when broken: {coverage.clauses}"
    if tests := coverage.tests:
        yield f"- Own tests: {tests}"
    yield ""


def _checklist(coverage: Coverage) -> Iterator[str]:
    yield "| Verification checklist | State | Evidence |"
    yield "|---|---|---|"
    for line in coverage.checklist:
        state = f"{line.state.symbol} {line.state.word}"
        yield f"| {_text(line.text)} | {state} | {_text(line.evidence)} |"
    yield ""


def _requirements(coverage: Coverage) -> Iterator[str]:
    yield "| Requirement | State | Bullets shown |"
    yield "|---|---|---|"
    for row in coverage.requirements:
        done = sum(bullet.state is CellState.PASS for bullet in row.bullets)
        open_ = next((b for b in row.bullets if b.state is row.state and b.reason), None)
        why = f"; {open_.says}: {open_.reason}" if open_ and not row.state.accepted else ""
        state = f"{row.state.symbol} {row.state.word}"
        shown = _text(f"{done} of {len(row.bullets)}{why}")
        yield f"| {row.id} {_text(row.title)} | {state} | {shown} |"
    yield ""


def _findings(coverage: Coverage) -> Iterator[str]:
    if not coverage.findings:
        return
    yield "## Findings, most expensive first"
    yield ""
    for number, finding in enumerate(coverage.findings[:_MOST], 1):
        more = len(finding.records) - 1
        runs = f"{_text(finding.records[0])}" + (f" and {more} more" if more else "")
        yield (
            f"{number}. **{_text(finding.fp)} {finding.verdict}** {_text(finding.clause)}: "
            f"{_text(finding.reason)}. {cost_words(finding.cost)}. ({runs})"
        )
    if len(coverage.findings) > _MOST:
        yield f"\n{len(coverage.findings) - _MOST} more are in the report."
    yield ""


def _new(coverage: Coverage) -> Iterator[str]:
    if coverage.new:
        points = [f"{row.fp} {row.facts.title}: {row.state.word}" for row in coverage.new]
        yield f"New in the shipped catalog, not judged: {_text('; '.join(points))}."
        yield ""


def _text(text: str) -> str:
    """One line in which nothing is markup; names from outside reach this page."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
