"""``fp_clock``: the time of the test."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable

from pytest_fpharness.desk.inline import Inline
from pytest_fpharness.desk.words import Length, duration, length
from pytest_fpharness.model.duration import SECOND, format_duration
from pytest_fpharness.world.clock import epoch_ns


class ClockDesk:
    """Virtual time: it stands still but for sleeping, HTTP calls and what the test says."""

    def __init__(self, inline: Inline) -> None:
        self._clock = inline.clock

    def advance(self, by: Length) -> None:
        """Let time pass: ``"5m"``, ``"1h30m"``, a number of seconds, a timedelta.

        Whatever falls due meanwhile (a fill, a delayed action) happens at its time.
        """
        ns = duration(by)
        if ns < 0:
            raise ValueError(f"time never goes back; to set the wall clock: fp_clock.step({by!r})")
        self._clock.advance(ns)

    def move_to(self, when: str | dt.datetime) -> None:
        """Let time pass until ``"2026-03-08 09:30 America/New_York"`` (UTC without a zone).

        An earlier time is possible only while nothing has happened yet; raises ValueError later.
        """
        at = _instant(when) - self._clock.offset
        ns = at - self._clock.start - self._clock.now
        if ns >= 0:
            self._clock.advance(ns)
        elif self._clock.now == 0:
            self._clock.start = at
        else:
            back = format_duration(ns)
            raise ValueError(
                f"{when} is {back[1:]} ago, and time never goes back; "
                f"to set the wall clock: fp_clock.step({back!r})"
            )

    def step(self, by: Length) -> None:
        """Set the wall clock forth or back (``"-1h"``); monotonic time and the hosts' go on."""
        self._clock.offset += duration(by)

    def after(self, delay: Length, action: Callable[[], object]) -> None:
        """Do something when so much time has passed."""

        def act() -> None:
            action()

        self._clock.after(length(delay), act)

    def real(self) -> contextlib.AbstractContextManager[None]:
        """The machine's own clock within a ``with`` block, sleeping included."""
        return self._clock.real()

    @property
    def now(self) -> dt.datetime:
        """The wall time, as an aware datetime in UTC."""
        at = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
        return at + dt.timedelta(microseconds=self._clock.wall_ns() // 1000)

    @property
    def passed(self) -> float:
        """Seconds of virtual time since the test began."""
        return self._clock.now / SECOND


def _instant(when: str | dt.datetime) -> int:
    if isinstance(when, str):
        try:
            return epoch_ns(when)
        except (ValueError, KeyError, OSError) as error:  # an unknown zone is a KeyError
            raise ValueError(
                f"{when!r} is not an instant; write 2026-03-08 09:30 America/New_York ({error})"
            ) from None
    if when.tzinfo is None:
        raise ValueError(f"{when!r} has no time zone")
    # Not timestamp(): a float has no nanoseconds.
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
    return round((when - epoch) / dt.timedelta(microseconds=1)) * 1000
