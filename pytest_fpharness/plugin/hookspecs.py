"""Hooks that a project may implement in its root conftest."""

from __future__ import annotations

import pytest


@pytest.hookspec(firstresult=True)
def pytest_fpharness_target(config: pytest.Config) -> str | None:
    """Return the target: ``module:attribute``, or ``path.py:attribute`` relative to the root directory.

    Called when neither ``--fp-target`` nor ini ``fp_target`` names a target. ``embedded`` is the
    embedded reference bot; None leaves the choice to other implementations.
    """
