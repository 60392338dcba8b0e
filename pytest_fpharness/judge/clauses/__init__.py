"""Clause functions, one module per subject."""

from __future__ import annotations

from pytest_fpharness.judge.clauses import (
    alerting,
    detail_pages,
    detection,
    flow,
    gate_limits,
    healing,
    recovery_share,
    visibility,
)
from .registry import FUNCTIONS, clause, functions

__all__ = [
    "FUNCTIONS",
    "alerting",
    "clause",
    "detail_pages",
    "detection",
    "flow",
    "functions",
    "gate_limits",
    "healing",
    "recovery_share",
    "visibility",
]
