from __future__ import annotations

import html
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.record import Clause, Cost, Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.texts import cost_text, failure_text, readiness_of
from tests.support.tiny_project import Project

pytest_plugins = ["pytester"]

RECORD = Record(
    id="FP-1.3/age.10m01s",
    fp="FP-1.3",
    variant="age.10m01s",
    verdict=Verdict.FAIL,
    fault="uw_cache.age (age 10m01s)",
    clauses=(Clause("detect", "detected", Verdict.FAIL, "never"),),
    reasons=("detect: never",),
    cost=Cost(12 * MINUTE + 3 * SECOND, False, 5, 2430.4),
    token="FP-1.3/age.10m01s@0#ab12cd34",
)


def test_a_failure_says_what_broke_what_it_cost_where_it_is_and_how_to_replay_it() -> None:
    assert failure_text(RECORD, "FP-1.3.yaml:21").splitlines() == [
        "FP-1.3/age.10m01s FAIL: the bot did not detect it",
        "  fault: uw_cache.age (age 10m01s)",
        "  detect: never",
        "  cost while blind: 12m (never alerted), 5 orders, $2,430 sent meanwhile",
        "  FP-1.3.yaml:21",
        "  replay: fpharness replay 'FP-1.3/age.10m01s@0#ab12cd34'",
    ]


def test_a_failure_stays_under_ten_lines() -> None:
    many = replace(RECORD, reasons=tuple(f"clause{n}: broke\nin two lines" for n in range(20)))
    lines = failure_text(many, "x.yaml:1").splitlines()
    assert len(lines) == 9
    assert "  and 17 more reasons in the report" in lines


HARNESS = "the harness failed or cannot simulate this bot: no verdict on the bot"


@pytest.mark.parametrize(
    ("verdict", "question", "twin", "headline"),
    [
        (Verdict.VACUOUS, "met", False, "inconclusive: the bot never met the fault"),
        (
            Verdict.VACUOUS,
            "quiet",
            False,
            "inconclusive: some expectations were never seen to fail",
        ),
        (Verdict.FAIL, "quiet", True, "the bot raised a false alarm: this twin is healthy"),
        (
            Verdict.MISSING,
            "alerted",
            False,
            "the bot does not have an ability or role that this needs",
        ),
        (Verdict.ERROR, "", False, HARNESS),
    ],
)
def test_the_headline_follows_the_verdict(
    verdict: Verdict, question: str, twin: bool, headline: str
) -> None:
    clauses = (Clause("c", question, verdict, "why"),)
    record = replace(RECORD, verdict=verdict, twin=twin, clauses=clauses)
    assert failure_text(record, "x.yaml:1").splitlines()[0] == f"{record.id} {verdict}: {headline}"


def test_a_cost_below_ten_minutes_has_seconds() -> None:
    assert cost_text(Cost(75 * SECOND, True, 1, 0)) == "1m15s, 1 order, $0 sent meanwhile"
    assert cost_text(Cost()) == ""


def test_readiness_is_the_worst_colour_from_the_injection_on() -> None:
    rows = [[0, "sample", "m", {"readiness": "RED"}], [5, "sample", "m", {"readiness": "GREEN"}],
            [6, "sample", "m", {"readiness": "YELLOW"}]]  # fmt: skip
    assert readiness_of(replace(RECORD, marks={"injected": 5}, timeline=tuple(rows))) == "YELLOW"
    assert readiness_of(RECORD) == "UNKNOWN"


def test_the_output_of_the_run_is_a_section_of_the_failure(project: Project) -> None:
    result = project.run("--fp-only=FP-9.1/io_error")
    result.stdout.fnmatch_lines(
        [
            "FP-9.1/io_error FAIL: *",
            "*  fp/FP-9.1_weights.yaml:8",
            "*  replay: fpharness replay 'FP-9.1/io_error@0#*",
            "*Captured run output*",
            "cannot read the weights: *Input/output error*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_junit_carries_failure_point_readiness_verdict_cost_and_target(project: Project) -> None:
    project.run("--fp-only=FP-9.1/main", "--junitxml=j.xml")
    case = next(ET.parse(project.path / "j.xml").iter("testcase"))
    properties = {p.get("name"): p.get("value") for p in case.iter("property")}
    assert "never alerted" in str(properties.pop("cost"))
    assert properties == {
        "fp": "FP-9.1", "readiness": "RED", "verdict": "FAIL", "target": "tiny bot",
    }  # fmt: skip


def rows(project: Project, *args: str) -> dict[str, list[str]]:
    """The cells of pytest-html's table by test, as its page holds them for its script."""
    project.run("--fp-only=FP-9.1/main", "--html=h.html", *args)
    page = (project.path / "h.html").read_text(encoding="utf-8")
    blob = re.search(r'data-jsonblob="([^"]*)"', page)
    assert blob
    tests = json.loads(html.unescape(blob[1]))["tests"]
    return {name: runs[-1]["resultsTableRow"] for name, runs in tests.items()}


def test_a_row_of_pytest_html_has_failure_point_readiness_and_verdict(project: Project) -> None:
    (cells,) = rows(project).values()
    assert cells[1:4] == [
        '<td class="col-fp">FP-9.1</td>',
        '<td class="col-readiness">RED</td>',
        '<td class="col-verdict">FAIL</td>',
    ]


def test_the_summary_of_pytest_html_names_the_target_and_links_the_report(project: Project) -> None:
    project.run("--fp-only=FP-9.1/main", "--html=out/h.html")
    page = (project.path / "out/h.html").read_text(encoding="utf-8")
    assert "<p>Target: <b>tiny bot</b></p>" in page
    link = re.search(r'href="([^"]*partial/index.html)"', page)
    assert link and (project.path / "out" / link[1]).is_file()


def test_the_row_of_an_ordinary_test_has_empty_cells(project: Project) -> None:
    project.write("test_own.py", "def test_own():\n    pass\n")
    cells = rows(project, "test_own.py", "fp")["test_own.py::test_own"]
    assert cells[1:4] == [
        f'<td class="col-{name}"></td>' for name in ("fp", "readiness", "verdict")
    ]
