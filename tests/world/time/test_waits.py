from __future__ import annotations

import selectors
import threading

import pytest

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.time.clock import FOREVER
from tests.support.world_bench import acting, make_world


def test_a_timed_wait_moves_the_clock() -> None:
    world = make_world()
    with acting(world, world.waits):
        assert not threading.Event().wait(5)
    assert world.clock.now == 5 * SECOND


def test_a_wait_that_is_over_takes_no_time() -> None:
    world = make_world()
    event = threading.Event()
    event.set()
    with acting(world, world.waits):
        assert event.wait(5)
    assert world.clock.now == 0


def test_who_is_notified_while_time_passes_knows_it() -> None:
    world = make_world()
    condition = threading.Condition()

    def somebody_else(ns: int) -> None:
        with condition:
            condition.notify()

    world.clock.yielder = somebody_else
    with acting(world, world.waits), condition:
        assert condition.wait(5)


def test_a_wait_that_nothing_can_end_lasts_forever() -> None:
    world = make_world()
    with acting(world, world.waits):
        threading.Event().wait()
    assert world.clock.now == FOREVER


def test_a_wait_for_another_thread_ends_with_its_word() -> None:
    world = make_world()
    event, go = threading.Event(), threading.Lock()
    go.acquire()

    def say() -> None:
        go.acquire()
        event.set()

    other = threading.Thread(target=say)
    other.start()
    with acting(world, world.waits):
        go.release()
        assert event.wait()
    other.join()
    assert world.clock.now == 0


def test_the_harness_waits_in_real_time() -> None:
    world = make_world()
    with acting(world, world.waits, actor=""):
        assert not threading.Event().wait(0.001)
    assert world.clock.now == 0


def test_a_condition_must_be_held() -> None:
    world = make_world()
    with acting(world, world.waits), pytest.raises(RuntimeError, match="un-acquired"):
        threading.Condition().wait(1)


def test_an_event_loop_with_nothing_to_do_moves_the_clock() -> None:
    world = make_world()
    with acting(world, world.waits), selectors.DefaultSelector() as selector:
        assert selector.select(3) == []
    assert world.clock.now == 3 * SECOND
