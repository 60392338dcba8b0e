from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest

from pytest_fpharness.model.record import Record
from pytest_fpharness.report.coverage import Coverage, coverage
from pytest_fpharness.report.gate import gate
from pytest_fpharness.report.render.html import moment, render
from pytest_fpharness.report.render.markdown import markdown
from pytest_fpharness.report.write import write_report
from tests.support.page import Element, parse
from tests.support.report_factory import (
    covered,
    facts,
    failing,
    flows,
    record,
    session,
    twin,
    write_journal,
)
from tests.support.report_showcase import showcase


@pytest.fixture(scope="module")
def whole() -> Coverage:
    return coverage(showcase())


@pytest.fixture(scope="module")
def page(whole: Coverage) -> str:
    return render(whole, gate(whole))


@pytest.fixture(scope="module")
def tree(page: str) -> Element:
    return parse(page)


def html(result: Coverage) -> str:
    return render(result, gate(result))


def parsed(result: Coverage) -> Element:
    return parse(html(result))


def run_of(page: Element, anchor: str) -> Element:
    return page.one("details", id=anchor)


def test_the_page_is_well_formed_and_every_link_has_its_target(tree: Element) -> None:
    seen = tree
    assert len(seen.ids) == len(set(seen.ids))
    assert {link.removeprefix("#") for link in seen.links} <= set(seen.ids)


def test_the_page_needs_no_network(page: str, tree: Element) -> None:
    seen = tree
    assert all(link.startswith("#") for link in seen.links)
    assert not {"img", "link", "iframe"} & {element.tag for element in seen.walk()}
    assert "url(" not in page
    assert "@import" not in page


def test_the_page_is_small_enough_for_a_mail(page: str) -> None:
    assert len(page) < 1_500_000


def test_nothing_from_outside_becomes_markup(page: str) -> None:
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_names_from_outside_are_escaped() -> None:
    bad = "<img src=x onerror=alert(1)>"
    result = covered(points=[facts(title=bad, shows=(bad,))], header={"target": bad})
    assert "<img" not in html(result)


def test_the_title_names_target_and_commit(tree: Element) -> None:
    assert tree.one("head").one("title").children == ["paper_bot @ 9c1e7aa: failure points"]


@pytest.mark.parametrize("flag", ["demo", "embedded"])
def test_a_demo_is_headed_as_one(flag: str) -> None:
    result = covered(header={flag: True})
    assert parsed(result).one(css="demo").text == "DEMO: says nothing about your bot"
    assert str(parsed(result).one("head").one("title").children[0]).startswith("DEMO: ")
    assert "DEMO: says nothing about your bot" in markdown(result, gate(result))


def test_no_demo_without_a_reason(page: str) -> None:
    assert "DEMO" not in page


def test_the_verdict_leads_to_the_evidence_in_one_click() -> None:
    page = parsed(covered([failing("alert.fire", "alerted", "late by 37s"), twin()]))
    link = page.one(css="say").one("a")
    assert link.text == "FP-1.3/age.10m01s"
    assert link.attrs["href"].removeprefix("#") in page.ids


def test_names_inside_other_names_are_not_links() -> None:
    text = "not FP-1.33, x.FP-1.3/a or pre-FP-1.3"
    page = parsed(covered([failing("alert.fire", "alerted", text)]))
    assert [e.children for e in page.all("li") if e.children == [f"alert.fire: {text}"]]


def test_an_expired_gap_is_listed_in_the_verdict() -> None:
    result = covered(header={"expired": {"D-3": "the accepted gap expired on 2026-11-01"}})
    verdict = parsed(result).one(css="verdict")
    assert "D-3 : the accepted gap expired on 2026-11-01" in verdict.text
    assert "#requirement-D-3" in verdict.links


def test_a_changed_checkout_is_named() -> None:
    page = parsed(covered(header={"target_commit": "9c1e7aa+"}))
    assert "for commit 9c1e7aa with changes that are not committed" in page.text


def test_one_is_singular(tree: Element) -> None:
    plural = r"(?<![\d.])1 (?:runs|clauses|events|alerts|orders|reasons|hours|failure points)\b"
    assert re.findall(plural, tree.text) == []


def test_the_two_questions_are_apart() -> None:
    text = parsed(covered()).text
    assert "Is this build releasable? Yes" in text
    assert "Is the live bot ready? Not checked" in text


