"""The public API: everything that other projects import."""

from __future__ import annotations

from pytest_fpharness.fixtures.world import open_world

__all__ = ["open_world"]
