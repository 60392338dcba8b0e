from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.plan import Injection
from pytest_fpharness.simulation.fault_injector import FaultInjector
from pytest_fpharness.targets.contract import RestartPolicy
from tests.support.process_bench import CYCLE, ProcessBench, process

POLICY = RestartPolicy("on-failure", delay=5 * SECOND, start_limit=3, interval=MINUTE)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[ProcessBench]:
    bench = ProcessBench(tmp_path)
    bench.start(process(lambda: bench.record("cycle"), restart=POLICY, unit="bot.service"))
    yield bench
    bench.supervisor.unpatch()


def inject(bench: ProcessBench, fault: str, **params: Any) -> FaultInjector:
    injector = FaultInjector(
        bench.world, [Injection(fault, {"process": "bot", **params})], keep=False
    )
    injector.inject()
    return injector


def ends(bench: ProcessBench) -> list[tuple[float, int]]:
    return [(at, facts["code"]) for at, facts in bench.facts("process.exit")]


def test_a_killed_process_restarts_by_its_policy(made: ProcessBench) -> None:
    made.run(1)
    made.world.processes.end(made.entry(), signal.SIGKILL)
    made.run(10)
    assert [at for at, _ in made.facts("process.start")] == [0, 6]


@pytest.mark.parametrize("how", ["stop", "restart"])
def test_a_requested_stop_is_not_a_failure(made: ProcessBench, how: str) -> None:
    made.run(1)
    getattr(made.world.processes, f"{how}_unit")("bot.service")
    made.run(30)
    assert "supervisor" not in {entry.by for entry in made.world.processes.entries}


def test_a_zombie_is_not_restarted(made: ProcessBench) -> None:
    made.run(1)
    inject(made, "process.zombie")
    made.run(30)
    assert len(made.facts("process.start")) == 1


@pytest.mark.parametrize("code", [1, 3])
def test_a_crash_ends_the_next_task_and_clears_with_the_restart(
    made: ProcessBench, code: int
) -> None:
    made.run(1)
    inject(made, "process.crash", code=code)
    made.run(2 * CYCLE / SECOND + 6)
    assert ends(made) == [(60, code)]
    assert [(at, facts["by"]) for at, facts in made.facts("fault.clear")] == [(65, "supervisor")]
    assert made.calls == [(0, "cycle"), (65, "cycle"), (125, "cycle")]


def test_an_exit_with_code_0_is_not_restarted(made: ProcessBench) -> None:
    made.run(1)
    inject(made, "process.crash", code=0)
    made.run(100)
    assert ends(made) == [(60, 0)]
    assert not made.world.processes.alive("bot")


def test_a_crash_at_every_start_reaches_the_start_limit(made: ProcessBench) -> None:
    made.run(1)
    inject(made, "process.crash", every_start=True)
    made.run(200)
    assert [at for at, _ in ends(made)] == [60, 65, 70, 75]
    assert made.facts("fault.clear") == []


def test_a_start_before_the_crash_does_not_end_it(made: ProcessBench) -> None:
    made.run(1)
    inject(made, "process.crash")
    made.world.processes.restart_unit("bot.service")
    made.run(2)
    assert made.facts("fault.clear") == []


def test_an_undone_crash_does_not_end_the_process(made: ProcessBench) -> None:
    made.run(1)
    inject(made, "process.crash").undo()
    made.run(100)
    assert ends(made) == []
