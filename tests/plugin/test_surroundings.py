"""Catalog runs where something around pytest is unusual: nothing is lost and nothing is left."""

from __future__ import annotations

import shutil

import pytest

from pytest_fpharness.report.lock import DirectoryLock
from tests.support.tiny_project import Project

pytest_plugins = ["pytester"]

DIES_AFTER = """
import pytest

@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report):
    if report.when == "call":
        {what}
"""


@pytest.mark.parametrize(
    "option",
    ["--setup-plan", "--setup-only", "--fixtures-per-test", "--fixtures", "--collect-only"],
)
def test_an_option_that_runs_no_test_leaves_the_report_alone(project: Project, option: str) -> None:
    project.run("--fp-only=FP-9.1/main")
    before = project.written()
    result = project.run(option)
    assert result.ret == 0
    assert project.written() == before
    result.stdout.no_fnmatch_line("gate *")


@pytest.mark.parametrize(
    ("what", "code"),
    [("raise RuntimeError('a plugin broke')", 3), ("pytest.exit('enough', returncode=7)", 7)],
)
def test_a_session_that_ends_early_leaves_the_full_report_alone(
    project: Project, what: str, code: int
) -> None:
    project.run()
    before = (project.path / "fp-report/index.html").read_bytes()
    project.write("conftest.py", DIES_AFTER.format(what=what))
    assert project.apart().ret == code
    assert (project.path / "fp-report/index.html").read_bytes() == before
    data = project.journal("fp-report/partial")
    assert data.end is not None
    assert data.end.interrupted


def test_a_second_session_does_not_write_over_the_first(project: Project) -> None:
    project.run("--fp-only=FP-9.1/main")
    hold = DirectoryLock(project.path / "fp-report")
    try:
        result = project.run("--fp-only=FP-9.1/io_error")
    finally:
        hold.release()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "ERROR: another session is writing to the report directory *fp-report; wait until it ends,*"
        ]
    )
    assert set(project.journal("fp-report/partial").records) == {"FP-9.1/main"}
    assert project.run("--fp-only=FP-9.1/io_error").ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("place", ["partial", "partial/journal.jsonl"])
def test_a_journal_that_cannot_be_opened_is_a_one_line_error(project: Project, place: str) -> None:
    if place == "partial":
        project.write("fp-report/partial", "in the way")
    else:
        (project.path / "fp-report" / place).mkdir(parents=True)
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: cannot write the journal: *{place}'"])


@pytest.mark.parametrize("args", [(), ("fp/FP-9.1_weights.yaml",)], ids=["all", "file"])
def test_a_root_directory_with_brackets(
    project: Project, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    root = project.path / "b\u00f6t [paper] (2)"
    names = [path for path in project.path.iterdir() if path != root]
    root.mkdir()
    for path in names:
        shutil.move(path, root)
    monkeypatch.chdir(root)
    project.run(*args).assert_outcomes(failed=3)


def test_two_files_of_one_name_under_xdist(project: Project) -> None:
    text = (project.path / "fp/FP-9.1_weights.yaml").read_text(encoding="utf-8")
    project.write("a/fp/FP-9.1_weights.yaml", text.replace("FP-9.1", "FP-1.1"))
    project.ini(fp_scenarios="a fp")
    project.apart("-n2", "-k", "main").assert_outcomes(failed=2)
    assert project.journal("fp-report/partial").header.ids == ("FP-1.1/main", "FP-9.1/main")


FORKS = """
import os
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    from _pytest.runner import runtestprotocol
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        import json
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        to = item.config.hook.pytest_report_to_serializable
        os.write(write, json.dumps([to(config=item.config, report=r) for r in reports]).encode())
        os._exit(0)
    os.close(write)
    import json
    with open(read) as pipe:
        for data in json.load(pipe):
            of = item.config.hook.pytest_report_from_serializable
            item.ihook.pytest_runtest_logreport(report=of(config=item.config, data=data))
    os.waitpid(pid, 0)
    return True
"""


def test_items_in_forked_processes_get_their_records(project: Project) -> None:
    project.write("conftest.py", FORKS)
    project.apart("--fp-only=FP-9.1/main,FP-9.1/io_error", "-W", "ignore::DeprecationWarning")
    assert set(project.journal("fp-report/partial").records) == {"FP-9.1/main", "FP-9.1/io_error"}
