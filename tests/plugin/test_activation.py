from __future__ import annotations

import pytest

from tests.support.tiny_project import Project

pytest_plugins = ["pytester"]

ORDINARY = "def test_ordinary(): pass\n"
HEAVY = ("freezegun", "responses", "psutil", "yaml", "jinja2", "requests", "greenlet", "pyfakefs")


def test_p_on_the_command_line_runs_the_catalog_and_nothing_else(project: Project) -> None:
    project.write("test_ordinary.py", ORDINARY)
    project.write("fp/test_beside.py", ORDINARY)
    result = project.run("-v")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["fp/FP-9.1_weights.yaml::io_error FAILED*"])


def test_p_with_a_path_runs_the_named_file(project: Project) -> None:
    project.write("test_ordinary.py", ORDINARY)
    result = project.run("test_ordinary.py")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*fpharness target*")
    assert project.written() == set()


def test_p_with_a_folder_runs_the_scenarios_in_it(project: Project) -> None:
    project.write("fp/sub/FP-9.3.yaml", "fp: FP-9.3\ntitle: x\nseverity: warning\n" + INJECT)
    project.run("fp/sub", "--collect-only", "-q").stdout.fnmatch_lines(["fp/sub/FP-9.3.yaml::main"])


INJECT = "inject: {file.unreadable: state.weights}\nheal: retry\nlift: 2m\n"


def test_p_in_addopts_only_loads_the_fixtures(project: Project) -> None:
    project.write("test_ordinary.py", ORDINARY)
    project.ini(addopts="-p fpharness")
    result = project.plain()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["fpharness: fixtures only; *"])


def test_fp_and_no_fp_force_the_catalog_on_and_off(project: Project) -> None:
    project.write("test_ordinary.py", ORDINARY)
    project.plain("--fp", "--collect-only", "-q").stdout.fnmatch_lines(["*::read_late.twin"])
    project.run("--no-fp").assert_outcomes(passed=1)


def test_a_scenario_file_that_is_named_runs_without_p(project: Project) -> None:
    result = project.plain("fp/FP-9.1_weights.yaml::io_error")
    result.assert_outcomes(failed=1)


def test_a_catalog_file_is_found_without_its_folder(project: Project) -> None:
    result = project.run("FP-9.1_weights.yaml::io_error", "--collect-only", "-q")
    result.stdout.fnmatch_lines(["fp/FP-9.1_weights.yaml::io_error", "1 run of 1 failure point"])


def test_the_shipped_catalog_has_the_same_ids_however_it_is_named(project: Project) -> None:
    project.ini(fp_catalog=None, fp_scenarios=None)
    wanted = "*1-data/FP-1.3_stale_cache.yaml::age.10m01s"
    for args in (["FP-1.3_stale_cache.yaml::age.10m01s"], ["--fp-only", "FP-1.3/age.10m01s"]):
        result = project.run(*args, "--collect-only", "-q")
        result.stdout.fnmatch_lines([wanted, "1 test collected*"])


def test_an_unknown_variant_names_the_likely_one(project: Project) -> None:
    result = project.run("fp/FP-9.1_weights.yaml::io_eror")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*has no variant 'io_eror'; did you mean 'io_error'?*"])


def test_collect_only_reads_well_and_leaves_nothing(project: Project) -> None:
    result = project.run("--collect-only")
    result.stdout.fnmatch_lines(
        [
            "fpharness target: tiny bot*",
            "*<ScenarioFile FP-9.1_weights.yaml: FP-9.1 The weights cannot be read (critical)>",
            "*<Scenario main: file.unreadable>",
            "*<Twin read_late.twin: process.run>",
            "3 runs of 1 failure point",
        ]
    )
    assert project.written() == set()


def test_the_first_and_the_last_line_name_the_target(project: Project) -> None:
    lines = project.run("-q", "--fp-only", "FP-9.1/io_error").outlines
    assert lines[0] == lines[-1] == "fpharness target: tiny bot"


def test_an_unused_plugin_imports_nothing_heavy(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write(
        "test_ordinary.py",
        f"""
        import sys
        def test_light():
            assert "pytest_fpharness.plugin.hooks" in sys.modules
            assert not set(sys.modules) & set({HEAVY!r})
        """,
    )
    project.write("pytest.ini", "[pytest]\n")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # other plugins are heavier
    project.apart("--no-fp", "test_ordinary.py").assert_outcomes(passed=1)


def test_the_marker_is_registered(project: Project) -> None:
    project.write(
        "test_marked.py",
        """
        import pytest
        @pytest.mark.fp("FP-6.3")
        def test_marked(): pass
        """,
    )
    project.plain("--strict-markers", "test_marked.py").assert_outcomes(passed=1)
