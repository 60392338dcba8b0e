"""``report``, ``gate`` and ``gaps``: evaluate a journal."""

from __future__ import annotations

import argparse
from pathlib import Path

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

    result = gate_journal(args.journal or _newest_journal())
    print(f"{result.colour}: {result.sentence}")
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


def _newest_journal() -> Path:
    """Return the default journal, or that of a partial run while there is no full one."""
    full = default_journal()
    partial = full.parent / "partial" / full.name
    return partial if partial.exists() and not full.exists() else full


def default_journal() -> Path:
    """Return the path of the journal of the last full run."""
    project = Project.around(Path.cwd())
    return (project.path("fp_report") or project.root / "fp-report") / "journal.jsonl"
