"""The shipped catalog against the embedded bot, as its users run it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.model.events import undeclared

pytest_plugins = ["pytester"]

OPTIONS = ("-p", "fpharness", "--fp-target", "embedded", "-p", "no:cacheprovider", "-q")
#: A failure point of each kind of healing, run a second time without workers.
AGAIN = "FP-1.3,FP-2.1,FP-3.1,FP-4.4,FP-6.20,TEST-1/main"


def run(pytester: pytest.Pytester, report: str, *more: str) -> dict[str, dict[str, Any]]:
    """Run the catalog, or a part of it; the records by id."""
    result = pytester.runpytest_subprocess(*OPTIONS, f"--fp-report={report}", *more)
    assert result.ret == 0, result.stdout.str()[-3000:]
    folder = Path(pytester.path) / report
    journal = folder / "journal.jsonl"
    path = journal if journal.exists() else folder / "partial" / "journal.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {row["id"]: row for row in rows if row["kind"] == "record"}


def test_every_plan_passes_and_is_the_same_without_workers(pytester: pytest.Pytester) -> None:
    both = run(pytester, "both", "-n", "2")
    alone = run(pytester, "alone", f"--fp-only={AGAIN}")

    assert {record["verdict"] for record in both.values()} == {"PASS"}
    rows = [row for record in both.values() for row in record["timeline"]]
    assert set(undeclared((kind, facts) for _, kind, _, facts in rows)) == set()
    assert len({id.split("/")[0] for id in both}) == 39  # 36 of the document, FP-6.20, two flows
    volatile = ("wall", "companions")  # which plan of a worker runs twice depends on who gets it
    assert {id: _without(record, volatile) for id, record in alone.items()} == {
        id: _without(both[id], volatile) for id in alone
    }


def _without(record: dict[str, object], names: tuple[str, ...]) -> dict[str, object]:
    return {name: value for name, value in record.items() if name not in names}
