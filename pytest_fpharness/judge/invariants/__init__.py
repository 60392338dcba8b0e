"""Invariants: what must hold in every run."""

from __future__ import annotations

from pytest_fpharness.judge.invariants import trading
from .registry import INVARIANTS, invariant_functions

__all__ = ["INVARIANTS", "invariant_functions", "trading"]
