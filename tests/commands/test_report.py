from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fpharness.cli import main
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.documentation import FailurePointFacts
from pytest_fpharness.report.journal import End, Header, Journal

pytestmark = pytest.mark.usefixtures("fragile_bot")

FACTS = FailurePointFacts("FP-9.1", "The weights cannot be read")


def journal(path: Path, verdict: Verdict, *, whole: bool = True) -> Path:
    ids = ("FP-9.1/main",) if whole else ("FP-9.1/main", "FP-9.1/other")
    with Journal(path) as written:
        written.plan(Header(target="tiny bot", ids=ids, failure_points=(FACTS,)))
        written.record(Record("FP-9.1/main", "FP-9.1", "main", verdict))
        written.end(End("2026-01-06T10:00:00+00:00", 1.0))
    return path


@pytest.mark.parametrize(
    ("verdict", "whole", "code"),
    [
        (Verdict.FAIL, True, 1),
        (Verdict.VACUOUS, True, 2),
        (Verdict.ERROR, True, 3),
        (Verdict.PASS, False, 5),
    ],
)
def test_the_exit_code_is_that_of_the_gate(
    fragile_bot: Path, capsys: pytest.CaptureFixture[str], verdict: Verdict, whole: bool, code: int
) -> None:
    journal(fragile_bot / "fp-report/journal.jsonl", verdict, whole=whole)
    assert main(["gate"]) == code
    assert capsys.readouterr().out


def test_a_gate_without_a_journal_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate"]) == 4
    assert "does not exist" in capsys.readouterr().out


def test_a_gate_before_any_full_run_judges_the_partial_one(
    fragile_bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal(fragile_bot / "fp-report/partial/journal.jsonl", Verdict.PASS, whole=False)
    assert main(["gate"]) == 5
    journal(fragile_bot / "fp-report/journal.jsonl", Verdict.FAIL)
    assert main(["gate"]) == 1


def test_gaps_are_printed_to_be_filled_in(
    fragile_bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal(fragile_bot / "fp-report/journal.jsonl", Verdict.MISSING)
    assert main(["gaps"]) == 0
    assert "- fp: FP-9.1 # the target lacks what it needs\n  owner:\n" in capsys.readouterr().out


def test_gaps_of_no_journal_are_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gaps", "pytest.ini"]) == 4
    assert "not a line of a journal" in capsys.readouterr().err


def test_report_writes_the_pages_again(
    fragile_bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = journal(fragile_bot / "journal.jsonl", Verdict.FAIL)
    assert main(["report", str(path), "-o", "again"]) == 0
    assert (fragile_bot / "again/index.html").exists()
    assert "report: again/index.html" in capsys.readouterr().out


def test_report_of_no_journal_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "pytest.ini"]) == 4
    assert "not a line of a journal" in capsys.readouterr().err
