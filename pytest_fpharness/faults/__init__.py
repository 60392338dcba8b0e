"""How the world breaks: one small registered class per fault, grouped by port."""

from __future__ import annotations

from pytest_fpharness.faults import (
    broker,
    cache,
    code,
    files,
    flow,
    machine,
    network,
    process,
    vendor,
)
from pytest_fpharness.faults.base import FAULTS, Fault

__all__ = [
    "FAULTS",
    "Fault",
    "broker",
    "cache",
    "code",
    "files",
    "flow",
    "machine",
    "network",
    "process",
    "vendor",
]
