from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pytest_fpharness.cli import main
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.documentation import FailurePointFacts
from pytest_fpharness.report.journal import End, Header, Journal

pytestmark = pytest.mark.usefixtures("fragile_bot")

FACTS = FailurePointFacts("FP-9.1", "The weights cannot be read")


def journal(path: Path, verdict: Verdict, *, whole: bool = True, started: str = "") -> Path:
    ids = ("FP-9.1/main",) if whole else ("FP-9.1/main", "FP-9.1/other")
    with Journal(path) as written:
        written.plan(Header(target="tiny bot", ids=ids, failure_points=(FACTS,), started=started))
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


def test_a_gate_judges_the_newest_session_and_says_which(
    fragile_bot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal(fragile_bot / "fp-report/journal.jsonl", Verdict.FAIL, started="2026-01-06T10:00:00Z")
    partial = fragile_bot / "fp-report/partial/journal.jsonl"
    journal(partial, Verdict.PASS, whole=False, started="2026-01-06T11:00:00Z")
    assert main(["gate"]) == 5
    assert "judged: fp-report/partial/journal.jsonl, tiny bot" in capsys.readouterr().out
    journal(partial, Verdict.PASS, whole=False, started="2026-01-06T09:00:00Z")
    assert main(["gate"]) == 1
    assert "judged: fp-report/journal.jsonl, tiny bot" in capsys.readouterr().out


def test_a_session_that_did_not_end_hides_the_report_that_it_replaces(fragile_bot: Path) -> None:
    journal(fragile_bot / "fp-report/journal.jsonl", Verdict.FAIL, started="2026-01-06T10:00:00Z")
    path = fragile_bot / "fp-report/partial/journal.jsonl"
    with Journal(path) as begun:
        started = "2026-01-06T10:00:00Z"
        ids = ("FP-9.1/main",)
        begun.plan(Header(target="x", ids=ids, failure_points=(FACTS,), started=started))
    assert main(["gate"]) == 5


@pytest.mark.parametrize(
    ("started", "code"), [("2000-01-01T00:00:00+00:00", 5), ("", 5), (None, 2)]
)
def test_evidence_has_an_age_limit(
    fragile_bot: Path, capsys: pytest.CaptureFixture[str], started: str | None, code: int
) -> None:
    now = dt.datetime.now(dt.timezone.utc).isoformat()
    path = fragile_bot / "fp-report/journal.jsonl"
    journal(path, Verdict.VACUOUS, started=now if started is None else started)
    ini = fragile_bot / "pytest.ini"
    ini.write_text(f"{ini.read_text()}\nfp_max_age = 7d\n")
    assert main(["gate"]) == code
    assert ("fp_max_age allows 7 days" in capsys.readouterr().out) == (started not in (None, ""))


def test_a_wrong_age_limit_is_bad_input(fragile_bot: Path) -> None:
    ini = fragile_bot / "pytest.ini"
    ini.write_text(f"{ini.read_text()}\nfp_max_age = a week\n")
    assert main(["gate"]) == 4


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
