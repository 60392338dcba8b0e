"""A project with a bot of thirty lines and two failure points, for tests that really run pytest."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_fpharness.report.journal import JournalData, read_journal

# Loaded here, so that pytester does not load it anew for every run: its C part cannot be.
_YAML = yaml

BOT = """
import json
from pytest_fpharness.api import (
    SECOND, FailurePointHealth, FileBinding, Health, Layout, Process, Readiness, Status, Task,
)

class Bot:
    name = "tiny bot"
    notices = True
    bad = False

    def layout(self):
        files = {"state.weights": FileBinding("weights.json")}
        return Layout(files=files, check=30 * SECOND, cycle=60 * SECOND)

    def prepare(self, world):
        world.files.put("weights.json", b"{}")

    def processes(self, world):
        return [Process("monitor", lambda: {"check": self.check}, [Task("check", 30 * SECOND)],
                        monitor=True)]

    def check(self):
        try:
            json.load(open("weights.json"))
            self.bad = False
        except OSError as error:
            print("cannot read the weights:", error)
            self.bad = self.notices

    def health(self):
        status = Status.ERROR if self.bad else Status.OK
        colour = Readiness.RED if self.bad else Readiness.GREEN
        return Health(0.0, colour, {"FP-9.1": FailurePointHealth(status)})

class BlindBot(Bot):
    name = "blind bot"
    notices = False

class NoMonitor(Bot):
    check = None
    def processes(self, world):
        return [Process("worker", dict, [Task("work", 30 * SECOND)])]
"""

DEFAULTS = """
fpharness: 1
steady: [readiness is GREEN]
severities:
  critical: {alert: none, escalate: none}
"""

SCENARIO = """
fp: FP-9.1
title: The weights cannot be read
severity: critical
inject: {file.unreadable: state.weights}
heal: retry
lift: 2m
variants:
  io_error: {inject: {file.unreadable: {file: state.weights, error: EIO}}}
twins:
  read_late: {inject: {process.run: "cat weights.json"}}
"""

MISSING = """
fp: FP-9.2
title: The broker cannot be reached
severity: critical
inject: {network.down: broker}
heal: retry
lift: 2m
"""

INI = """
[pytest]
fp_target = bot.py:Bot
fp_scenarios = fp
fp_catalog = none
"""


class Project:
    """Files of a bot's repository, and a way to run pytest in it."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path = pytester.path
        self.write("bot.py", BOT)
        self.write("pytest.ini", INI)
        self.write("fp/catalog.yaml", DEFAULTS)
        self.write("fp/FP-9.1_weights.yaml", SCENARIO)

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
        return path

    def ini(self, **changes: Any) -> None:
        """Other settings; None takes one away."""
        stated = [line.split(" = ", 1) for line in INI.split("\n") if " = " in line]
        kept: dict[str, Any] = {**dict(stated), **changes}
        lines = [f"{name} = {value}" for name, value in kept.items() if value is not None]
        self.write("pytest.ini", "\n".join(["[pytest]", *lines, ""]))

    def run(self, *args: str) -> pytest.RunResult:
        """pytest with ``-p fpharness``, as on a command line."""
        return self.plain("-p", "fpharness", *args)

    def plain(self, *args: str) -> pytest.RunResult:
        """pytest in this process, which is quicker and as good: runs have processes of their own."""
        # Their modules would be imported anew each time, which takes longer than the run.
        without = [
            f"-pno:{name}" for name in ("cacheprovider", "hypothesispytest", "pytest_fakefs")
        ]
        return self.pytester.runpytest_inprocess(*without, *args)

    def apart(self, *args: str) -> pytest.RunResult:
        """pytest with ``-p fpharness`` in a process of its own."""
        return self.pytester.runpytest_subprocess(
            "-p", "no:cacheprovider", "-p", "fpharness", *args
        )

    def written(self) -> set[str]:
        """The files of the report."""
        top = self.path / "fp-report"
        return {str(path.relative_to(top)) for path in top.rglob("*") if path.is_file()}

    def journal(self, directory: str = "fp-report") -> JournalData:
        return read_journal(self.path / directory / "journal.jsonl")


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv("CI", raising=False)
    return Project(pytester)
