from __future__ import annotations

import pytest

from pytest_fpharness.model.verdict import Verdict
from tests.support.tiny_project import MISSING, Project

pytest_plugins = ["pytester"]

IDS = ("FP-9.1/main", "FP-9.1/io_error", "FP-9.1/read_late.twin")
REPORT = {"index.html", "coverage.json", "summary.md", "journal.jsonl"}
PARTIAL = {f"partial/{name}" for name in REPORT}
FIXTURE = """
import os, pytest

@pytest.fixture(autouse=True)
def strike(request):
    if request.node.name == "io_error":
        {what}
"""


def test_a_full_run_leaves_its_report_and_journal(project: Project) -> None:
    result = project.run()
    assert project.written() == REPORT
    data = project.journal()
    assert data.header.ids == IDS
    assert set(data.records) == set(IDS)
    assert data.header.target == "tiny bot"
    assert data.end is not None
    assert not data.end.interrupted
    assert {canary.expected for canary in data.canaries} == {"FAIL", "VACUOUS", "ERROR"}
    result.stdout.fnmatch_lines(["* failure points *", "2 FAIL, 1 VACUOUS", "worst: FP-9.1 *",
                                 "gate 1 RED: *", "report: fp-report/index.html"])  # fmt: skip


def test_workers_and_no_workers_give_the_same_records(project: Project) -> None:
    project.apart("-n2", "--fp-report=two").assert_outcomes(failed=3)
    project.run("--fp-report=one")
    one, two = project.journal("one"), project.journal("two")
    assert one.header.ids == two.header.ids
    assert {r.id: r.digest for r in one.records.values()} == {
        r.id: r.digest for r in two.records.values()
    }
    assert {canary.worker for canary in two.canaries} <= {"gw0", "gw1"}


@pytest.mark.parametrize("option", [["--fp-only=FP-9.1/main"], ["-k", "main"], ["--maxfail=1"]])
def test_a_selection_is_written_to_the_partial_folder(project: Project, option: list[str]) -> None:
    project.run(*option)
    assert project.written() == PARTIAL
    assert "FP-9.1/main" in project.journal("fp-report/partial").records


def test_a_partial_run_leaves_the_full_report_alone(project: Project) -> None:
    project.run()
    before = (project.path / "fp-report/index.html").read_bytes()
    project.run("--fp-only=FP-9.1/main")
    assert (project.path / "fp-report/index.html").read_bytes() == before
    assert project.written() == REPORT | PARTIAL


def test_k_under_xdist_is_a_partial_run_of_what_was_kept(project: Project) -> None:
    project.apart("-n2", "-k", "io_error").assert_outcomes(failed=1)
    assert project.journal("fp-report/partial").header.ids == ("FP-9.1/io_error",)
    assert project.written() == PARTIAL


def test_ctrl_c_leaves_a_readable_journal_and_an_incomplete_report(project: Project) -> None:
    project.write("conftest.py", FIXTURE.format(what="raise KeyboardInterrupt"))
    result = project.apart()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    data = project.journal("fp-report/partial")
    assert set(data.records) == {"FP-9.1/main"}
    assert data.end is not None
    assert data.end.interrupted
    result.stdout.fnmatch_lines(["1 FAIL, 2 not run"])
    assert project.written() == PARTIAL


def test_a_worker_that_dies_leaves_its_run_without_a_record(project: Project) -> None:
    project.write("conftest.py", FIXTURE.format(what="os._exit(3)"))
    result = project.apart("-n2")
    data = project.journal()
    assert data.not_run == ("FP-9.1/io_error",)
    assert set(data.records) == {"FP-9.1/main", "FP-9.1/read_late.twin"}
    result.stdout.fnmatch_lines(["1 FAIL, 1 VACUOUS, 1 not run"])


def gap(project: Project, until: str) -> pytest.RunResult:
    project.write("fp/FP-9.2.yaml", MISSING)
    text = f"- {{fp: FP-9.2, owner: ann, reason: no broker yet, until: {until}}}\n"
    project.write("gaps.yaml", text)
    return project.run("--fp-gaps=gaps.yaml", "--fp-only=FP-9.2", "-rx")


