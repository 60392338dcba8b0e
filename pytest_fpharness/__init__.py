"""Chaos-test a trading bot: break the world around it, one failure point at a time."""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["__version__"]
