"""How the world breaks: one small registered class per fault, grouped by port."""

from __future__ import annotations

from pytest_fpharness.faults import (
    account,
    broker,
    cache,
    files,
    flow,
    limits,
    machine,
    network,
    process,
)
from pytest_fpharness.faults.base import FAULTS, Fault

__all__ = [
    "FAULTS",
    "Fault",
    "account",
    "broker",
    "cache",
    "files",
    "flow",
    "limits",
    "machine",
    "network",
    "process",
]
