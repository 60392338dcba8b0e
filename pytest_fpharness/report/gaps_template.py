"""A gaps file to fill in: an entry for everything that is MISSING and not yet accepted."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_fpharness.model.record import Record
from pytest_fpharness.model.verdict import Verdict
from .cell_state import CellState
from .coverage import Coverage
from .findings import is_gap

_HEAD = """\
# Abilities and roles that the bot does not have. Fill in an owner, a reason and a last day
# (2027-01-31) to accept a gap; delete entries that should stay open.
"""


def gaps_skeleton(coverage: Coverage) -> str:
    """YAML; a failure point of which every run is MISSING is one entry. "" when nothing is."""
    entries = [*_runs(coverage), *_requirements(coverage)]
    blank = "  owner:\n  reason:\n  until:\n"
    listed = "".join(f"- {named} # {why}\n{blank}" for named, why in entries)
    return _HEAD + listed if entries else ""


def _runs(coverage: Coverage) -> Iterator[tuple[str, str]]:
    by_fp: dict[str, list[Record]] = {}
    for record in coverage.records:
        by_fp.setdefault(record.fp, []).append(record)
    for fp, records in by_fp.items():
        lacking = [r for r in records if r.verdict is Verdict.MISSING and not is_gap(r)]
        whole = len(lacking) == len(records)
        if whole:
            yield f"fp: {fp}", "; ".join(dict.fromkeys(map(_why, lacking)))
        else:
            yield from ((f"id: {record.id}", _why(record)) for record in lacking)


def _why(record: Record) -> str:
    return next(iter(record.reasons), "the target lacks what it needs").partition("\n")[0]


def _requirements(coverage: Coverage) -> Iterator[tuple[str, str]]:
    flows = {record.fp for record in coverage.records}  # TEST-1 is also the name of its runs
    for row in coverage.requirements:
        lacking = [b for b in row.bullets if b.state is CellState.MISSING]
        if lacking and row.id not in flows:
            yield f"id: {row.id}", f"{row.title}: {lacking[0].reason or lacking[0].evidence}"
