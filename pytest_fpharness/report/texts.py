"""Texts of the terminal: the failure of an item, the header and the summary of a session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from pytest_fpharness.model.damage import ABSENT
from pytest_fpharness.model.duration import MINUTE, SECOND, format_duration
from pytest_fpharness.model.questions import question
from pytest_fpharness.model.record import Cost, Record
from pytest_fpharness.model.text import pluralize
from pytest_fpharness.model.verdict import Verdict

if TYPE_CHECKING:
    from .coverage import Coverage
    from .findings import Finding
    from .gate import GateResult

#: The most reasons that one failure shows; with the other lines it stays under ten.
MOST_REASONS: Final = 4
WIDEST: Final = 240
_COLOURS: Final = ("GREEN", "YELLOW", "RED", "UNKNOWN")
_COMPANIONS: Final[Mapping[str, str]] = {
    "control": "without any fault the bot is not healthy",
    "broken_healer": "with a broken healer the bot does not give up and page",
}


# -- one failure --------------------------------------------------------------------------------


def failure_text(record: Record, place: str) -> str:
    """What failed, its cost, the line of the scenario and the replay command: nine lines at most.

    For a generated plan, also the smallest failing example, as a variant ready to commit.
    """
    lines = [f"{record.id} {record.verdict}: {headline(record)}"]
    if record.fault:
        lines.append(f"  fault: {_short(record.fault)}")
    lines += [f"  {line}" for line in _reasons(record)]
    lines += [f"  {line}" for line in _generated(record)]
    if cost_text(record.cost):
        lines.append(f"  cost while blind: {cost_text(record.cost)}")
    lines.append(f"  {place}")
    if record.token:
        lines.append(f"  replay: fpharness replay '{record.token}'")
    return "\n".join(lines)


def headline(record: Record) -> str:
    from .findings import first_failure

    if record.verdict is Verdict.ERROR:
        return "the harness failed or cannot simulate this bot: no verdict on the bot"
    if record.verdict is Verdict.MISSING:
        return "the bot does not have an ability or role that this needs"
    failed = first_failure(record).question
    if record.twin and failed == "quiet":
        return "the bot raised a false alarm: this twin is healthy"
    entry = question(failed)
    text = entry.failed if entry else _COMPANIONS.get(failed, "the run did not come to its end")
    if record.verdict is not Verdict.VACUOUS:
        return text
    if entry is not None and "always" in entry.asked_of:
        return f"inconclusive: {text}"
    return "inconclusive: some expectations were never seen to fail"


def _reasons(record: Record) -> Iterator[str]:
    reasons = list(dict.fromkeys(line for r in record.reasons if (line := _short(r))))
    if len(reasons) <= MOST_REASONS:
        yield from reasons
        return
    yield from reasons[: MOST_REASONS - 1]
    yield f"and {len(reasons) - MOST_REASONS + 1} more reasons in the report"


def _generated(record: Record) -> Iterator[str]:
    """How many examples failed, and the smallest one as a variant."""
    if not record.suggestion:
        return
    tried = [example for example in record.examples if example.label != ABSENT]
    failed = sum(example.verdict is not Verdict.PASS for example in tried)
    kind = "twin" if record.twin else "fault"
    count = f"{failed} of {len(tried)} generated examples failed"
    yield f"{count}; to keep the smallest, a {kind}:"
    yield from (f"  {line}" for line in record.suggestion.splitlines())


def _short(text: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= WIDEST else line[: WIDEST - 3] + "..."


def cost_text(cost: Cost) -> str:
    """``12m (never alerted), 5 orders, $2,430 sent meanwhile``; "" when there was none."""
    if not cost.blind:
        return ""
    # Below a minute the seconds count, above it they are noise.
    whole = MINUTE if cost.blind >= 10 * MINUTE else SECOND
    blind = format_duration(cost.blind // whole * whole) if cost.blind >= SECOND else "under 1s"
    alerted = "" if cost.alerted else " (never alerted)"
    return (
        f"{blind}{alerted}, {pluralize(cost.orders, 'order')}, ${cost.dollars:,.0f} sent meanwhile"
    )


def readiness_of(record: Record) -> str:
    """The worst colour that the bot showed from the injection on."""
    injected = record.marks.get("injected")
    if injected is None:
        return "UNKNOWN"
    colours = [
        str(facts.get("readiness", "UNKNOWN"))
        for at, kind, _, facts in record.timeline
        if kind == "sample" and at >= injected
    ]
    return max(colours, key=_rank, default="UNKNOWN")


def _rank(colour: str) -> int:
    return _COLOURS.index(colour) if colour in _COLOURS else len(_COLOURS)


# -- the session --------------------------------------------------------------------------------


def target_words(name: str, commit: str, demo: str) -> str:
    """The bot under test, which every artefact names: ``paper bot @ 9c1e7aa``."""
    at = f" @ {commit}" if commit else ""
    note = f" - {demo}" if demo else ""
    return f"{name}{at}{note}"


def target_line(target: str) -> str:
    """The first and the last line of a session."""
    return f"fpharness target: {target}"


def counts_line(coverage: Coverage) -> str:
    """``3 PASS, 1 FAIL, 2 not run``."""
    order = ("PASS", "GAP", "UNPROVEN", "FAIL", "VACUOUS", "MISSING", "ERROR", "NOT_RUN")
    words = {"GAP": "accepted gap", "UNPROVEN": "PASS but unproven", "NOT_RUN": "not run"}
    counts = [
        f"{coverage.counts[key]} {words.get(key, key)}" for key in order if coverage.counts.get(key)
    ]
    return ", ".join(counts) or "nothing ran"


def finding_line(finding: Finding) -> str:
    cost = cost_text(finding.cost)
    blind = f" (cost while blind: {cost})" if cost else ""
    runs = f" in {len(finding.records)} runs" if len(finding.records) > 1 else ""
    text = f"worst: {finding.fp} {finding.title}{runs}: {finding.clause}: {finding.reason}"
    return f"{_short(text)}{blind}"


def summary_lines(coverage: Coverage, gate: GateResult, page: str) -> Iterator[str]:
    """Counts, the worst finding, the gate and where the report is."""
    yield counts_line(coverage)
    if coverage.findings:
        yield finding_line(coverage.findings[0])
    if tests := coverage.tests:
        yield f"own tests: {tests}"
    if coverage.new:
        shown = ", ".join(f"{row.fp} {row.state.word}" for row in coverage.new)
        yield f"new in the shipped catalog, not judged: {shown}"
    yield f"gate {gate.code} {gate.colour}: {gate.sentence}"
    yield f"report: {page}"