def test_an_accepted_gap_is_an_expected_failure_and_still_a_gap(project: Project) -> None:
    result = gap(project, "2999-01-01")
    result.assert_outcomes(xfailed=1)
    result.stdout.fnmatch_lines(["1 accepted gap", "XFAIL *no broker yet (ann, until 2999-01-01)"])
    record = project.journal("fp-report/partial").records["FP-9.2/main"]
    assert record.verdict is Verdict.MISSING
    assert record.expected_gap


def test_a_requirement_may_be_accepted_as_a_gap(project: Project) -> None:
    project.write("gaps.yaml", "- {id: D-3, owner: ann, reason: no pages, until: 2999-01-01}\n")
    project.run("--fp-gaps=gaps.yaml", "--fp-only=FP-9.1/main")
    gaps = project.journal("fp-report/partial").header.gaps
    assert gaps == {"D-3": "no pages (ann, until 2999-01-01)"}


def test_an_expired_gap_of_a_requirement_is_in_the_journal(project: Project) -> None:
    project.write("gaps.yaml", "- {id: D-3, owner: ann, reason: no pages, until: 2020-01-01}\n")
    project.run("--fp-gaps=gaps.yaml", "--fp-only=FP-9.1/main")
    header = project.journal("fp-report/partial").header
    assert (header.gaps, list(header.expired)) == ({}, ["D-3"])
    assert header.expired["D-3"].startswith("the accepted gap expired on 2020-01-01 (")


def test_an_expired_gap_fails(project: Project) -> None:
    result = gap(project, "2020-01-01")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["FP-9.2/main MISSING: *", "*the accepted gap expired on 2020-01-01 (*gaps.yaml:1)"]
    )


def test_an_expired_gap_of_a_requirement_is_on_the_terminal(project: Project) -> None:
    project.write("gaps.yaml", "- {id: D-3, owner: ann, reason: no pages, until: 2020-01-01}\n")
    result = project.run("--fp-gaps=gaps.yaml", "--fp-only=FP-9.1/main")
    result.stdout.fnmatch_lines(["D-3: the accepted gap expired on 2020-01-01 (*gaps.yaml:1)"])


def test_an_accepted_gap_that_no_longer_occurs_is_named(project: Project) -> None:
    project.write("gaps.yaml", "- {id: FP-9.1/main, owner: a, reason: b, until: 2999-01-01}\n")
    result = project.run("--fp-gaps=gaps.yaml", "--fp-only=FP-9.1/main")
    result.stdout.fnmatch_lines(["accepted gaps that no longer occur: FP-9.1/main"])


def test_a_heading_of_the_document_without_a_file_is_a_failure(project: Project) -> None:
    project.write("FP.md", "### FP-9.1: Weights\n\n### FP-9.7: Nobody wrote this one\n")
    result = project.run("--fp-document=FP.md")
    result.stdout.fnmatch_lines(["gate 1 RED: *"])
    denominator = project.journal().header.denominator
    assert denominator.document == "FP.md"
    assert denominator.headings == ("FP-9.1", "FP-9.7")


def test_a_heading_that_was_not_selected_is_not_reported_as_missing(project: Project) -> None:
    project.write("fp/FP-9.2.yaml", MISSING)
    project.write("FP.md", "### FP-9.1: Weights\n\n### FP-9.2: Broker\n\n### FP-9.7: Unwritten\n")
    project.run("--fp-document=FP.md", "--fp-only=FP-9.1")
    denominator = project.journal("fp-report/partial").header.denominator
    assert denominator.headings == ("FP-9.1", "FP-9.7")


def test_fixtures_of_the_project_reach_scenario_items(project: Project) -> None:
    what = 'open("seen", "w").write(request.node.nodeid)'
    project.write("conftest.py", FIXTURE.format(what=what))
    project.run("--fp-only=FP-9.1/io_error")
    assert (project.path / "seen").read_text() == "fp/FP-9.1_weights.yaml::io_error"


def test_a_journal_that_can_no_longer_be_written_breaks_the_session(project: Project) -> None:
    project.write(
        "conftest.py",
        """
        from pytest_fpharness.report.journal import Journal

        def full(self, text):
            raise OSError(28, "No space left on device")

        Journal.record_text = full
        """,
    )
    result = project.apart("--fp-only=FP-9.1/main")
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    result.stdout.fnmatch_lines(
        ["FP-9.1/main FAIL: *", "gate 3 *", "ERROR: cannot write the journal: No space left*"]
    )
