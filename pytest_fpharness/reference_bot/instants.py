"""Parse and format the vendors' timestamps: `T` or a space, `Z` or an offset, up to nanoseconds."""

from __future__ import annotations

import re
import time
from datetime import datetime
from functools import lru_cache
from typing import Final

_PARTS: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?", re.ASCII
)


@lru_cache(maxsize=4096)
def epoch(text: str) -> float:
    """Seconds since the epoch; no zone means UTC. Raises ValueError for anything else."""
    match = _PARTS.fullmatch(text)
    if match is None:
        raise ValueError(f"not an instant: {text!r}")
    day, clock, fraction, zone = match.groups()
    offset = "+00:00" if zone in (None, "Z") else zone
    whole = datetime.fromisoformat(f"{day}T{clock}{offset}").timestamp()
    return whole + float(f"0.{fraction or 0}")


def iso(seconds: float) -> str:
    """An instant in UTC, to the second, as Alpaca's API takes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
