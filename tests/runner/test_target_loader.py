from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_fpharness.runner.runner import Runner, TargetFailed
from pytest_fpharness.runner.target_loader import (
    TargetError,
    commit_of,
    inspect_target,
    load_target,
)
from tests.support.bots import FOLDER


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Loading a file puts its folder on the path and its module among the loaded."""
    path, modules = list(sys.path), dict(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - set(modules):
        del sys.modules[name]
    sys.modules.update(modules)


@pytest.mark.parametrize("attribute", ["TinyBot", "make", "instance"])
def test_a_class_a_callable_and_an_instance_are_targets(attribute: str) -> None:
    assert load_target(f"tiny.py:{attribute}", FOLDER).name == "tiny"


def test_a_module_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(FOLDER)
    assert load_target("tiny:TinyBot").name == "tiny"


def test_a_relative_path_is_relative_to_the_base() -> None:
    assert load_target("bots/tiny.py:TinyBot", str(Path(FOLDER).parent)).name == "tiny"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "TinyBot",
            "'TinyBot' is not a target; write module:attribute or path.py:attribute",
        ),
        ("tiny.py:", "'tiny.py:' is not a target; write module:attribute or path.py:attribute"),
        ("nowhere.py:Bot", "file not found: nowhere.py"),
        (
            "no_such_module:Bot",
            "cannot import target module no_such_module: ModuleNotFoundError: "
            "No module named 'no_such_module'",
        ),
        (
            "misdeclared.py:CannotBeMade",
            "misdeclared.py:CannotBeMade could not be made: OSError: no credentials",
        ),
        (
            "misdeclared.py:NotATarget",
            "misdeclared.py:NotATarget is not a target: missing layout(), processes(), health()",
        ),
    ],
)
def test_an_unusable_target_is_rejected_with_the_reason(name: str, reason: str) -> None:
    with pytest.raises(TargetError) as caught:
        load_target(name, FOLDER)
    assert str(caught.value) == reason


def test_a_missing_attribute_that_looks_like_nothing_names_what_is_there() -> None:
    with pytest.raises(TargetError, match=r"tiny.py has no 'qqq'; it has .*TinyBot"):
        load_target("tiny.py:qqq", FOLDER)


def test_a_missing_attribute_names_the_likely_one() -> None:
    with pytest.raises(TargetError, match=r"tiny.py has no 'TinyBott'; did you mean 'TinyBot'\?"):
        load_target("tiny.py:TinyBott", FOLDER)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def (", "SyntaxError"),
        ("raise SystemExit('bye')", "SystemExit: bye"),
        ("import nothing_here", "No module named 'nothing_here'"),
    ],
)
def test_a_module_that_does_not_import(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "broken_bot.py").write_text(text)
    with pytest.raises(TargetError, match=reason):
        load_target("broken_bot.py:Bot", str(tmp_path))


def test_target_info_lists_processes_and_abilities() -> None:
    info = inspect_target(load_target("tiny.py:TinyBot", FOLDER), "tiny.py:TinyBot")
    assert (info.name, info.processes) == ("tiny", ("bot", "monitor"))
    assert info.abilities == ("alerts", "dashboard")
    assert not info.embedded


@pytest.mark.parametrize(
    ("bot", "reason"),
    [
        ("misdeclared.py:NoMonitor", "has no monitor: mark the process"),
        ("misdeclared.py:NoProcess", "declares no process"),
    ],
)
def test_a_target_needs_a_monitor(bot: str, reason: str) -> None:
    with pytest.raises(TargetError, match=reason):
        inspect_target(load_target(bot, FOLDER), bot)


@pytest.mark.parametrize(
    ("bot", "reason"),
    [
        (
            "misdeclared.py:GivesALayoutInSeconds",
            "the check of its layout has a period of 30 ns; write 30 * SECOND",
        ),
        (
            "misdeclared.py:GivesATaskInSeconds",
            "the task 'check' of 'monitor' has a period of 30 ns",
        ),
        ("misdeclared.py:HasTwins", "two processes are named 'bot'"),
        ("misdeclared.py:StartsAtOnce", "the start of 'bot' must be a function"),
        ("misdeclared.py:LayoutIsADict", "layout() must return a Layout, not dict"),
        ("misdeclared.py:ProcessesAreNames", "processes() must return Process objects, not str"),
    ],
)
def test_a_mistake_in_a_declaration_is_rejected(bot: str, reason: str) -> None:
    with pytest.raises(TargetError, match=re.escape(f"{bot}: {reason}")):
        inspect_target(load_target(bot, FOLDER), bot)


def test_a_command_needs_an_answer_or_something_to_run() -> None:
    with pytest.raises(TargetError, match=r"mend\.py' needs"):
        inspect_target(
            load_target("misdeclared.py:DeclaresNonsense", FOLDER),
            "misdeclared.py:DeclaresNonsense",
        )


def test_what_a_command_does_stays_in_the_process_of_the_bot() -> None:
    assert (
        inspect_target(load_target("writing.py:Mends", FOLDER), "writing.py:Mends").layout.commands
        == {}
    )


def test_a_runner_raises_target_failed_for_an_unusable_target() -> None:
    runner = Runner("misdeclared.py:NoMonitor", base=FOLDER)
    with runner, pytest.raises(TargetFailed, match="has no monitor"):
        _ = runner.info


def test_a_target_with_a_check_of_its_own_gets_an_operator() -> None:
    info = inspect_target(load_target("tiny.py:OnDemand", FOLDER), "tiny.py:OnDemand")
    assert info.processes == ("bot", "operator")


def test_a_directory_without_a_checkout_has_no_commit(tmp_path: Path) -> None:
    assert commit_of(str(tmp_path)) == ""


def test_a_checkout_has_a_short_commit_marked_when_changed(tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run([*git, *command], check=True)
    clean = commit_of(str(tmp_path))
    (tmp_path / "bot.py").write_text("")
    subprocess.run([*git, "add", "bot.py"], check=True)
    assert re.fullmatch("[0-9a-f]{7,}", clean)
    assert commit_of(str(tmp_path)) == f"{clean}+"


def test_an_exception_in_layout_is_reported_with_its_line() -> None:
    name = "misdeclared.py:WrongLayout"
    reason = rf"{name} raised TypeError when asked for layout .*'unitz'.* \(misdeclared.py:\d+\)"
    with pytest.raises(TargetError, match=reason):
        inspect_target(load_target(name, FOLDER), name)
