"""A whole session of 36 failure points with every kind of outcome, for looking at the page."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.record import Clause, CompanionRun, Cost, Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.journal import Canary, JournalData
from tests.support.report_factory import (
    DOCUMENT,
    INJECTED,
    facts,
    failing,
    flows,
    header,
    record,
    session,
    timeline,
    twin,
    write_journal,
)

COUNTS = {1: 8, 2: 5, 3: 8, 4: 5, 5: 4, 6: 6}
TITLES = (
    "UW daemon not running", "UW cache file missing or empty", "UW cache stale", "No symbols",
    "UW API authentication failure", "UW API rate limit exceeded", "No clusters generated",
    "Cluster generation errors",
)  # fmt: skip


def showcase() -> JournalData:
    """The session as it would be read from its journal."""
    ids = [f"FP-{c}.{n}" for c, count in COUNTS.items() for n in range(1, count + 1)]
    points = [
        facts(fp, title=TITLES[i % 8], severity="critical" if i % 3 else "warning")
        for i, fp in enumerate(ids)
    ]
    points[4] = replace(points[4], documented=False, missing_fields=("manual steps",))
    records = [item for fp in ids for item in _pair(fp)]
    head = header([r.id for r in records] + ["FP-6.6/dns"], points)
    head = replace(head, document=DOCUMENT)
    records = [r for r in records if r.fp != "FP-6.5"]
    data = session(records, points, canaries=(Canary("must_fail", "FAIL", "FAIL", "gw0"),))
    return replace(data, header=head)


def _pair(fp: str) -> list[Record]:
    special = {
        "FP-1.3": _blind(fp),
        "FP-1.5": _blind(fp, alerted=True),
        "FP-2.1": _vacuous(fp),
        "FP-3.1": [record(fp, "file", verdict=Verdict.MISSING, clauses=(), timeline=(), companions=(),
                          expected_gap="no freeze file yet; owner pat, until 2026-06-30",
                          cost=Cost(), marks={})],
        "FP-4.1": [record(fp, "refused", verdict=Verdict.ERROR, clauses=(), timeline=(), companions=(),
                          reasons=("KeyError: 'broker' in world/network.py:88",), cost=Cost(),
                          output="Traceback (most recent call last):\n  ...\nKeyError: 'broker'")],
        "FP-4.4": [failing("alert.fire", "alerted", "the target has no alerts", Verdict.MISSING,
                           fp=fp, variant="sub_penny", cost=Cost())],
        "FP-5.3": [record(fp, "truncated", clauses=tuple(
            replace(c, killed_by=()) if c.name == "alert.once" else c for c in
            record().clauses))],
    }  # fmt: skip
    return [*special.get(fp, [record(fp, "killed")]), twin(fp, "cousin.twin")] + (
        flows() if fp == "FP-6.6" else []
    )


def _blind(fp: str, *, alerted: bool = False) -> list[Record]:
    rows = tuple(timeline(fp, alerted=alerted).to_rows())
    late = f"alert: late by {9 * MINUTE // SECOND}s" if alerted else "alert: never, due by 30s"
    return [
        failing(
            "alert.fire", "alerted", late, fp=fp, variant=f"age.{minutes}m01s", timeline=rows,
            cost=Cost(minutes * MINUTE, alerted, 4, 6170.4),
            output="WARNING uw cache 601 s old <script>alert(1)</script>\nretry in 5 s",
            companions=(CompanionRun("control", Verdict.PASS),
                  CompanionRun("broken_healer", Verdict.FAIL, ("7 restarts, at most 3",),
                      (Clause("heal.attempts", "healed", Verdict.FAIL, "7, at most 3"),))),
        )
        for minutes in (10, 12)
    ]  # fmt: skip


def _vacuous(fp: str) -> list[Record]:
    output = (
        Clause("met", "met", Verdict.VACUOUS, "no process ever read state.weights", INJECTED),
    )
    return [record(fp, "deleted", verdict=Verdict.VACUOUS, clauses=output, cost=Cost(),
                   reasons=("not met: no process ever read state.weights",))]  # fmt: skip


if __name__ == "__main__":
    from pytest_fpharness.report.write import write_report

    place = Path(sys.argv[1])
    write_report(write_journal(place / "journal.jsonl", showcase()), place)
