from __future__ import annotations

import json

import pytest

from tests.support.tiny_project import Project

pytest_plugins = ("pytester",)

MARKED = """
import pytest

@pytest.mark.fp("FP-9.1")
def test_it_holds():
    pass

@pytest.mark.fp("FP-9.1")
def test_it_fails():
    assert 1 == 2

@pytest.mark.fp("FP-9.1")
def test_it_is_skipped():
    pytest.skip("no such machine here")

def test_of_nothing():
    pass
"""


@pytest.fixture
def own(project: Project) -> Project:
    """A project whose own tests are in a folder that the settings name."""
    project.write("evidence/test_weights.py", MARKED)
    project.ini(fp_tests="evidence")
    return project


def outcomes(project: Project, directory: str = "fp-report") -> dict[str, str]:
    tests = project.journal(directory).tests
    return {id.partition("::")[2]: test.outcome for id, test in tests.items()}


def test_marked_tests_run_with_the_catalog_and_are_in_the_journal(own: Project) -> None:
    result = own.run()
    assert outcomes(own) == {
        "test_it_holds": "passed",
        "test_it_fails": "failed",
        "test_it_is_skipped": "skipped",
    }
    result.stdout.fnmatch_lines(["own tests: 1 passed, 1 failed, 1 skipped"])


def test_the_report_lists_marked_tests_with_their_failure_point(own: Project) -> None:
    own.run()
    coverage = json.loads((own.path / "fp-report/coverage.json").read_text())
    (point,) = coverage["failure_points"]
    assert point["cells"]["own tests"] == {
        "state": "FAIL",
        "reason": "evidence/test_weights.py::test_it_fails: assert 1 == 2",
        "records": [],
    }
    page = (own.path / "fp-report/index.html").read_text()
    assert "skipped: Skipped: no such machine here" in page


def test_a_failing_marked_test_fails_the_gate(own: Project) -> None:
    own.run()
    coverage = json.loads((own.path / "fp-report/coverage.json").read_text())
    reason = "1 of 3 own tests failed: evidence/test_weights.py::test_it_fails (FP-9.1)"
    assert reason in coverage["gate"]["reasons"]


def test_a_marked_test_without_a_result_is_not_run(own: Project) -> None:
    own.write("evidence/test_weights.py", MARKED.replace("assert 1 == 2", "import os; os._exit(3)"))
    own.apart()
    assert outcomes(own, "fp-report/partial") == {
        "test_it_holds": "passed",
        "test_it_fails": "",
        "test_it_is_skipped": "",
    }


def test_xdist_collects_marked_tests(own: Project) -> None:
    own.apart("-n2")
    assert sorted(outcomes(own).values()) == ["failed", "passed", "skipped"]


def test_a_mark_with_a_typo_fails_its_test_and_names_the_likely_one(own: Project) -> None:
    own.write("evidence/test_weights.py", MARKED.replace('"FP-9.1"', '"FP-9.11"', 1))
    own.run().stdout.fnmatch_lines(
        [
            "evidence/test_weights.py:*: no failure point 'FP-9.11' in the catalog or "
            "the document; did you mean 'FP-9.1'?"
        ]
    )
    assert outcomes(own)["test_it_holds"] == "failed"


def test_a_mark_without_an_id_says_how_to_write_one(own: Project) -> None:
    own.write("evidence/test_weights.py", MARKED.replace('fp("FP-9.1")', "fp", 1))
    own.run().stdout.fnmatch_lines(["*the mark needs failure points: @pytest.mark.fp(*FP-6.3*)"])


def test_only_leaves_out_the_tests_of_other_failure_points(own: Project) -> None:
    own.write("evidence/test_weights.py", MARKED.replace('"FP-9.1"', '"FP-9.2"', 1))
    own.write("fp/FP-9.2_other.yaml", OTHER)
    own.run("--fp-only=FP-9.2")
    assert outcomes(own, "fp-report/partial") == {"test_it_holds": "passed"}


OTHER = """
fp: FP-9.2
title: The weights cannot be read at all
severity: critical
inject: {file.unreadable: state.weights}
heal: retry
lift: 2m
"""


def test_a_failed_teardown_outweighs_the_call(own: Project) -> None:
    body = """
    import pytest

    @pytest.fixture
    def thing():
        yield
        raise RuntimeError("left behind")

    @pytest.mark.fp("FP-9.1")
    def test_it_holds(thing):
        pass
    """
    own.write("evidence/test_weights.py", body)
    own.run()
    (test,) = own.journal().tests.values()
    assert (test.outcome, test.reason) == ("failed", "RuntimeError: left behind")


def test_an_ordinary_session_does_not_check_marks(own: Project) -> None:
    own.write("evidence/test_weights.py", MARKED.replace('"FP-9.1"', '"whatever"', 1))
    own.plain("evidence").assert_outcomes(passed=2, failed=1, skipped=1)


def test_a_folder_that_is_not_there_is_a_usage_error(project: Project) -> None:
    result = project.run("--fp-tests=evidenc")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--fp-tests: *evidenc does not exist"])
