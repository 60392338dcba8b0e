"""The project's own catalog runs against the embedded bot."""

from __future__ import annotations

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_fpharness_target(config: pytest.Config) -> str:
    """The embedded bot is this project's bot."""
    return "embedded"
