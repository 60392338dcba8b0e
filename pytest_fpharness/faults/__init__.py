"""How the world breaks: one small registered class per fault, grouped by port."""

from __future__ import annotations

from pytest_fpharness.faults import broker as _broker
from pytest_fpharness.faults import cache as _cache
from pytest_fpharness.faults import files as _files
from pytest_fpharness.faults import machine as _machine
from pytest_fpharness.faults import network as _network
from pytest_fpharness.faults import process as _process
from pytest_fpharness.faults.base import FAULTS
from pytest_fpharness.faults.base import Fault

__all__ = ["FAULTS", "Fault"]
