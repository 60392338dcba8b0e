"""Chaos-test a trading bot: break the world around it, one failure point at a time."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_fpharness.desk.world import world as world

__version__ = "0.1.0"
__all__ = ["__version__", "world"]


def __getattr__(name: str) -> Any:
    # Loaded when used: the plugin imports this package in every test run.
    if name == "world":
        return importlib.import_module("pytest_fpharness.world")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
