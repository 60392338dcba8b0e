"""Parse the time stamps that clients send."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Final

from pytest_fpharness.model.duration import SECOND

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_STAMP: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?"
)


@lru_cache(maxsize=1024)
def parse(text: str) -> int:
    """An RFC 3339 time stamp or a date as nanoseconds since the epoch; raises ValueError.

    A stamp without a zone is UTC; a plus sign that a query turned into a space is restored.
    """
    repaired = re.sub(r" (\d\d:?\d\d)$", r"+\1", text.strip()) if text.count(":") > 2 else text
    match = _STAMP.fullmatch(repaired)
    if match is None:
        raise ValueError(f"not a time stamp: {text!r}")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    days = date(int(year), int(month), int(day)).toordinal() - _EPOCH_DAY
    seconds = days * 86_400 + int(hour or 0) * 3_600 + int(minute or 0) * 60 + int(second or 0)
    if zone and zone != "Z":
        sign = -1 if zone[0] == "-" else 1
        seconds -= sign * (int(zone[1:3]) * 3_600 + int(zone[-2:]) * 60)
    return seconds * SECOND + int((fraction or "0").ljust(9, "0"))


@lru_cache(maxsize=256)
def parse_day(text: str) -> int:
    """The ordinal of a date, or of the date of a time stamp; raises ValueError."""
    return date.fromisoformat(text[:10]).toordinal()
