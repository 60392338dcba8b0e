"""The faults of the harness: one registered class each, grouped by the part of the world they break."""

from __future__ import annotations

from pytest_fpharness.faults import (
    account,
    broker,
    cache,
    cache_content,
    clock,
    code,
    damaged,
    disk,
    environment,
    files,
    memory,
    network,
    process,
    rows,
    trading_signals,
    vendor,
)
from .base import FAULTS, Fault

__all__ = [
    "FAULTS",
    "Fault",
    "account",
    "broker",
    "cache",
    "cache_content",
    "clock",
    "code",
    "damaged",
    "disk",
    "environment",
    "files",
    "memory",
    "network",
    "process",
    "rows",
    "trading_signals",
    "vendor",
]
