from __future__ import annotations

import datetime as dt
import gc
import threading
import time
from collections.abc import Iterator

import freezegun
import freezegun.api
import freezegun.config
import pytest

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.time.clock import (
    READS_BEFORE_YIELD,
    Clock,
    current_clock,
    epoch_ns,
    real_monotonic,
)

START = epoch_ns("2026-01-06 10:00 America/New_York")


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock(START)
    gc.disable()  # hypothesis looks at the clock whenever rubbish is collected, and looks are counted
    clock.freeze()
    yield clock
    clock.thaw()
    gc.enable()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-06 10:00 America/New_York", 1_767_711_600),
        ("2026-01-06 15:00:01", 1_767_711_601),
        ("2026-03-08 09:30 America/New_York", 1_772_976_600),  # an hour after the clocks changed
    ],
)
def test_epoch_of_a_text(text: str, seconds: int) -> None:
    assert epoch_ns(text) == seconds * SECOND


def test_every_way_to_read_it(clock: Clock) -> None:
    clock.advance(90 * SECOND)
    assert time.time() == START / SECOND + 90
    assert time.time_ns() == START + 90 * SECOND
    assert dt.datetime.now(dt.timezone.utc).isoformat() == "2026-01-06T15:01:30+00:00"
    assert time.monotonic_ns() == time.perf_counter_ns() == START + 90 * SECOND


def test_sleeping_advances(clock: Clock) -> None:
    before = real_monotonic()
    time.sleep(3600)
    assert clock.now == 3600 * SECOND
    assert real_monotonic() - before < 60


def test_a_negative_sleep_is_an_error(clock: Clock) -> None:
    with pytest.raises(ValueError, match="non-negative"):
        time.sleep(-1)


def test_virtual_time_never_goes_back(clock: Clock) -> None:
    clock.advance(5)
    with pytest.raises(ValueError, match="never goes back"):
        clock.move_to(4)


def test_an_offset_reaches_the_wall_only(clock: Clock) -> None:
    monotonic = time.monotonic()
    clock.offset = -60 * SECOND
    assert time.time() == START / SECOND - 60
    assert time.monotonic() == monotonic
    assert clock.true_wall() == START / SECOND


@pytest.mark.parametrize("read", ["time", "time_ns", "monotonic", "perf_counter"])
def test_each_read_too_many_takes_a_millisecond(clock: Clock, read: str) -> None:
    for _ in range(READS_BEFORE_YIELD):
        getattr(time, read)()
    assert clock.now == 0
    for _ in range(50):
        getattr(time, read)()
    assert clock.now == 50_000_000


def test_another_thread_may_look_at_the_clock_as_often_as_it_likes(clock: Clock) -> None:
    def look() -> None:
        for _ in range(READS_BEFORE_YIELD + 50):
            time.monotonic()

    helper = threading.Thread(target=look)
    helper.start()
    helper.join()
    assert clock.now == 0


def test_a_sleep_starts_the_count_anew(clock: Clock) -> None:
    for _ in range(READS_BEFORE_YIELD + 1):
        time.time()
    time.sleep(1)
    before = clock.now
    for _ in range(READS_BEFORE_YIELD):
        time.time()
    assert clock.now == before


def test_nested_clocks_take_turns(clock: Clock) -> None:
    inner = Clock(epoch_ns("2030-01-01 00:00"))
    inner.freeze()
    time.sleep(60)
    assert (inner.now, clock.now) == (60 * SECOND, 0)
    assert time.monotonic() == inner.wall()
    inner.thaw()
    time.sleep(30)
    assert (inner.now, clock.now) == (60 * SECOND, 30 * SECOND)


def test_another_clock_can_stand_in(clock: Clock) -> None:
    other = Clock(epoch_ns("2030-01-01 00:00"))
    other.adopt(clock)
    time.sleep(60)
    assert time.time() == time.monotonic() == epoch_ns("2030-01-01 00:01") / SECOND
    assert current_clock() is other


def test_thawing_gives_everything_back() -> None:
    ignored = list(freezegun.config.settings.default_ignore_list)
    before = {name: getattr(time, name) for name in ("time", "monotonic", "perf_counter", "sleep")}
    clock = Clock(START)
    clock.freeze()
    assert all(getattr(time, name) is not value for name, value in before.items())
    clock.thaw()
    assert all(getattr(time, name) is value for name, value in before.items())
    assert freezegun.config.settings.default_ignore_list == ignored
    assert current_clock() is None


def test_a_freeze_of_the_users_own_goes_on_top(clock: Clock) -> None:
    with freezegun.freeze_time("2031-05-05"):
        assert dt.date.today() == dt.date(2031, 5, 5)
    assert dt.date.today() == dt.date(2026, 1, 6)
