"""How the world breaks: one small registered class per fault, grouped by port."""

from __future__ import annotations

from pytest_fpharness.faults import (
    broker,
    cache,
    crash,
    disk,
    files,
    flow,
    machine,
    memory,
    network,
    outage,
    process,
)
from pytest_fpharness.faults.base import FAULTS, Fault

__all__ = [
    "FAULTS",
    "Fault",
    "broker",
    "cache",
    "crash",
    "disk",
    "files",
    "flow",
    "machine",
    "memory",
    "network",
    "outage",
    "process",
]
