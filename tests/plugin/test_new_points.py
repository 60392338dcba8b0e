from __future__ import annotations

import json

import pytest

from pytest_fpharness.catalog import loader
from pytest_fpharness.plugin import planning
from tests.support.tiny_project import DEFAULTS, MISSING, SCENARIO, Project

pytest_plugins = ("pytester",)


@pytest.fixture
def upgraded(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The shipped catalog has an old failure point, and a newer one that the bot cannot meet."""
    project.write("shipped/catalog.yaml", DEFAULTS)
    project.write("shipped/FP-9.1_weights.yaml", SCENARIO)
    project.write("shipped/FP-9.2_broker.yaml", MISSING + 'since: "0.1"\n')
    for module in (loader, planning):
        monkeypatch.setattr(module, "shipped_path", lambda: project.path / "shipped")
    project.ini(fp_scenarios=None, fp_catalog="0.0.9")
    return project


def test_a_new_failure_point_runs_without_failing_the_session(upgraded: Project) -> None:
    result = upgraded.run("-rx", "--fp-only=FP-9.2")
    result.assert_outcomes(xfailed=1)
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "new in the shipped catalog, not judged: FP-9.2 *",
            "XFAIL *FP-9.2*new in 0.1, not judged until fp_catalog = 0.1: the target has no broker",
        ]
    )


def test_a_new_failure_point_is_judged_once_accepted(upgraded: Project) -> None:
    upgraded.ini(fp_scenarios=None, fp_catalog="0.1")
    upgraded.run("--fp-only=FP-9.2").assert_outcomes(failed=1)


def test_a_new_failure_point_in_the_document_is_judged(upgraded: Project) -> None:
    upgraded.write("doc.md", "### FP-9.2: The broker cannot be reached\n")
    upgraded.run("--fp-only=FP-9.2", "--fp-document=doc.md").assert_outcomes(failed=1)


def test_a_new_failure_point_counts_for_no_share_and_is_listed_separately(
    upgraded: Project,
) -> None:
    upgraded.run()
    coverage = json.loads((upgraded.path / "fp-report/coverage.json").read_text())
    assert [row["fp"] for row in coverage["failure_points"]] == ["FP-9.1"]
    assert [row["fp"] for row in coverage["new"]] == ["FP-9.2"]
    assert sum(coverage["counts"].values()) == 3
    assert not any("FP-9.2" in reason for reason in coverage["gate"]["reasons"])
    page = (upgraded.path / "fp-report/index.html").read_text()
    assert '<section class="fp" id="FP-9.2">' in page.partition('<h2 id="new">')[2]
    assert "FP-9.2" in (upgraded.path / "fp-report/summary.md").read_text()
