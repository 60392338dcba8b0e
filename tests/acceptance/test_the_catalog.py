"""The shipped catalog against the embedded bot, as its users run it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

OPTIONS = ("-p", "fpharness", "--fp-target", "embedded", "-p", "no:cacheprovider", "-q")


def run(pytester: pytest.Pytester, report: str, *more: str) -> dict[str, dict[str, object]]:
    """Run the whole catalog; its records by id."""
    result = pytester.runpytest_subprocess(*OPTIONS, f"--fp-report={report}", *more)
    assert result.ret == 0, result.stdout.str()[-3000:]
    lines = (Path(pytester.path) / report / "journal.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    return {row["id"]: row for row in rows if row["kind"] == "record"}


def test_every_plan_passes_the_same_alone_and_in_two_workers(pytester: pytest.Pytester) -> None:
    alone = run(pytester, "alone")
    both = run(pytester, "both", "-n", "2")

    assert {record["verdict"] for record in alone.values()} == {"PASS"}
    assert {id: record["digest"] for id, record in alone.items()} == {
        id: record["digest"] for id, record in both.items()
    }
    volatile = ("wall", "legs")  # which plan of a worker runs twice depends on who gets it
    assert {id: _without(record, volatile) for id, record in alone.items()} == {
        id: _without(record, volatile) for id, record in both.items()
    }


def _without(record: dict[str, object], names: tuple[str, ...]) -> dict[str, object]:
    return {name: value for name, value in record.items() if name not in names}
