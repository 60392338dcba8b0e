"""Category 6: the disk has space, and state can be written."""

from __future__ import annotations

import glob
import shutil
from typing import Final

from pytest_fpharness.reference_bot.files import writable
from .base import ERROR, OK, WARN, Finding, Pass

WARN_PERCENT: Final = 90.0
LEAST_FREE: Final = 100 * 10**6


def disk_free(current: Pass) -> Finding:
    """FP-6.4: under 90 % in use, 100 MB free, and the state directory is writable."""
    usage, problem = shutil.disk_usage("."), writable("state")
    used = 100 * usage.used / usage.total
    values = {"disk_free": usage.free, "disk_writable": not problem, "old_logs": len(old_logs())}
    if problem:
        return Finding(ERROR, f"state cannot be written: {problem}", values)
    if usage.free < LEAST_FREE:
        return Finding(ERROR, f"{usage.free // 10**6} MB are free", values)
    return Finding(WARN if used >= WARN_PERCENT else OK, f"{used:.0f} % in use", values)


def old_logs() -> list[str]:
    """Rotated logs (``bot.jsonl.1``), oldest first."""
    return sorted(glob.glob("logs/*.jsonl.*"), reverse=True)
