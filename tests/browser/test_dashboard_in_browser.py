from __future__ import annotations

import html
import json
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from pytest_fpharness.reference_bot.dashboard import app as dashboard
from pytest_fpharness.reference_bot.dashboard.serving import HOST, dashboard_server
from pytest_fpharness.reference_bot.demo.show import BREAKS, working
from tests.support.browser_plugin import Chromium

pytestmark = pytest.mark.browser

#: Opens the page in a frame of the width that is asked for, clicks a link in it if one is named, and
#: leaves in the DOM what a person would see. A window of its own cannot be as narrow as a phone.
PROBE = """
<script>
if (window === top) addEventListener("load", () => {
  const asked = new URLSearchParams(location.search), frame = document.createElement("iframe");
  frame.style.cssText = `width:${asked.get("width")}px;height:900px;border:0`;
  frame.onload = () => {
    const page = frame.contentDocument, link = page.querySelector(asked.get("click"));
    if (link && !frame.dataset.clicked) {
      frame.dataset.clicked = "1";
      return link.click();
    }
    const seen = {
      text: page.body.innerText,
      title: page.title,
      rows: [...page.querySelectorAll("tbody tr[id]")].filter(row => row.checkVisibility()).length,
      scrolls: page.documentElement.scrollWidth > frame.clientWidth,
      resources: frame.contentWindow.performance.getEntriesByType("resource").map(e => e.name),
    };
    document.body.setAttribute("data-seen", JSON.stringify(seen));
  };
  frame.src = location.pathname;
  document.body.append(frame);
});
</script>
"""
WIDTHS = (1400, 700, 360)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard of the demo after its weights broke; the probe is in each page."""
    plain = dashboard._html
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("home"))
        with working(lambda line: None) as machine:
            BREAKS["FP-2.1"](machine)
            machine.parts["monitor"].due = 0
            machine.turn()
        patch.setattr(dashboard, "_html", lambda text: plain(f"{text}{PROBE}"))
        patch.setattr(dashboard, "POLICY", "default-src 'self' 'unsafe-inline' data:")
        with dashboard_server(0) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            yield f"http://{HOST}:{server.server_port}"
            server.shutdown()
            thread.join()


def look(chromium: Chromium, url: str, width: int, click: str = "none") -> dict[str, Any]:
    dom = chromium.dom(f"{url}?{urlencode({'width': width, 'click': click})}")
    result = re.search(r'data-seen="([^"]*)"', dom)
    assert result, "the page did not come to its load event"
    seen: dict[str, Any] = json.loads(html.unescape(result[1]))
    return seen


@pytest.mark.parametrize("width", WIDTHS)
def test_every_row_at_every_width(chromium: Chromium, address: str, width: int) -> None:
    seen = look(chromium, f"{address}/", width)
    assert seen["rows"] == 37
    assert not seen["scrolls"]
    assert seen["title"] == "RED: Trading readiness"
    assert "Needs attention" in seen["text"]
    assert seen["resources"] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_click_on_a_failure_point_shows_its_page(
    chromium: Chromium, address: str, width: int
) -> None:
    seen = look(chromium, f"{address}/", width, "tr[id='FP-2.1'] a")
    for text in ("FP-2.1", "ERROR", "Manual steps", "attempt 1: restored", "OK to ERROR"):
        assert text in seen["text"]
    assert not seen["scrolls"]
    assert seen["resources"] == []
