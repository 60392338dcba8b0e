"""Synthetic records and journals, as a session would leave them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_fpharness.catalog.loader import load_catalog
from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.record import Clause, CompanionRun, Cost, Record
from pytest_fpharness.model.timeline import Event, Timeline
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.coverage import Coverage, coverage
from pytest_fpharness.report.documentation import Denominator, FailurePointFacts
from pytest_fpharness.report.journal import End, Header, Journal, JournalData
from tests.support.vocabulary import VOCABULARY

#: The shipped document; its checklist asks for one failure point only.
DOCUMENT = load_catalog([], VOCABULARY, shipped=False).document
SMALL = replace(
    DOCUMENT,
    checklist=tuple(
        replace(item, minimum=1) if item.minimum else item for item in DOCUMENT.checklist
    ),
)
INJECTED = 5 * MINUTE + 15 * SECOND
CONTROL = CompanionRun(
    "control",
    Verdict.PASS,
    clauses=(
        Clause("colour", "coloured", Verdict.PASS),
        Clause("quiet", "quiet", Verdict.PASS),
    ),
)
MAIN = tuple(
    Clause(name, question, Verdict.PASS, begin=begin, end=end, at=at, killed_by=(mutant,))
    for name, question, begin, end, at, mutant in (
        ("injected", "injected", None, None, INJECTED, "no_fault"),
        ("steady", "steady", None, None, 4 * MINUTE, "cold"),
        ("met", "met", None, None, INJECTED + 15 * SECOND, "no_fault"),
        ("detect", "detected", INJECTED, INJECTED + MINUTE, INJECTED + 15 * SECOND, "mute"),
        ("colour", "coloured", INJECTED + 15 * SECOND, 10 * MINUTE, None, "freeze"),
        (
            "alert.fire",
            "alerted",
            INJECTED + 15 * SECOND,
            INJECTED + 45 * SECOND,
            332_000 * 10**6,
            "drop",
        ),
        ("alert.once", "alerted", None, None, 332_000 * 10**6, "double"),
        ("page", "escalated", INJECTED, INJECTED + 16 * MINUTE, None, "drop"),
        ("heal.restart", "healed", INJECTED, INJECTED + 5 * MINUTE, 7 * MINUTE, "broken_healer"),
        ("show.cache freshness", "visible", INJECTED, 10 * MINUTE, 6 * MINUTE, "hide"),
        ("recover", "recovered", 7 * MINUTE, 12 * MINUTE, 9 * MINUTE, "mute"),
        ("always.no_entry_while_red", "safe", None, None, None, "open_gate"),
        ("clean", "clean", None, None, None, "leave"),
    )
)
#: What the requirements ask beside them, by the first of the clauses that may show it.
REQUIRED = tuple(
    Clause(name, "visible", Verdict.PASS, killed_by=("bare",))
    for name in dict.fromkeys(
        item.split("|")[0]
        for requirement in DOCUMENT.requirements
        for demand in requirement.demands
        for item in demand.clauses
    )
    if name not in {clause.name for clause in MAIN}
)
PASSING = (*MAIN, *REQUIRED)
QUIET = (
    Clause("injected", "injected", Verdict.PASS, killed_by=("no_fault",)),
    Clause("met", "met", Verdict.PASS, killed_by=("no_fault",)),
    Clause("quiet", "quiet", Verdict.PASS, killed_by=("shout",)),
)


def facts(fp: str = "FP-1.3", **more: Any) -> FailurePointFacts:
    base = FailurePointFacts(
        fp=fp,
        title="UW cache stale",
        severity="critical",
        location="data/uw_flow_cache.json metadata",
        impact="Stale data, poor signals, no trades",
        detection={"d1": "time stamp of the last update", "d2": "alert beyond 10 minutes"},
        healing={"h1": "restart the daemon", "h2": "read the daemon's log for errors"},
        untestable={"h2": "reading a log is a person's work"},
        manual_steps=("systemctl restart uw_flow_daemon", "check the vendor's status page"),
        shows=("cache freshness",),
        documented=True,
    )
    return replace(base, **more)


def timeline(fp: str = "FP-1.3", *, alerted: bool = True) -> Timeline:
    """A daemon whose cache goes stale: seen, alerted, restarted, recovered."""
    line = Timeline()
    for minute in range(1, 12):
        line.add(minute * MINUTE, "task.end", "bot", task="cycle")
    for tick in range(1, 23):
        at = tick * 30 * SECOND
        bad = INJECTED <= at < 8 * MINUTE
        line.add(
            at,
            "sample",
            "monitor",
            readiness="RED" if bad else "GREEN",
            status={fp: "ERROR" if bad else "OK"},
            healing={fp: {"state": "trying" if bad else "idle", "attempts": int(at > 6 * MINUTE)}},
            dashboard={"row": {"status": "ERROR" if bad else "OK"}},
        )
    line.add(3 * MINUTE, "order.submitted", "bot", symbol="AAPL", side="buy", qty=3, intent="entry")
    line.add(3 * MINUTE, "order.filled", "bot", symbol="AAPL", side="buy", qty=3, price=212.5)
    line.add(INJECTED, "fault.inject", "", fault="uw_cache.age", params={"age": "10m01s"})
    for second in range(15, 105, 15):
        line.add(INJECTED + second * SECOND, "met", "bot", fault="uw_cache.age",
                 process="bot", what="read of uw_cache")  # fmt: skip
    if alerted:
        _alert(line, 332 * SECOND, key=fp, kind="fire", severity="critical",
                 text="cache is 10m01s old")  # fmt: skip
    line.add(6 * MINUTE, "decision", "bot", symbol="MSFT", action="block", gate="stale_data")
    line.add(6 * MINUTE, "order.rejected", "bot", symbol="NVDA", side="buy", qty=2, intent="entry")
    line.add(7 * MINUTE, "process.exit", "uw_flow_daemon", process="uw_flow_daemon", signal=15)
    line.add(7 * MINUTE, "process.restart", "watchdog", unit="uw_flow_daemon",
             process="uw_flow_daemon")  # fmt: skip
    line.add(7 * MINUTE + SECOND, "process.start", "", process="uw_flow_daemon", pid=412)
    line.add(7 * MINUTE + SECOND, "fault.clear", "", fault="uw_cache.age", by="watchdog")
    _alert(line, 8 * MINUTE, key=fp, kind="resolved", text="cache is fresh")
    line.add(9 * MINUTE, "order.filled", "bot", symbol="MSFT", side="buy", qty=1, price=410.0)
    line.add(10 * MINUTE, "order.filled", "bot", symbol="AAPL", side="sell", qty=3, intent="exit")
    for name, at in marks().items():
        line.add(at, "mark", "", name=name)
    return Timeline(sorted(line.events, key=lambda event: event.at))


def _alert(line: Timeline, at: int, **facts: Any) -> None:
    line.events.append(Event(at, "alert", "monitor", facts))


def marks() -> dict[str, int]:
    return {
        "injected": INJECTED,
        "detected": INJECTED + 15 * SECOND,
        "alerted": 332 * SECOND,
        "healed": 7 * MINUTE + SECOND,
        "recovered": 9 * MINUTE,
        "end": 11 * MINUTE,
    }


def record(fp: str = "FP-1.3", variant: str = "age.10m01s", **more: Any) -> Record:
    """A fault run in which everything held, and everything was seen to fail."""
    base = Record(
        id=f"{fp}/{variant}",
        fp=fp,
        variant=variant,
        verdict=Verdict.PASS,
        title="UW cache stale",
        source=f"{fp}.yaml",
        line=3,
        covers=("d1", "d2", "h1"),
        fault="uw_cache.age: 10m01s",
        clauses=PASSING,
        marks=marks(),
        cost=Cost(17 * SECOND, alerted=True),
        companions=(CONTROL,),
        timeline=tuple(timeline(fp).to_rows()),
        digest="3f9a0c11d2e45b67",
        readiness="RED",
        token="FPH1-KV3A9C",
        target="paper_bot",
        wall=0.083,
    )
    return replace(base, **more)


def twin(fp: str = "FP-1.3", variant: str = "age.9m59s.twin", **more: Any) -> Record:
    """A healthy look-alike that was not detected."""
    output: dict[str, Any] = {
        "twin": True, "clauses": QUIET, "marks": {"injected": INJECTED, "end": 8 * MINUTE},
        "cost": Cost(), "covers": (), "fault": "uw_cache.age: 9m59s", "companions": (),
        "timeline": tuple(row for row in timeline(fp).to_rows() if row[1] in _CALM), **more,
    }  # fmt: skip
    return record(fp, variant, **output)


_CALM = ("task.end", "order.submitted", "order.filled", "fault.inject", "met")


def failing(
    name: str, question: str, reason: str, verdict: Verdict = Verdict.FAIL, **more: Any
) -> Record:
    """A run whose clause ``name`` ended in ``verdict`` and whose others held."""
    bad = Clause(name, question, verdict, reason, INJECTED, INJECTED + MINUTE)
    clauses = tuple(bad if clause.name == name else clause for clause in PASSING)
    if bad not in clauses:
        clauses = (*clauses, bad)
    output = {"clauses": clauses, "verdict": verdict, "reasons": (f"{name}: {reason}",), **more}
    return record(**output)


def header(ids: Iterable[str], points: Iterable[FailurePointFacts], **more: Any) -> Header:
    points = tuple(points)
    base = Header(
        harness="0.1.0",
        target="paper_bot",
        target_commit="9c1e7aa",
        catalog_digest="b1946ac92492d234",
        config={"fp_check_every": "30s", "FP-1.3.stale_after": "10m"},
        started="2026-03-02T14:30:00Z",
        ids=tuple(ids),
        failure_points=points,
        denominator=Denominator("document", "failure_points.md", tuple(p.fp for p in points)),
        document=SMALL,
    )
    return replace(base, **more)


def flows() -> list[Record]:
    """The flow tests, and a run with a colour that the others have not."""
    return [
        record(variant="warned", readiness="YELLOW"),
        *_flows(),
    ]


def _flows() -> list[Record]:
    return [
        record(fp, "main", title=title, covers=())
        for fp, title in (("TEST-1", "Signal injection"), ("TEST-2", "End-to-end flow"))
    ]


def session(
    records: Iterable[Record] | None = None,
    points: Iterable[FailurePointFacts] | None = None,
    **more: Any,
) -> JournalData:
    """A journal that was read; without arguments, one of a bot that is ready."""
    records = tuple([record(), twin(), *flows()] if records is None else records)
    points = tuple([facts()] if points is None else points)
    result = {item.id: item for item in records}
    head = header(more.pop("ids", result), points, **more.pop("header", {}))
    output = {
        "history": {id: (item.verdict,) for id, item in result.items()},
        "end": End("2026-03-02T14:30:09Z", 8.7),
        **more,
    }
    return JournalData(head, result, **output)


def covered(records: Iterable[Record] | None = None, **more: Any) -> Coverage:
    return coverage(session(records, **more))


def write_journal(path: Path, data: JournalData) -> Path:
    with Journal(path) as journal:
        journal.plan(data.header)
        for item in data.records.values():
            journal.record(item)
        for canary in data.canaries:
            journal.canary(canary)
        if data.end is not None:
            journal.end(data.end)
    return path
