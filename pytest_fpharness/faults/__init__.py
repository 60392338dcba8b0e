"""How the world breaks: one small registered class per fault, grouped by port."""

from __future__ import annotations

from pytest_fpharness.faults import (
    account,
    broker,
    cache,
    cache_content,
    code,
    damaged,
    disk,
    files,
    machine,
    memory,
    network,
    process,
    rows,
    trading_signals,
    vendor,
)
from pytest_fpharness.faults.base import FAULTS, Fault

__all__ = [
    "FAULTS",
    "Fault",
    "account",
    "broker",
    "cache",
    "cache_content",
    "code",
    "damaged",
    "disk",
    "files",
    "machine",
    "memory",
    "network",
    "process",
    "rows",
    "trading_signals",
    "vendor",
]
