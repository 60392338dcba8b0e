"""Chooses the bot under test: option, ini file, hook, or the embedded bot."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

import pytest

from pytest_fpharness.model.suggestions import did_you_mean
from pytest_fpharness.project import EMBEDDED, EMBEDDED_WORD
from .options import is_project

DEMO: Final = "DEMO: says nothing about your bot"


@dataclass(frozen=True)
class TargetChoice:
    """The name of the target, the directory that its path starts from, and where it was named."""

    name: str
    base: str
    source: str  # option, ini, hook, default

    @property
    def embedded(self) -> bool:
        """Whether it is the embedded reference bot."""
        return self.name == EMBEDDED

    @property
    def demo(self) -> bool:
        """Whether the embedded bot runs because no bot was named."""
        return self.embedded and self.source == "default"


def choose_target(config: pytest.Config) -> TargetChoice:
    """Choose the target of a session; raises UsageError when a project or a CI run names none."""
    root = str(config.rootpath)
    if name := config.getoption("fp_target", None):
        return _named(name, str(config.invocation_params.dir), "option")
    if name := config.getini("fp_target"):
        return _named(name, root, "ini")
    if name := config.hook.pytest_fpharness_target(config=config):
        return _named(name, root, "hook")
    _refuse_silent_demo(config)
    return TargetChoice(EMBEDDED, root, "default")


def _named(name: object, base: str, source: str) -> TargetChoice:
    if not isinstance(name, str):
        raise pytest.UsageError(
            f"a target is a string, module:attribute or path.py:attribute, not {name!r}"
        )
    if name == EMBEDDED_WORD:
        return TargetChoice(EMBEDDED, base, source)
    if ":" not in name:
        hint = did_you_mean(name, (EMBEDDED_WORD,)) or ", path.py:attribute or embedded"
        raise pytest.UsageError(f"{name!r} is not a target; write module:attribute{hint}")
    return TargetChoice(name, base, source)


def _refuse_silent_demo(config: pytest.Config) -> None:
    """A pass of the embedded bot must not be mistaken for one of the project's bot."""
    if is_project(config):
        reason = "this project has fp_* settings"
    elif in_ci():
        reason = "this is a CI run"
    else:
        return
    raise pytest.UsageError(
        f"no target is named, but {reason}; name your bot with --fp-target or ini fp_target, "
        f"or the embedded bot with --fp-target={EMBEDDED_WORD}"
    )


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")
