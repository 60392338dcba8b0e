"""What can be observed: one small registered function per signal."""

from __future__ import annotations

from pytest_fpharness.signals import (
    account,
    environment,
    files,
    flow,
    machine,
    scoring,
    trading,
    world,
)
from pytest_fpharness.signals.base import SIGNALS, Signal

__all__ = [
    "SIGNALS",
    "Signal",
    "account",
    "environment",
    "files",
    "flow",
    "machine",
    "scoring",
    "trading",
    "world",
]
