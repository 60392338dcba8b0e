"""Leaves the browser tests out, and says so, where there is no browser."""

from __future__ import annotations

import pytest

from .chromium import NAMES, Chromium, find_browser


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselected, not skipped: a skip reads as if somebody had looked."""
    if find_browser() is not None:
        return
    left_out = [item for item in items if item.get_closest_marker("browser")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Also in an xdist controller, which collects nothing itself."""
    if find_browser() is None:
        said = f"browser tests left out: none of {', '.join(NAMES)} is installed"
        terminalreporter.write_line(said, yellow=True)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Chromium:
    path = find_browser()
    assert path is not None
    return Chromium(path, tmp_path_factory.mktemp("browser"))
