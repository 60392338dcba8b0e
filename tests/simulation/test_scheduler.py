from __future__ import annotations

import pytest

from pytest_fpharness.simulation.scheduler import (
    SAMPLING,
    STRANDS,
    WORLD,
    Action,
    Scheduler,
    Strand,
)
from pytest_fpharness.world.time.clock import Clock


class Bench:
    """A scheduler, and a list of what happened when."""

    def __init__(self) -> None:
        self.scheduler = Scheduler(Clock(0))
        self.calls: list[tuple[int, str]] = []

    def record(self, what: str) -> None:
        self.calls.append((self.scheduler.clock.now, what))

    def strand(self, name: str, *naps: int, order: int = 0, **frame: Action) -> Strand:
        """A strand that starts now, sleeps so many times and says when it woke."""

        def body() -> None:
            for nap in naps:
                self.record(f"{name} sleeps")
                self.scheduler.sleep(nap)
            self.record(f"{name} is done")

        strand = Strand(self.scheduler, body, order, **frame)
        self.scheduler.call_after(0, strand.wake, STRANDS, order)
        return strand


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_while_one_sleeps_the_others_run(bench: Bench) -> None:
    bench.strand("bot", 40)
    bench.strand("monitor", 30, 30, order=1)
    bench.scheduler.run(100)
    assert bench.calls == [
        (0, "bot sleeps"), (0, "monitor sleeps"), (30, "monitor sleeps"), (40, "bot is done"),
        (60, "monitor is done"),
    ]  # fmt: skip
    assert bench.scheduler.clock.now == 100


def test_at_one_instant_the_world_comes_first_then_strands_then_sampling(bench: Bench) -> None:
    call = bench.scheduler.call_at
    call(5, lambda: bench.record("sampling"), SAMPLING)
    call(5, lambda: bench.record("second strand"), STRANDS, 1)
    call(5, lambda: bench.record("first strand"), STRANDS, 0)
    call(5, lambda: bench.record("first strand again"), STRANDS, 0)
    call(5, lambda: bench.record("world"), WORLD)
    bench.scheduler.run(5)
    assert [what for _, what in bench.calls] == [
        "world", "first strand", "first strand again", "second strand", "sampling",
    ]  # fmt: skip


def test_a_call_for_the_past_runs_now(bench: Bench) -> None:
    bench.scheduler.run(50)
    bench.scheduler.call_at(10, lambda: bench.record("late"))
    bench.scheduler.run(60)
    assert bench.calls == [(50, "late")]


def test_the_stop_condition_leaves_the_clock_where_it_is(bench: Bench) -> None:
    bench.scheduler.call_at(10, lambda: bench.record("one"))
    bench.scheduler.call_at(20, lambda: bench.record("two"))
    bench.scheduler.run(100, lambda: bool(bench.calls))
    assert (bench.calls, bench.scheduler.clock.now) == ([(10, "one")], 10)


def test_events_up_to_and_including_the_end_run(bench: Bench) -> None:
    bench.scheduler.call_at(10, lambda: bench.record("at the end"))
    bench.scheduler.call_at(11, lambda: bench.record("after"))
    bench.scheduler.run(10)
    assert bench.calls == [(10, "at the end")]


def test_sleeping_outside_a_strand_takes_no_time(bench: Bench) -> None:
    bench.scheduler.sleep(1000)
    assert bench.scheduler.clock.now == 0


def test_a_dead_strand_is_never_resumed_and_runs_no_finally(bench: Bench) -> None:
    def body() -> None:
        try:
            bench.scheduler.sleep(10)
            bench.record("resumed")
        finally:
            bench.record("finally")

    strand = Strand(bench.scheduler, body, 0)
    strand.wake()
    strand.dead = True
    bench.scheduler.run(100)
    assert bench.calls == []
    assert not strand.finished


def test_wake_ups_of_a_parked_strand_come_after_it_is_unparked(bench: Bench) -> None:
    strand = bench.strand("bot", 10)
    bench.scheduler.run(5)
    strand.parked = True
    bench.scheduler.run(50)
    assert bench.calls == [(0, "bot sleeps")]
    strand.unpark()
    bench.scheduler.run(60)
    assert bench.calls[1:] == [(50, "bot is done")]


def test_a_strand_parked_in_its_sleep_still_sleeps_to_the_end(bench: Bench) -> None:
    strand = bench.strand("bot", 40)
    bench.scheduler.run(5)
    strand.parked = True
    bench.scheduler.run(20)
    strand.unpark()
    bench.scheduler.run(60)
    assert bench.calls[1:] == [(40, "bot is done")]


def test_a_strand_enters_and_leaves_around_each_stretch_that_it_runs(bench: Bench) -> None:
    scheduler = bench.scheduler
    bench.strand("bot", 10, enter=lambda: bench.record("in"), leave=lambda: bench.record("out"))
    scheduler.run(20)
    assert [what for _, what in bench.calls] == [
        "in",
        "bot sleeps",
        "out",
        "in",
        "bot is done",
        "out",
    ]
    assert scheduler.current is None
