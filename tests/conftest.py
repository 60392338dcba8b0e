"""Brings the browser's plugin in: here, so that an xdist controller, which collects nothing, has it."""

from __future__ import annotations

import pytest

from tests.support import browser_plugin


def pytest_configure(config: pytest.Config) -> None:
    """Once only: registered twice, it would say everything twice."""
    if not config.pluginmanager.hasplugin("browser_plugin"):
        config.pluginmanager.register(browser_plugin, "browser_plugin")
