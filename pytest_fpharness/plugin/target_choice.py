"""Which bot is under test: the option, the ini file, the hook, or the embedded bot."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

import pytest

from pytest_fpharness.plugin.options import is_project
from pytest_fpharness.project import EMBEDDED, EMBEDDED_WORD

DEMO: Final = "DEMO: says nothing about your bot"


@dataclass(frozen=True)
class TargetChoice:
    """The target's name, what relative paths in it start from, and who named it."""

    name: str
    base: str
    source: str  # option, ini, hook, default

    @property
    def embedded(self) -> bool:
        """Whether it is the embedded reference bot."""
        return self.name == EMBEDDED

    @property
    def demo(self) -> bool:
        """Whether the embedded bot runs because nobody named a bot."""
        return self.embedded and self.source == "default"


def choose_target(config: pytest.Config) -> TargetChoice:
    """The target of a session; raises UsageError when nobody named one and somebody should have."""
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
            f"a target is named by a string, module:attribute or path.py:attribute, not {name!r}"
        )
    if name == EMBEDDED_WORD:
        return TargetChoice(EMBEDDED, base, source)
    if ":" not in name:
        raise pytest.UsageError(f"{name!r} is no target; write module:attribute{_hint(name)}")
    return TargetChoice(name, base, source)


def _hint(name: str) -> str:
    from pytest_fpharness.model.suggestions import closest

    near = closest(name, (EMBEDDED_WORD,))
    return f"; did you mean '{near}'?" if near else ", path.py:attribute or embedded"


def _refuse_silent_demo(config: pytest.Config) -> None:
    """A green of the embedded bot must not pass for one of the project's own (design, target)."""
    if is_project(config):
        why = "the project has fp_* settings"
    elif in_ci():
        why = "this is a CI run"
    else:
        return
    raise pytest.UsageError(
        f"no target is named, and {why}: name your bot with --fp-target or ini fp_target, "
        f"or ask for the embedded bot with --fp-target {EMBEDDED_WORD}"
    )


def in_ci() -> bool:
    """Whether the environment says CI."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")
