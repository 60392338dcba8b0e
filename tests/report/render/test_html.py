from __future__ import annotations

import json
import re
import stat
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pytest_fpharness.report.coverage import Coverage, coverage
from pytest_fpharness.report.gate import gate
from pytest_fpharness.report.render.html import moment, render
from pytest_fpharness.report.render.markdown import markdown
from pytest_fpharness.report.write import write_report
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

VOID_TAGS = {"meta", "br", "link", "img", "hr"}


class Page(HTMLParser):
    """Collects what a browser would see, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given[name] or "" for name in ("href", "src") if name in given]
        if tag not in VOID_TAGS:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()


@pytest.fixture(scope="module")
def whole() -> Coverage:
    return coverage(showcase())


@pytest.fixture(scope="module")
def page(whole: Coverage) -> str:
    return render(whole, gate(whole))


def html(found: Coverage) -> str:
    return render(found, gate(found))


def test_the_page_is_well_formed_and_every_link_has_its_target(page: str) -> None:
    seen = Page(page)
    assert seen.open == []
    assert len(seen.ids) == len(set(seen.ids))
    assert {link.removeprefix("#") for link in seen.links} <= set(seen.ids)


def test_the_page_needs_no_network(page: str) -> None:
    seen = Page(page)
    assert all(link.startswith("#") for link in seen.links)
    assert not {"img", "link", "iframe"} & set(seen.tags)
    assert "url(" not in page
    assert "@import" not in page


def test_the_page_is_small_enough_for_a_mail(page: str) -> None:
    assert len(page) < 1_500_000


def test_nothing_from_outside_becomes_markup(page: str) -> None:
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_names_from_outside_are_escaped() -> None:
    bad = "<img src=x onerror=alert(1)>"
    found = covered(points=[facts(title=bad, shows=(bad,))], header={"target": bad})
    assert "<img" not in html(found)


def test_the_title_names_target_and_commit(page: str) -> None:
    assert "<title>paper_bot @ 9c1e7aa: failure points</title>" in page


@pytest.mark.parametrize("flag", ["demo", "embedded"])
def test_a_demo_is_headed_as_one(flag: str) -> None:
    found = covered(header={flag: True})
    assert 'role="note">DEMO: says nothing about your bot<' in html(found)
    assert "<title>DEMO: " in html(found)
    assert "DEMO: says nothing about your bot" in markdown(found, gate(found))


def test_no_demo_without_a_reason(page: str) -> None:
    assert "DEMO" not in page


def test_the_verdict_leads_to_the_evidence_in_one_click() -> None:
    page = html(covered([failing("alert.fire", "alerted", "late by 37s"), twin()]))
    say = re.search(r'<p class="say">(.*?)</p>', page)
    assert say is not None
    [link] = re.findall(r'<a href="#([^"]+)">FP-1.3/age.10m01s</a>', say[1])
    assert f'id="{link}"' in page


def test_names_inside_of_other_names_are_no_links() -> None:
    found = covered([failing("alert.fire", "alerted", "not FP-1.33, x.FP-1.3/a or pre-FP-1.3")])
    assert "not FP-1.33, x.FP-1.3/a or pre-FP-1.3" in html(found)


def test_an_expired_gap_is_told_above_everything() -> None:
    found = covered(header={"expired": {"D-3": "the accepted gap expired on 2026-11-01"}})
    head = html(found).partition('<div class="two">')[0]
    assert '<a href="#requirement-D-3">D-3</a>: the accepted gap expired on 2026-11-01' in head


def test_a_changed_checkout_is_told_in_words() -> None:
    told = re.sub(r"<[^>]+>", "", html(covered(header={"target_commit": "9c1e7aa+"})))
    assert "for commit 9c1e7aa with changes that are not committed" in told


def test_one_is_no_plural(page: str) -> None:
    told = re.sub(r"<[^>]+>", "", page)
    assert not re.findall(
        r"(?<![\d.])1 (?:runs|clauses|events|alerts|orders|reasons|hours)\b", told
    )


def test_the_two_questions_are_apart() -> None:
    told = re.sub(r"<[^>]+>", " ", html(covered()))
    assert re.search(r"Is this build releasable\?\s+Yes", told)
    assert re.search(r"Is the live bot ready\?\s+Not checked", told)


def test_every_state_is_said_in_words(page: str, whole: Coverage) -> None:
    for row in whole.rows:
        for cell in row.cells.values():
            assert f"{cell.state.symbol} {cell.state.word}" in page


def test_a_failed_run_is_open_and_a_passed_one_closed() -> None:
    told = html(covered([failing("alert.fire", "alerted", "late"), record(variant="b"), twin()]))
    assert 'id="run-FP-1.3-age.10m01s" open' in told
    assert 'id="run-FP-1.3-b">' in told


def test_runs_whose_ids_differ_in_signs_only_have_links_of_their_own() -> None:
    ids = ["FP-1.3/a b", "FP-1.3/a+b"]
    found = covered([record(variant=id.partition("/")[2]) for id in ids])
    assert len(set(Page(html(found)).ids)) == len(Page(html(found)).ids)


def test_a_run_tells_how_to_replay_it(page: str) -> None:
    assert "fpharness replay FPH1-KV3A9C" in page


def test_what_did_not_run_is_named(page: str) -> None:
    assert re.search(r"not run</span> <code>FP-6.5/killed</code>", page)


def test_a_page_over_nothing_can_be_written() -> None:
    assert "nothing was planned" in html(covered([], points=[]))


def test_times_are_told_in_utc() -> None:
    assert moment("2026-03-02T09:30:00-05:00") == "2026-03-02 14:30:00 UTC"
    assert moment(0) == "1970-01-01 00:00:00 UTC"
    assert moment("yesterday") == "yesterday"


def test_the_summary_says_the_same_as_the_gate(whole: Coverage) -> None:
    told = markdown(whole, gate(whole))
    assert "**UNKNOWN** (exit code 3)" in told
    assert "35 of 50" in told
    assert len(told) < 4000


def test_the_summary_holds_no_markup_from_outside() -> None:
    bad = failing("alert.fire", "alerted", "a | b\n# <b>title</b> [x](y)")
    told = markdown(covered([bad, twin(), *flows()]), gate(covered([bad, twin(), *flows()])))
    assert "a \\| b \\# \\<b\\>title" in told


def test_three_files_are_written(tmp_path: Path) -> None:
    journal = write_journal(tmp_path / "journal.jsonl", session())
    found = write_report(journal, tmp_path / "fp-report")
    names = sorted(path.name for path in (tmp_path / "fp-report").iterdir())
    assert names == ["coverage.json", "index.html", "summary.md"]
    told = json.loads((tmp_path / "fp-report" / "coverage.json").read_text())
    assert told["gate"]["code"] == gate(found).code == 0
    mode = stat.S_IMODE((tmp_path / "fp-report" / "index.html").stat().st_mode)
    assert mode == 0o644


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
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


def test_a_category_of_the_projects_own_has_a_heading() -> None:
    page = html(coverage(session([record("FP-7.1"), twin("FP-7.1")], [facts("FP-7.1")])))
    assert "<span>7 Own failure points</span>" in page


def test_clauses_that_held_are_folded_and_others_open() -> None:
    passed = html(coverage(session([record()], [facts("FP-1.3")])))
    failed = html(coverage(session([failing("detect", "detected", "never")], [facts("FP-1.3")])))
    closed, opened = '<details class="more">\n<summary>', '<details class="more" open>\n<summary>'
    assert re.search(rf"{closed}\d+ clauses: all passed", passed)
    assert re.search(rf"{opened}\d+ clauses: 1 did not pass", failed)
