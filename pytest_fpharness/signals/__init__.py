"""Signals: one registered function per observable of the world."""

from __future__ import annotations

from pytest_fpharness.signals import account, files, flow, machine, trading
from .base import SIGNALS, Signal

__all__ = ["SIGNALS", "Signal", "account", "files", "flow", "machine", "trading"]
