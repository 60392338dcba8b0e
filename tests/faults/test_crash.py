from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.plan import HealRule, Injection
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.simulation.fault_injector import FaultInjector
from pytest_fpharness.targets.contract import RestartPolicy
from tests.simulation.test_supervisor import CYCLE, Bench, process
from tests.support.judge_bench import Story

POLICY = RestartPolicy("on-failure", delay=5 * SECOND, start_limit=3, interval=MINUTE)
DECLARED = HealRule("declared", within=2 * MINUTE, restart="feeder")


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    bench.start(process(lambda: bench.tell("cycle"), restart=POLICY, unit="bot.service"))
    yield bench
    bench.supervisor.unpatch()


def hold(bench: Bench, fault: str, **params: Any) -> FaultInjector:
    holder = FaultInjector(
        bench.world, [Injection(fault, {"process": "bot", **params})], keep=False
    )
    holder.inject()
    return holder


def ends(bench: Bench) -> list[tuple[float, int]]:
    return [(at, facts["code"]) for at, facts in bench.facts("process.exit")]


def test_a_process_that_is_killed_comes_back_by_its_policy(made: Bench) -> None:
    made.run(1)
    made.world.processes.end(made.entry(), signal.SIGKILL)
    made.run(10)
    assert [at for at, _ in made.facts("process.start")] == [0, 6]


@pytest.mark.parametrize("how", ["stop", "restart"])
def test_what_was_asked_for_is_no_failure(made: Bench, how: str) -> None:
    made.run(1)
    getattr(made.world.processes, f"{how}_unit")("bot.service")
    made.run(30)
    assert "supervisor" not in {entry.by for entry in made.world.processes.entries}


def test_a_zombie_is_not_restarted(made: Bench) -> None:
    made.run(1)
    hold(made, "process.zombie")
    made.run(30)
    assert len(made.facts("process.start")) == 1


@pytest.mark.parametrize("code", [1, 3])
def test_a_crash_ends_the_next_task_and_is_over_with_the_restart(made: Bench, code: int) -> None:
    made.run(1)
    hold(made, "process.crash", code=code)
    made.run(2 * CYCLE / SECOND + 6)
    assert ends(made) == [(60, code)]
    assert [(at, facts["by"]) for at, facts in made.facts("fault.clear")] == [(65, "supervisor")]
    assert made.told == [(0, "cycle"), (65, "cycle"), (125, "cycle")]


def test_an_exit_without_a_failure_stays(made: Bench) -> None:
    made.run(1)
    hold(made, "process.crash", code=0)
    made.run(100)
    assert ends(made) == [(60, 0)]
    assert not made.world.processes.alive("bot")


def test_a_crash_of_every_start_reaches_the_limit(made: Bench) -> None:
    made.run(1)
    hold(made, "process.crash", every_start=True)
    made.run(200)
    assert [at for at, _ in ends(made)] == [60, 65, 70, 75]
    assert made.facts("fault.clear") == []


def test_a_start_before_the_crash_does_not_end_it(made: Bench) -> None:
    made.run(1)
    hold(made, "process.crash")
    made.world.processes.restart_unit("bot.service")
    made.run(2)
    assert made.facts("fault.clear") == []


def test_undone_it_crashes_no_more(made: Bench) -> None:
    made.run(1)
    hold(made, "process.crash").undo()
    made.run(100)
    assert ends(made) == []


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        ("supervisor", ""),
        ("monitor", ""),
        ("operator", "cleared by operator, not by the declared restart policy"),
        ("", "cleared by the world, not by the declared restart policy"),
    ],
)
def test_who_may_heal_what_is_declared(by: str, reason: str) -> None:
    clause = Story().change("fault.clear", by=by).judge(heal=DECLARED)["heal.declared"]
    assert (clause.verdict, clause.reason) == (Verdict.FAIL if reason else Verdict.PASS, reason)


def test_what_gives_up_must_have_been_exhausted() -> None:
    rule = HealRule("declared", restart="feeder", gives_up=True)
    story = Story()
    said = "the declared restart policy was never exhausted"
    assert story.judge(heal=rule)["heal.exhausted"].reason == said
    story.add(160, "process.start_limit", process="feeder")
    assert story.judge(heal=rule)["heal.exhausted"].verdict is Verdict.PASS
