"""A repository with a bot that its monitor does not survive."""

from __future__ import annotations

from pathlib import Path

import pytest

BOT = '''
from pytest_fpharness.api import (
    SECOND, FailurePointHealth, FileBinding, Health, Layout, Process, Readiness, Status, Task,
)

class Bot:
    """Its monitor dies of an unreadable file."""

    name = "fragile bot"

    def layout(self):
        return Layout({"state.weights": FileBinding("weights.json")}, check=30 * SECOND)

    def prepare(self, world):
        world.files.put("weights.json", b"{}")

    def processes(self, world):
        check = lambda: open("weights.json").read()
        tasks = [Task("check", 30 * SECOND)]
        return [Process("monitor", lambda: {"check": check}, tasks, monitor=True)]

    def health(self):
        return Health(0.0, Readiness.GREEN, {"FP-9.1": FailurePointHealth(Status.OK)})
'''
SCENARIO = """fp: FP-9.1
title: The weights cannot be read
severity: critical
inject: {file.unreadable: state.weights}
heal: retry
lift: 2m
"""


@pytest.fixture
def fragile_bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    ini = "[pytest]\nfp_target = bot.py:Bot\nfp_scenarios = fp\nfp_catalog = none\n"
    (tmp_path / "pytest.ini").write_text(ini)
    (tmp_path / "bot.py").write_text(BOT)
    (tmp_path / "fp").mkdir()
    (tmp_path / "fp/FP-9.1.yaml").write_text(SCENARIO)
    (tmp_path / "fp/catalog.yaml").write_text("fpharness: 1\nsteady: [readiness is GREEN]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path
