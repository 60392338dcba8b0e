"""What can be observed: one small registered function per signal."""

from __future__ import annotations

from pytest_fpharness.signals import files as _files
from pytest_fpharness.signals import trading as _trading
from pytest_fpharness.signals import world as _world
from pytest_fpharness.signals.base import SIGNALS
from pytest_fpharness.signals.base import Signal

__all__ = ["SIGNALS", "Signal"]
