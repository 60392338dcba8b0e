from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.report.write import write_report
from tests.support.browser_plugin import Chromium
from tests.support.report_factory import facts, failing, record, session, twin, write_journal

pytestmark = pytest.mark.browser

#: In the matrix, the first cell of a failure point that does not hold.
MATRIX_LINK = '.matrix a[href^="#run-FP-1.7"]'
#: A failure point that passed, and one of its cells.
PASSED = '.matrix th a[href="#FP-1.5"]'
PASSED_CELL = '.matrix td a[href^="#run-FP-1.5"]'
#: Clicks a link, waits for the page to follow it, and leaves in the DOM what a person would see.
PROBE = """
<script>
window.resources = [];
new PerformanceObserver(list => list.getEntries().forEach(e => window.resources.push(e.name)))
  .observe({type: "resource", buffered: true});
window.refused = [];
addEventListener("securitypolicyviolation", e => window.refused.push(e.blockedURI));
addEventListener("load", () => {
  const link = document.querySelector(LINK);
  const place = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  const run = place.matches("details") ? place : place.querySelector("details.run");
  const seen = () => {
    const svg = run.querySelector("svg"), box = svg.getBoundingClientRect();
    return {visible: svg.checkVisibility(), width: box.width, height: box.height,
            text: svg.textContent, top: run.getBoundingClientRect().top, tall: innerHeight};
  };
  const before = seen();
  link.click();
  setTimeout(() => {
    const result = {hash: location.hash, before, after: seen(), resources, refused};
    document.body.setAttribute("data-seen", JSON.stringify(result));
  }, 300);
});
</script>
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight failure points, so that the last ones are not in view at first; FP-1.7 failed."""
    directory = tmp_path_factory.mktemp("report")
    ids = [f"FP-1.{number}" for number in range(1, 9)]
    runs = [run for fp in ids if fp != "FP-1.7" for run in (record(fp), twin(fp))]
    runs += [failing("detect", "detected", "never", fp="FP-1.7", id="FP-1.7/age.10m01s")]
    journal = write_journal(directory / "journal.jsonl", session(runs, [facts(fp) for fp in ids]))
    write_report(journal, directory)
    return directory / "index.html"


def look(chromium: Chromium, page: Path, link: str, more: str = "") -> dict[str, Any]:
    """What is seen after a click on the first link that the CSS selector ``link`` finds."""
    text = page.read_text("utf-8")
    probe = PROBE.replace("LINK", json.dumps(link))
    copy = page.with_name("probed.html")
    copy.write_text(text.replace("</body>", f"{more}{probe}</body>"), "utf-8")
    result = re.search(r'data-seen="([^"]*)"', chromium.dom(copy.as_uri()))
    assert result, "the page did not come to its load event"
    seen: dict[str, Any] = json.loads(html.unescape(result[1]))
    return seen


def test_one_click_on_a_failure_point_shows_its_timeline(chromium: Chromium, page: Path) -> None:
    seen = look(chromium, page, MATRIX_LINK)
    assert seen["before"]["top"] > seen["before"]["tall"]
    after = seen["after"]
    assert after["visible"] and after["width"] > 300 and after["height"] > 50
    assert "detected" in after["text"]
    assert 0 <= after["top"] < after["tall"]


@pytest.mark.parametrize("link", [PASSED, PASSED_CELL])
def test_one_click_on_a_point_that_passed_shows_its_timeline_too(
    chromium: Chromium, page: Path, link: str
) -> None:
    seen = look(chromium, page, link)
    assert not seen["before"]["visible"]
    after = seen["after"]
    assert after["visible"] and after["width"] > 300 and after["height"] > 50
    assert 0 <= after["top"] < after["tall"]


def test_a_link_from_elsewhere_opens_the_run(chromium: Chromium, page: Path) -> None:
    closed = re.search(r'<details class="run" id="([^"]*FP-1\.3[^"]*)">', page.read_text("utf-8"))
    assert closed
    assert f'id="{closed[1]}" open=""' in chromium.dom(f"{page.as_uri()}#{closed[1]}")


def test_no_request_leaves_the_page(chromium: Chromium, page: Path) -> None:
    seen = look(chromium, page, MATRIX_LINK)
    assert seen["resources"] == seen["refused"] == []
    dom = chromium.dom(page.as_uri())
    links = re.findall(r'\s(?:href|src|srcset|action|data|poster)="([^"]*)"', dom)
    assert links and all(link.startswith("#") for link in links)


def test_a_request_would_be_noticed(chromium: Chromium, page: Path) -> None:
    image = '<img src="http://fonts.example.com/logo.png">'
    seen = look(chromium, page, MATRIX_LINK, more=image)
    assert seen["resources"] + seen["refused"] != []
