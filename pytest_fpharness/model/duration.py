"""Durations: integer nanoseconds inside, ``1h30m`` outside (S1, C4)."""

from __future__ import annotations

import re
from typing import Final

MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

_UNITS: Final = {"d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND, "ms": MILLISECOND}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|d|h|m|s)")
_COUNT: Final = re.compile(r"(\d+)\s+(checks?|cycles?)")


def parse_duration(text: str) -> int:
    """Return the nanoseconds of ``90s``, ``1h30m``, ``250ms`` or ``-5m``.

    Raises:
        ValueError: The text is not a duration.
    """
    body = text.strip()
    sign = -1 if body.startswith("-") else 1
    body = body.removeprefix("-")
    total, end = 0, 0
    for part in _PART.finditer(body):
        if part.start() != end:
            break
        whole = float(part[1]) * _UNITS[part[2]]
        total, end = total + round(whole), part.end()
    if not body or end != len(body):
        raise ValueError(f"{text!r} is not a duration; write 90s, 10m or 1h30m")
    return sign * total


def parse_span(text: str, *, check: int, cycle: int) -> int:
    """As ``parse_duration``, and ``2 checks`` or ``3 cycles`` of the given periods (ns)."""
    count = _COUNT.fullmatch(text.strip())
    if count is None:
        return parse_duration(text)
    return int(count[1]) * (check if count[2].startswith("check") else cycle)


def format_duration(ns: int) -> str:
    """The shortest exact text of a duration: ``10m01s``, ``45s``, ``1.05s``, ``0s``."""
    sign, rest = ("-", -ns) if ns < 0 else ("", ns)
    if rest < SECOND:
        return f"{sign}{rest / MILLISECOND:g}ms" if rest else "0s"
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds = rest / SECOND
    text = f"{hours}h" if hours else ""
    text += f"{minutes:02d}m" if hours and minutes else (f"{minutes}m" if minutes else "")
    if rest:
        width = "02" if (hours or minutes) and seconds == int(seconds) else ""
        text += f"{int(seconds):{width}d}s" if seconds == int(seconds) else f"{seconds:g}s"
    return sign + text
