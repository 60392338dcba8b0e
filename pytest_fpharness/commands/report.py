"""``report``, ``gate`` and ``gaps``: evaluate a journal."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from pytest_fpharness.model.duration import parse_duration
from pytest_fpharness.project import BadInput, Project


def report(args: argparse.Namespace) -> int:
    """Write the report of a journal again."""
    from pytest_fpharness.report.gate import gate
    from pytest_fpharness.report.journal import JournalError
    from pytest_fpharness.report.texts import summary_lines
    from pytest_fpharness.report.write import write_report

    journal = Path(args.journal)
    out = Path(args.out) if args.out else journal.parent
    try:
        coverage = write_report(journal, out)
    except (JournalError, OSError) as error:
        raise BadInput(str(error)) from None
    for line in summary_lines(coverage, gate(coverage), str(out / "index.html")):
        print(line)
    return 0


def gate(args: argparse.Namespace) -> int:
    """Return 0 for passed, 1 failed, 2 vacuous, 3 harness error, 4 bad input, 5 incomplete."""
    from pytest_fpharness.report.gate import gate_journal

    journal = Path(args.journal or newest_journal())
    result = gate_journal(journal, max_age=_max_age())
    print(f"{result.colour}: {result.sentence}")
    print(f"  judged: {os.path.relpath(journal)}{_session(journal)}")
    for reason in result.reasons[1:]:  # the first is in the sentence
        print(f"  {reason}")
    return result.code


def gaps(args: argparse.Namespace) -> int:
    """Print a gaps file to fill in."""
    from pytest_fpharness.report.coverage import coverage
    from pytest_fpharness.report.gaps_template import gaps_skeleton
    from pytest_fpharness.report.journal import JournalError, read_journal

    try:
        text = gaps_skeleton(coverage(read_journal(args.journal or default_journal())))
    except (JournalError, OSError) as error:
        raise BadInput(str(error)) from None
    print(text or "# everything MISSING is already accepted\n", end="")
    return 0


def newest_journal() -> Path:
    """Return the journal of the newest session, whether it was full, partial or did not end.

    A session writes into ``partial`` until it ends. An older full journal says nothing about it.
    """
    full = default_journal()
    partial = full.parent / "partial" / full.name
    if not partial.exists():
        return full
    return partial if _first_line(partial).get("started", "") >= _started(full) else full


def _started(journal: Path) -> str:
    return str(_first_line(journal).get("started", ""))


def _first_line(journal: Path) -> dict[str, Any]:
    """What a journal says of its session; empty for a file that is not one."""
    try:
        with journal.open(encoding="utf-8", errors="replace") as file:
            line = json.loads(file.readline(1 << 24))
    except (OSError, ValueError, RecursionError):
        return {}
    return line if isinstance(line, dict) else {}


def _session(journal: Path) -> str:
    line = _first_line(journal)
    target, commit = line.get("target", ""), line.get("target_commit", "")
    what = f", {target}" if target else ""
    at = f" @ {commit}" if commit else ""
    started = f", started {line['started']}" if line.get("started") else ""
    return f"{what}{at}{started}"


def _max_age() -> int | None:
    """The ini setting ``fp_max_age`` in ns; raises BadInput for other text."""
    text = Project.around(Path.cwd()).text("fp_max_age")
    try:
        return parse_duration(text) if text else None
    except ValueError as error:
        raise BadInput(f"fp_max_age = {text}: {error}") from None


def default_journal() -> Path:
    """Return the path of the journal of the last full run."""
    project = Project.around(Path.cwd())
    return (project.path("fp_report") or project.root / "fp-report") / "journal.jsonl"
