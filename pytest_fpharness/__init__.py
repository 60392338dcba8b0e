"""Chaos-test a trading bot: break the world around it, one failure point at a time."""

from __future__ import annotations

from pytest_fpharness._version import __version__

__all__ = ["__version__"]
