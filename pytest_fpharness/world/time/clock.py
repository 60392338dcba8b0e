"""The clock port: virtual time for everything that reads a clock or sleeps.

Virtual time is integer nanoseconds since the start of the run (S1). ``freezegun`` carries it to every
``datetime`` and ``time`` name; sleeping advances it.
"""

from __future__ import annotations

import calendar
import datetime as dt
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import freezegun
import freezegun.api
import freezegun.config

from pytest_fpharness.model.duration import MILLISECOND, SECOND
from pytest_fpharness.world.patching import Patcher

#: Modules that see the real clock while pytest's own process is frozen, for pytest's own times.
PYTEST_CLOCKS: Final = (
    "_pytest.timing",
    "_pytest.runner.",
    "_pytest.terminal.",
    "xdist",
    "execnet",
)
#: Clock reads without a yield after which each further read takes a millisecond (S7).
READS_BEFORE_YIELD: Final = 1000
#: How long a wait without a timeout lasts, ns.
FOREVER: Final = 10_000 * 3600 * SECOND

_EPOCH: Final = dt.datetime(1970, 1, 1)
# A container, for freezegun replaces module-level names. freezegun's own names are real even when
# this module is imported while something is frozen.
_REAL: Final[dict[str, Any]] = {
    "sleep": time.sleep,
    "monotonic": freezegun.api.real_monotonic,
    "perf_counter": freezegun.api.real_perf_counter,
    "time": freezegun.api.real_time,
}


def real_monotonic() -> float:
    """Seconds of the machine's monotonic clock, even while time is frozen."""
    return float(_REAL["monotonic"]())


def real_sleep(seconds: float) -> None:
    """Sleep on the machine's clock, even while time is frozen."""
    _REAL["sleep"](seconds)


class _Factory(freezegun.api.FrozenDateTimeFactory):
    """Lets freezegun read a ``Clock`` each time."""

    clock: Clock

    def __call__(self) -> dt.datetime:
        return self.clock.read()


def current_clock() -> Clock | None:
    """The clock of the innermost freeze by a ``Clock``, or None."""
    for factory in reversed(freezegun.api.freeze_factories):
        if isinstance(factory, _Factory):
            return factory.clock
    return None


# These replace the clock functions while anything is frozen, and look up the clock at each call. So a
# nested freeze need not patch every module again, and a name that a module bound in the meantime
# (``from time import sleep``) works when nothing is frozen any more.


def _sleep(seconds: float) -> None:
    clock = current_clock()
    if clock is None:
        real_sleep(seconds)
    else:
        clock.sleep(seconds)


def _time() -> float:
    clock = current_clock()
    if clock is None or freezegun.api._should_use_real_time():
        return float(_REAL["time"]())
    return clock.time()


def _monotonic() -> float:
    clock = current_clock()
    return real_monotonic() if clock is None else clock.monotonic_ns() / SECOND


def _monotonic_ns() -> int:
    clock = current_clock()
    return round(real_monotonic() * SECOND) if clock is None else clock.monotonic_ns()


def _perf_counter() -> float:
    return _monotonic()


def _perf_counter_ns() -> int:
    return _monotonic_ns()


