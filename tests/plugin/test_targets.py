from __future__ import annotations

import pytest

from tests.support.tiny_project import Project

pytest_plugins = ["pytester"]

CASES = {
    "bot.py:Bott": "*bot.py has no 'Bott'*",
    "nobot.py:Bot": "*file not found: nobot.py*",
    "bot.py:NoMonitor": "*has no monitor*monitor=True*",
    "broken.py:Bot": "*cannot import target module broken.py: ZeroDivisionError*",
    "embeded": "*'embeded' is not a target*did you mean 'embedded'?*",
}


@pytest.mark.parametrize("name", CASES)
def test_a_target_that_cannot_be_used_is_a_usage_error(project: Project, name: str) -> None:
    project.write("broken.py", "1 / 0\n")
    result = project.run("--fp-target", name)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([CASES[name]])


def test_a_target_that_dies_at_start_is_a_usage_error(project: Project) -> None:
    project.write("dies.py", "import os\nos._exit(7)\n")
    result = project.apart("--fp-target=dies.py:Bot")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*cannot use the target: its process ended with exit code 7 while it was loaded*"]
    )


def test_ci_does_not_fall_back_to_the_embedded_bot(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    project.write("pytest.ini", "[pytest]\n")
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*no target is named, but this is a CI run; *"])


def test_a_project_does_not_fall_back_to_the_embedded_bot(project: Project) -> None:
    project.ini(fp_target=None)
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*this project has fp_[*] settings*--fp-target=embedded*"])


def test_the_embedded_bot_by_name_is_labelled_demo_but_not_a_demo_run(project: Project) -> None:
    project.ini(fp_catalog=None, fp_scenarios=None)
    result = project.run("--fp-target=embedded", "--fp-only=FP-1.3/age.10m.twin")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["fpharness target: reference bot*DEMO: says nothing about your bot"]
    )
    header = project.journal("fp-report/partial").header
    assert header.embedded
    assert not header.demo


def test_the_hook_of_the_root_conftest_names_the_target(project: Project) -> None:
    project.ini(fp_target=None)
    project.write("conftest.py", "def pytest_fpharness_target(config): return 'bot.py:BlindBot'\n")
    project.run("--collect-only").stdout.fnmatch_lines(["fpharness target: blind bot"])


def test_the_option_outranks_the_ini_file(project: Project) -> None:
    result = project.run("--collect-only", "--fp-target=bot.py:BlindBot")
    result.stdout.fnmatch_lines(["fpharness target: blind bot"])
