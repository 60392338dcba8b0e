"""The clock port: virtual time for everything that reads a clock or sleeps.

Virtual time is integer nanoseconds since the start of the run (S1). ``freezegun`` carries it to every
``datetime`` and ``time`` name; sleeping advances it.
"""

from __future__ import annotations

import calendar
import datetime
import time
from collections.abc import Callable
from typing import Any
from typing import Final

import freezegun
import freezegun.api

from pytest_fpharness.model.duration import MILLISECOND
from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.patching import Patcher

#: Modules that must see the real clock when pytest's own process is frozen: their times are pytest's.
PYTEST_CLOCKS: Final = ("_pytest.timing", "_pytest.runner.", "_pytest.terminal.", "xdist", "execnet")
#: Clock reads without a yield after which each further read takes a millisecond (S7).
READS_BEFORE_YIELD: Final = 1000

_EPOCH: Final = datetime.datetime(1970, 1, 1)
# A container, for freezegun replaces module-level names.
_REAL: Final = {"sleep": time.sleep, "monotonic": time.monotonic}


def real_monotonic() -> float:
    """Seconds of the machine's monotonic clock, whatever is frozen."""
    return _REAL["monotonic"]()


class _Factory(freezegun.api.FrozenDateTimeFactory):  # type: ignore[misc]
    """What freezegun asks for the time: our clock, at each read."""

    clock: Clock

    def __call__(self) -> datetime.datetime:
        return self.clock.read()


class Clock:
    """Virtual time; ``yielder`` is what a sleep does (a scheduler's yield, or a plain advance)."""

    def __init__(self, start: int) -> None:
        self.start = start  # epoch ns at the start of the run
        self.now = 0  # ns since the start; never goes back
        self.offset = 0  # ns added to wall readings by a wall-clock fault
        self.yielder: Callable[[int], None] = self.advance
        self.reads = 0
        self._freeze: Any = None
        self._patcher = Patcher()

    # -- reading ------------------------------------------------------------------------------

    def wall_ns(self) -> int:
        """Nanoseconds since the epoch, as the bot sees them."""
        return self.start + self.now + self.offset

    def wall_ns_true(self) -> int:
        """Nanoseconds since the epoch, without a wall-clock fault: the time of every host."""
        return self.start + self.now

    def wall(self) -> float:
        """Seconds since the epoch, as the bot sees them."""
        return self.wall_ns() / SECOND

    def true_wall(self) -> float:
        """Seconds since the epoch, without a wall-clock fault."""
        return (self.start + self.now) / SECOND

    def read(self) -> datetime.datetime:
        """The wall time, for freezegun; too many reads in a row take time themselves (S7)."""
        self._count()
        return _EPOCH + datetime.timedelta(microseconds=self.wall_ns() // 1000)

    def monotonic_ns(self) -> int:
        """Nanoseconds of the virtual monotonic clock: no offset."""
        self._count()
        return self.start + self.now

    def _count(self) -> None:
        self.reads += 1
        if self.reads > READS_BEFORE_YIELD:
            self.yielder(MILLISECOND)

    # -- moving -------------------------------------------------------------------------------

    def advance(self, ns: int) -> None:
        """Move virtual time on."""
        self.move_to(self.now + ns)

    def move_to(self, now: int) -> None:
        """Move virtual time to ``now``; raises ValueError for a time that is past."""
        if now < self.now:
            raise ValueError(f"virtual time never goes back: {now} < {self.now}")
        self.now = now
        self.reads = 0

    def sleep(self, seconds: float) -> None:
        """What ``time.sleep`` does in the world."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.yielder(round(seconds * SECOND))

    # -- patching -----------------------------------------------------------------------------

    def freeze(self, ignore: tuple[str, ...] = ()) -> None:
        """Put this clock behind every clock name of the process, until :meth:`thaw`."""
        api = freezegun.api
        self._patch_monotonic(api)
        freezegun.configure(default_ignore_list=["_pytest.timing", *ignore])  # type: ignore[no-untyped-call]
        self._freeze = freezegun.freeze_time(_EPOCH)
        factory = self._freeze.start()
        factory.__class__ = _Factory
        factory.clock = self
        self._patcher.replace(time, "sleep", self.sleep)
        self._patcher.replace_names(_REAL["sleep"], self.sleep, skip="pytest_fpharness.world")

    def _patch_monotonic(self, api: Any) -> None:
        """freezegun derives monotonic from wall time; a wall step must not reach it (S1)."""
        seconds: Callable[[], float] = lambda: self.monotonic_ns() / SECOND  # noqa: E731
        for name in ("fake_monotonic", "fake_perf_counter"):
            self._patcher.replace(api, name, seconds)
        for name in ("fake_monotonic_ns", "fake_perf_counter_ns"):
            self._patcher.replace(api, name, self.monotonic_ns)

    def adopt(self, other: Clock) -> None:
        """Stand behind the freeze that ``other`` holds: a nested freeze for a new run."""
        freezegun.api.freeze_factories[-1].clock = self
        self._freeze = None
        time.sleep = self.sleep
        for owner, name, _ in other._patcher._undo:
            if getattr(owner, name, None) == other.sleep:
                setattr(owner, name, self.sleep)

    def thaw(self) -> None:
        """Give every clock name back."""
        if self._freeze is not None:
            self._freeze.stop()
            self._freeze = None
        self._patcher.undo()


def epoch_ns(text: str) -> int:
    """Epoch ns of ``2026-01-06 10:00[:00] [Zone/Name]`` (UTC without a zone); raises ValueError."""
    import zoneinfo

    parts = text.split()
    zone = zoneinfo.ZoneInfo(parts[2]) if len(parts) > 2 else datetime.timezone.utc
    moment = datetime.datetime.fromisoformat(" ".join(parts[:2])).replace(tzinfo=zone)
    return calendar.timegm(moment.utctimetuple()) * SECOND
