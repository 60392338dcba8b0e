from __future__ import annotations

import signal
from collections.abc import Callable, Mapping

import pytest

from pytest_fpharness.faults.base import MissingRole
from pytest_fpharness.targets.contract import Process, Task
from tests.support.process_bench import CYCLE, ProcessBench


def taking(bench: ProcessBench) -> Process:
    """A bot that is handed things."""
    tasks: Mapping[str, Callable[..., object]] = {"cycle": list, "inject": bench.record}
    return Process("bot", lambda: tasks, [Task("cycle", CYCLE)], unit="bot.service")


def test_a_call_waits_for_the_next_incarnation(bench: ProcessBench) -> None:
    bench.start(taking(bench))
    bench.run(5)
    bench.world.processes.end(bench.entry(), signal.SIGKILL)
    bench.supervisor.call("bot", "inject", "a signal")
    bench.run(30)
    bench.world.processes.restart_unit("bot.service")
    bench.run(300)
    assert [what for _, what in bench.calls] == ["a signal"]
    assert bench.facts("process.untaken") == []


def test_a_call_to_a_dead_process_is_given_up_after_two_cycles(bench: ProcessBench) -> None:
    bench.start(taking(bench))
    bench.run(5)
    bench.world.processes.end(bench.entry(), signal.SIGKILL)
    bench.supervisor.call("bot", "inject", "a signal")
    bench.run(3600)
    untaken = {"process": "bot", "task": "inject", "why": "dead"}
    assert bench.facts("process.untaken") == [(125, untaken)]


def test_a_call_to_an_unknown_process_raises_missing_role(bench: ProcessBench) -> None:
    bench.start(taking(bench))
    with pytest.raises(MissingRole, match="trader"):
        bench.supervisor.call("trader", "inject", "a signal")