def test_every_cell_of_the_matrix_has_its_state_as_text(tree: Element, whole: Coverage) -> None:
    matrix = [cells for cells in tree.one(css="matrix").rows if cells]
    states = sorted(
        [f"{c.state.symbol} {c.state.word}" for c in row.cells.values()] for row in whole.rows
    )
    assert sorted(matrix) == states


def test_a_failed_run_is_open_and_a_passed_one_closed() -> None:
    page = parsed(covered([failing("alert.fire", "alerted", "late"), record(variant="b"), twin()]))
    assert "open" in run_of(page, "run-FP-1.3-age.10m01s").attrs
    assert "open" not in run_of(page, "run-FP-1.3-b").attrs


def test_runs_whose_ids_differ_only_in_punctuation_have_different_anchors() -> None:
    ids = ["FP-1.3/a b", "FP-1.3/a+b"]
    result = covered([record(variant=id.partition("/")[2]) for id in ids])
    anchors = parsed(result).ids
    assert len(set(anchors)) == len(anchors)


def test_a_run_shows_its_replay_command(page: str) -> None:
    assert "fpharness replay FPH1-KV3A9C" in page


def test_a_run_without_a_record_is_named(tree: Element) -> None:
    assert [e for e in tree.all("p") if e.text == "\u25cb not run FP-6.5/killed"]


def test_the_page_of_an_empty_session() -> None:
    assert "nothing was planned" in html(covered([], points=[]))


def test_times_are_in_utc() -> None:
    assert moment("2026-03-02T09:30:00-05:00") == "2026-03-02 14:30:00 UTC"
    assert moment(0) == "1970-01-01 00:00:00 UTC"
    assert moment("yesterday") == "yesterday"


def test_the_summary_says_the_same_as_the_gate(whole: Coverage) -> None:
    text = markdown(whole, gate(whole))
    assert "**UNKNOWN** (exit code 3)" in text
    assert "35 of 50" in text
    assert len(text) < 4000


def test_the_summary_holds_no_markup_from_outside() -> None:
    bad = failing("alert.fire", "alerted", "a | b\n# <b>title</b> [x](y)")
    text = markdown(covered([bad, twin(), *flows()]), gate(covered([bad, twin(), *flows()])))
    assert "a \\| b \\# \\<b\\>title" in text


def test_three_files_are_written(tmp_path: Path) -> None:
    journal = write_journal(tmp_path / "journal.jsonl", session())
    result = write_report(journal, tmp_path / "fp-report")
    names = sorted(path.name for path in (tmp_path / "fp-report").iterdir())
    assert names == ["coverage.json", "index.html", "summary.md"]
    text = json.loads((tmp_path / "fp-report" / "coverage.json").read_text())
    assert text["gate"]["code"] == gate(result).code == 0
    mode = stat.S_IMODE((tmp_path / "fp-report" / "index.html").stat().st_mode)
    assert mode == 0o644


def test_a_directory_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    journal = write_journal(tmp_path / "journal.jsonl", session())
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OSError, match=r"the report cannot be written to .*taken"):
        write_report(journal, tmp_path / "taken")


def test_a_failed_write_leaves_the_old_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = write_journal(tmp_path / "journal.jsonl", session())
    write_report(journal, tmp_path / "out")
    old = (tmp_path / "out" / "index.html").read_text()

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left on device"):
        write_report(journal, tmp_path / "out")
    assert (tmp_path / "out" / "index.html").read_text() == old
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_a_project_s_own_category_has_a_heading() -> None:
    page = parsed(coverage(session([record("FP-7.1"), twin("FP-7.1")], [facts("FP-7.1")])))
    assert page.one(css="cat").text == "7 Own failure points"


@pytest.mark.parametrize(
    ("result", "summary", "opened"),
    [
        (record(), "all passed or did not apply", False),
        (failing("detect", "detected", "never"), "1 did not pass", True),
    ],
)
def test_clauses_are_folded_if_all_passed(result: Record, summary: str, opened: bool) -> None:
    page = parsed(coverage(session([result], [facts("FP-1.3")])))
    (clauses,) = (
        d for d in page.all("details") if f"clauses: {summary}" in d.all("summary")[0].text
    )
    assert ("open" in clauses.attrs) is opened