class Clock:
    """Virtual time; a sleep calls ``yielder`` (a scheduler's yield, or a plain advance)."""

    def __init__(self, start: int) -> None:
        self.start = start  # epoch ns at the start of the run
        self.now = 0  # ns since the start; never goes back
        self.offset = 0  # ns added to wall readings by a wall-clock fault
        self.yielder: Callable[[int], None] = self.advance
        self.reads = 0
        self._thread = threading.get_ident()  # whose reads count
        self._freeze: Any = None
        self._patcher = Patcher()

    # -- reading ------------------------------------------------------------------------------

    def wall_ns(self) -> int:
        """Nanoseconds since the epoch, as the bot sees them."""
        return self.start + self.now + self.offset

    def wall_ns_true(self) -> int:
        """Nanoseconds since the epoch, without a wall-clock fault, as all hosts see them."""
        return self.start + self.now

    def wall(self) -> float:
        """Seconds since the epoch, as the bot sees them."""
        return self.wall_ns() / SECOND

    def true_wall(self) -> float:
        """Seconds since the epoch, without a wall-clock fault."""
        return (self.start + self.now) / SECOND

    def read(self) -> dt.datetime:
        """The wall time, for freezegun; too many reads in a row advance it (S7)."""
        self._count()
        return _EPOCH + dt.timedelta(microseconds=self.wall_ns() // 1000)

    def time(self) -> float:
        """``time.time``: as :meth:`read`, but without building a datetime."""
        self._count()
        seconds, rest = divmod(self.wall_ns(), SECOND)
        return seconds + rest // 1000 / 1e6

    def monotonic_ns(self) -> int:
        """Nanoseconds of the virtual monotonic clock, without the wall-clock offset."""
        self._count()
        return self.start + self.now

    def _count(self) -> None:
        if threading.get_ident() != self._thread:
            return  # pytest's own threads also read clocks
        self.reads += 1
        if self.reads > READS_BEFORE_YIELD:
            self.yielder(MILLISECOND)
            self.reads = READS_BEFORE_YIELD  # moving the clock reset it; only a sleep may

    # -- moving -------------------------------------------------------------------------------

    def advance(self, ns: int) -> None:
        """Advance virtual time by ``ns``."""
        self.move_to(self.now + ns)

    def move_to(self, now: int) -> None:
        """Move virtual time to ``now``; raises ValueError for an earlier time."""
        if now < self.now:
            raise ValueError(f"virtual time never goes back: {now} < {self.now}")
        self.now = now
        self.reads = 0

    def sleep(self, seconds: float) -> None:
        """``time.sleep`` in virtual time."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.yielder(round(seconds * SECOND))

    # -- patching -----------------------------------------------------------------------------

    def freeze(self, ignore: tuple[str, ...] = ("_pytest.timing",)) -> None:
        """Replace all clock functions of the process with this clock, until :meth:`thaw`.

        Modules whose names start with one of ``ignore`` keep the real clock. Without ``ignore``,
        reads are faster, since the caller is not checked. A nested freeze takes the place of the
        outer one.
        """
        self._thread = threading.get_ident()
        nested = current_clock() is not None
        settings = freezegun.config.settings
        before = settings.default_ignore_list
        settings.default_ignore_list = [*ignore]
        try:
            if not nested:
                self._patch_monotonic()
            self._freeze = freezegun.freeze_time(_EPOCH)
            factory = self._freeze.start()
        finally:
            settings.default_ignore_list = before
        factory.__class__ = _Factory
        factory.clock = self
        if not nested:
            self._patcher.replace(time, "sleep", _sleep)
            skip = ("pytest_fpharness.world", "_pytest.timing", *ignore)
            self._patcher.replace_names(_REAL["sleep"], _sleep, skip=skip)

    def _patch_monotonic(self) -> None:
        """Freezegun derives monotonic time from wall time; a wall-clock step must not change it (S1)."""
        for ours in (_time, _monotonic, _monotonic_ns, _perf_counter, _perf_counter_ns):
            self._patcher.replace(freezegun.api, f"fake{ours.__name__}", ours)

    def adopt(self, other: Clock) -> None:
        """Take the place of ``other`` in its freeze; ``other`` still thaws it."""
        for factory in freezegun.api.freeze_factories:
            if isinstance(factory, _Factory) and factory.clock is other:
                factory.clock = self
        self._freeze = None

    def thaw(self) -> None:
        if self._freeze is not None:
            self._freeze.stop()
            self._freeze = None
        self._patcher.undo()


def epoch_ns(text: str) -> int:
    """Epoch ns of ``2026-01-06 10:00[:00] [Zone/Name]`` (UTC without a zone); raises ValueError."""
    import zoneinfo

    parts = text.split()
    zone = zoneinfo.ZoneInfo(parts[2]) if len(parts) > 2 else dt.timezone.utc
    moment = dt.datetime.fromisoformat(" ".join(parts[:2])).replace(tzinfo=zone)
    return calendar.timegm(moment.utctimetuple()) * SECOND
