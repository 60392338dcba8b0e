"""The market's clock and calendar: New York Stock Exchange sessions, holidays and early closes.

Rules from the exchange's published holiday calendar. Instants are nanoseconds since the epoch,
days are proleptic ordinals (`date.toordinal`), so nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.http.messages import Now, ResponseOverride

# Loaded at import: a zone file cannot be opened later under a faked file system.
NEW_YORK: Final = ZoneInfo("America/New_York")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_HOUR: Final = 3600

#: Special closures: the day of mourning for President Carter.
SPECIAL_CLOSURES: Final = frozenset({date(2025, 1, 9).toordinal()})


@dataclass(frozen=True)
class Session:
    """One trading day; `pre` and `post` bound the extended hours, all in nanoseconds."""

    day: int
    pre: int
    open: int
    close: int
    post: int
    early: bool


def _nth_weekday(year: int, month: int, weekday: int, n: int) -> int:
    first = date(year, month, 1)
    return first.toordinal() + (weekday - first.weekday()) % 7 + 7 * (n - 1)


def _observed(year: int, month: int, day: int) -> int:
    """Move a holiday on Saturday to Friday, and one on Sunday to Monday."""
    held = date(year, month, day)
    return held.toordinal() + {5: -1, 6: 1}.get(held.weekday(), 0)


def _good_friday(year: int) -> int:
    """Two days before Easter, by the Gregorian computus (Meeus)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1).toordinal() - 2


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[int]:
    """The ordinals of the weekdays of a year on which the exchange is closed."""
    new_year = date(year, 1, 1)
    days = {
        _nth_weekday(year, 1, 0, 3),
        _nth_weekday(year, 2, 0, 3),
        _good_friday(year),
        _nth_weekday(year, 6, 0, 1) - 7,  # the last Monday of May
        _observed(year, 6, 19),
        _observed(year, 7, 4),
        _nth_weekday(year, 9, 0, 1),
        _nth_weekday(year, 11, 3, 4),
        _observed(year, 12, 25),
    }
    # New Year on a Saturday is not moved to Friday, the last trading day of the year.
    if new_year.weekday() != 5:
        days.add(_observed(year, 1, 1))
    return frozenset(days | {d for d in SPECIAL_CLOSURES if date.fromordinal(d).year == year})


@lru_cache(maxsize=64)
def early_closes(year: int) -> frozenset[int]:
    """The ordinals of the days that close at 13:00."""
    days = {_nth_weekday(year, 11, 3, 4) + 1}
    for eve in (date(year, 7, 3), date(year, 12, 24)):
        if eve.weekday() < 4:
            days.add(eve.toordinal())
    return frozenset(days)


@lru_cache(maxsize=4096)
def _offset(hour: int) -> int:
    local = (_EPOCH + timedelta(hours=hour)).astimezone(NEW_YORK)
    shift = local.utcoffset()
    assert shift is not None
    return int(shift.total_seconds())


def offset(ns: int) -> int:
    """New York's UTC offset at an instant, in seconds (-18,000 or -14,400)."""
    return _offset(ns // (_HOUR * SECOND))


def day_of(ns: int) -> int:
    """The ordinal of the New York day of an instant."""
    return _EPOCH_DAY + (ns // SECOND + offset(ns)) // 86_400


def _at(day: int, hour: int, minute: int = 0) -> int:
    local = datetime.combine(date.fromordinal(day), time(hour, minute), NEW_YORK)
    return int((local - _EPOCH).total_seconds()) * SECOND


@lru_cache(maxsize=4096)
def session(day: int) -> Session | None:
    """The session of a day, or None on weekends and holidays."""
    on = date.fromordinal(day)
    if on.weekday() > 4 or day in holidays(on.year):
        return None
    early = day in early_closes(on.year)
    close, post = (13, 17) if early else (16, 20)
    return Session(day, _at(day, 4), _at(day, 9, 30), _at(day, close), _at(day, post), early)


def sessions(start: int, end: int) -> Iterator[Session]:
    """The sessions from one day to another, both included."""
    for day in range(start, end + 1):
        hours = session(day)
        if hours is not None:
            yield hours


def next_session(day: int) -> Session:
    """The first session after a day."""
    return next(sessions(day + 1, day + 14))


class Market:
    """Opening hours. An unscheduled closure is visible in the clock but not in the calendar."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self.closure: ResponseOverride | None = None

    def is_open(self, ns: int) -> bool:
        """Whether regular trading is open at an instant."""
        if self.closure is not None and self.closure.active:
            return False
        hours = session(day_of(ns))
        return hours is not None and hours.open <= ns < hours.close

    def in_extended_hours(self, ns: int) -> bool:
        """Whether an instant lies between 04:00 and 20:00 of a trading day."""
        hours = session(day_of(ns))
        return hours is not None and hours.pre <= ns < hours.post

    def next_open(self, ns: int) -> int:
        """The first opening after an instant."""
        hours = session(day_of(ns))
        return hours.open if hours and ns < hours.open else next_session(day_of(ns)).open

    def next_close(self, ns: int) -> int:
        """The first close after an instant."""
        hours = session(day_of(ns))
        return hours.close if hours and ns < hours.close else next_session(day_of(ns)).close

    def close_after(self, ns: int, extended: bool) -> int:
        """When a day order sent at an instant expires."""
        hours = session(day_of(ns))
        if hours is None or ns >= (hours.post if extended else hours.close):
            hours = next_session(day_of(ns))
        return hours.post if extended else hours.close
