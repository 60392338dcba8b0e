"""Brings the browser's plugin in: here, so that an xdist controller, which collects nothing, has it."""

from __future__ import annotations

import pytest

from tests.support import browser_plugin


def pytest_configure(config: pytest.Config) -> None:
    """Once only: registered twice, it would say everything twice."""
    if not config.pluginmanager.hasplugin("browser_plugin"):
        config.pluginmanager.register(browser_plugin, "browser_plugin")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark tests that start pytest or a browser as acceptance tests."""
    if {"pytester", "chromium"} & set(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.acceptance)
