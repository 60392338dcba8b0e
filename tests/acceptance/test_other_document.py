"""A project with another owner's document: own categories, checklist, requirements and rules."""

from __future__ import annotations

import pytest

from pytest_fpharness.report.coverage import coverage
from pytest_fpharness.report.gate import GateResult, gate
from tests.support.tiny_project import BOT, Project, project

__all__ = ["project"]

pytest_plugins = ["pytester"]

DASHBOARD = """

import dataclasses
import time
from pytest_fpharness.api import DashboardRow

class ShownBot(Bot):
    statuses = ("OK",)

    checked = 0.0

    def check(self):
        super().check()
        self.checked = time.time()
        status = "ERROR" if self.bad else "OK"
        if status != self.statuses[-1]:
            self.statuses = (*self.statuses, status)

    def health(self):
        return dataclasses.replace(super().health(), checked_at=self.checked)

    def dashboard(self):
        row = DashboardRow(self.statuses[-1], self.checked, "idle", trend=self.statuses)
        return {"FP-9.1": row}
"""
DOCUMENT = """
fpharness: 1
steady: [readiness is GREEN]
severities:
  warning: {alert: none}
categories: {FP-9: Signals of the weights}
rules: {max_data_age: 5m, exits_continue: [FP-9], monitor: FP-9.1}
checklist:
  - {text: One failure point is written down, check: documented, minimum: 1}
  - {text: Everything was tried, check: covered}
  - {text: The bot noticed it, check: detected}
requirements:
  OPS-1:
    title: Failures are seen and end
    rule: a run shows it for each failure point
    bullets:
      - {says: the failure is detected, clauses: [detect]}
      - {says: the bot recovers, clauses: [recover]}
"""
SCENARIO = """
fp: FP-9.1
title: The weights cannot be read
severity: warning
detect: ERROR
readiness: RED
location: weights.json
impact: the bot trades without weights
detection: {d1: the file is opened in every pass}
healing: {h1: the next pass reads it again}
dashboard: none
test: make the file unreadable
manual_steps: [look at the disk]
covers: [d1, h1]
inject: {file.unreadable: state.weights}
heal: none
lift: 2m
variants:
  io_error: {inject: {file.unreadable: {file: state.weights, error: EIO}}}
twins:
  rewritten: {inject: {file.write: {file: state.weights, content: {AAPL: 1}}}, lift: null}
"""


def result(project: Project) -> GateResult:
    return gate(coverage(project.journal()))


@pytest.mark.parametrize(
    ("requirements", "ids"), [("", ["OPS-1"]), ("requirements: none", [])], ids=["own", "none"]
)
def test_the_gate_of_a_project_with_its_own_document_is_green(
    project: Project, requirements: str, ids: list[str]
) -> None:
    text = DOCUMENT.partition("requirements:")[0] + requirements if requirements else DOCUMENT
    project.write("fp/catalog.yaml", text)
    project.write("bot.py", BOT + DASHBOARD)
    project.ini(fp_target="bot.py:ShownBot")
    project.write("fp/FP-9.1_weights.yaml", SCENARIO)
    project.run().assert_outcomes(passed=3)
    measured = coverage(project.journal())
    assert [row.id for row in measured.requirements] == ids
    assert [line.state.value for line in measured.checklist] == ["PASS"] * 3
    assert result(project).reasons == ()
    assert (result(project).code, result(project).colour.value) == (0, "GREEN")
    page = (project.path / "fp-report" / "index.html").read_text(encoding="utf-8")
    assert "9 Signals of the weights" in page
