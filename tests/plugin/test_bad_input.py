from __future__ import annotations

import pytest

from tests.support.tiny_project import MISSING, SCENARIO, Project

pytest_plugins = ["pytester"]

TYPOS = """
fp: FP-9.2
title: Full of typos
severity: critcal
injekt: {file.unreadable: state.weights}
heal: retry
lift: 2 minutes
variants:
  one: {inject: {file.unreadible: state.weights}}
"""


def test_every_mistake_is_reported_with_place_and_suggestion(project: Project) -> None:
    project.write("fp/FP-9.2.yaml", TYPOS)
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "*fpharness found * mistakes:",
            "*FP-9.2.yaml:3:*; did you mean 'critical'?",
            "*FP-9.2.yaml:4:*; did you mean 'inject'?",
            "*FP-9.2.yaml:8:*; did you mean 'file.unreadable'?",
        ]
    )


def test_xdist_reports_mistakes_once(project: Project) -> None:
    project.write("fp/FP-9.2.yaml", TYPOS)
    result = project.apart("-n2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert str(result.stderr).count("did you mean 'inject'?") == 1


def test_two_files_of_one_failure_point_conflict(project: Project) -> None:
    project.write("fp/again.yaml", SCENARIO)
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*FP-9.1 is already described in *FP-9.1_weights.yaml:1"])


def test_a_shipped_failure_point_is_replaced_only_outright(project: Project) -> None:
    project.ini(fp_catalog=None)
    project.write("fp/mine.yaml", SCENARIO.replace("FP-9.1", "FP-1.3"))
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*FP-1.3 is also in the shipped catalog*add replaces: shipped*"])


USAGE = {
    "--fp-only=FP-9.11": "*no failure point or variant is named 'FP-9.11'; did you mean 'FP-9.1'?*",
    "--fp-wall=soon": "*--fp-wall soon: 'soon' is not a duration; write 90s*",
    "--fp-wall=0": "*--fp-wall 0: must be greater than 0*",
    "--fp-seed=x": "*--fp-seed x: *",
    "--fp-scenarios=nowhere": "*--fp-scenarios: *nowhere does not exist*",
    "--fp-document=FP.md": "*--fp-document: *FP.md is not a file*",
    "--fp-report=bot.py/x": "*cannot write to the report directory *bot.py/x: *--fp-report*",
}


@pytest.mark.parametrize("option", USAGE)
def test_an_option_that_makes_no_sense_is_a_usage_error(project: Project, option: str) -> None:
    result = project.run(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([USAGE[option]])


def test_an_ini_value_that_makes_no_sense_is_a_usage_error(project: Project) -> None:
    project.ini(fp_catalog="non")
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*fp_catalog = non: *did you mean 'none'?*"])


def test_a_document_that_is_not_text_is_a_usage_error(project: Project) -> None:
    (project.path / "doc.md").write_bytes(b"### FP-9.1: caf\xe9\n")
    result = project.run("--fp-document=doc.md")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*cannot read --fp-document *doc.md: *utf-8*"])


def test_a_catalog_without_a_scenario_is_a_usage_error(project: Project) -> None:
    project.ini(fp_scenarios=None)
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*no scenarios to run; pass --fp-scenarios=PATH*"])


def test_a_report_directory_taken_for_the_root_is_explained(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("elsewhere")
    result = project.run("--fp-report", str(other))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*write --fp-report=*"])


def test_every_mistake_in_a_gap_is_reported(project: Project) -> None:
    project.write("gaps.yaml", "- {fp: FP-9.12, reason: none, until: soon}\n")
    result = project.run("--fp-gaps=gaps.yaml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "*3 mistakes*",
            "*gaps.yaml:1:*: a gap needs owner:*",
            "*gaps.yaml:1:*requirement is named 'FP-9.12'; did you mean 'FP-9.1'?*",
            "*gaps.yaml:1:*'soon' is not a date; write YYYY-MM-DD: 2027-01-31*",
        ]
    )


def test_only_suggests_a_variant_of_the_same_failure_point(project: Project) -> None:
    result = project.run("--fp-only=FP-9.1/io_eror")
    result.stderr.fnmatch_lines(["*is named 'FP-9.1/io_eror'; did you mean 'FP-9.1/io_error'?"])


@pytest.mark.parametrize("disabled", ["FP-9.1", "FP-9.1/io_error"])
def test_only_of_a_disabled_variant_says_that_it_is_disabled(
    project: Project, disabled: str
) -> None:
    project.write("fp/FP-9.2.yaml", MISSING)
    project.ini(fp_disable=disabled)
    result = project.run("--fp-only=FP-9.1/io_error")
    message = "ERROR: --fp-only names FP-9.1/io_error, which fp_disable leaves out"
    result.stderr.fnmatch_lines([message])
