"""The committed pages of faults and signals are those of the registries and the shipped catalog."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_fpharness.catalog.loader import load_catalog
from pytest_fpharness.commands.reference_pages import fault_page, signal_page
from pytest_fpharness.faults import FAULTS
from pytest_fpharness.faults.base import Fault
from pytest_fpharness.runner.vocabulary import vocabulary
from pytest_fpharness.signals import SIGNALS

DOCS = Path(__file__).parents[2] / "docs"
PROSE = """fp: FP-9.{number}
title: An example
severity: critical
location: somewhere
impact: none
detection: {{d1: it is seen}}
healing: {{h1: it is healed}}
dashboard: a row
test: as the page says
manual_steps: [look]
inject: {inject}
heal: manual
lift: 2m
covers: [d1, h1]
twins: {{calm: {{inject: {{process.run: cat a.log}}}}}}
"""


@pytest.mark.parametrize("name", ["faults", "signals"])
def test_the_committed_page_is_what_the_command_makes(name: str) -> None:
    # In a process of its own: other tests register faults and signals in this one.
    command = [sys.executable, "-m", "pytest_fpharness.cli", name, "--markdown"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    again = f"fpharness {name} --markdown > docs/{name}.md"
    assert printed == (DOCS / f"{name}.md").read_text("utf-8"), again


def test_a_scenario_takes_every_example(tmp_path: Path) -> None:
    examples = re.findall(r"```yaml\ninject: (.*)\n```", fault_page())
    for number, inject in enumerate(examples, start=1):
        text = PROSE.format(number=number, inject=inject)
        (tmp_path / f"FP-9.{number}.yaml").write_text(text)
    catalog = load_catalog([tmp_path], vocabulary(), shipped=False)
    assert len(catalog.failure_points) == len(examples) > 40


def test_every_fault_and_signal_is_on_its_page() -> None:
    headings = re.findall(r"^### (\S+)$", fault_page(), re.M)
    assert sorted(headings) == sorted(FAULTS)
    rows = re.findall(r"^\| `([\w.]+)", signal_page(), re.M)
    assert sorted(rows) == sorted(SIGNALS)


def test_every_fault_says_what_its_witness_is() -> None:
    silent = [n for n, kind in FAULTS.items() if kind.witness == Fault.witness]
    assert [n for n in silent if FAULTS.is_shipped(n)] == []
