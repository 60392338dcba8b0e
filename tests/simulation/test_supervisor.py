from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

import pytest

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.targets.contract import Process, RestartPolicy, Task
from tests.support.process_bench import CYCLE, ProcessBench, Tasks, process


def test_tasks_are_periodic_from_the_start_with_their_offset(bench: ProcessBench) -> None:
    bench.start(process(lambda: bench.record("cycle"), tasks=[Task("cycle", CYCLE, 10 * SECOND)]))
    bench.run(200)
    assert bench.calls == [(10, "cycle"), (70, "cycle"), (130, "cycle"), (190, "cycle")]


def test_a_tick_of_a_busy_process_is_dropped_and_counted(bench: ProcessBench) -> None:
    def work() -> None:
        bench.record("begin")
        bench.sleep(90)

    bench.start(process(work))
    bench.run(200)
    assert bench.calls == [(0, "begin"), (120, "begin")]
    assert [at for at, _ in bench.facts("task.dropped")] == [60, 180]


def test_processes_take_turns_in_the_declared_order(bench: ProcessBench) -> None:
    bench.start(
        process(lambda: bench.record("second"), name="b"),
        process(lambda: bench.record("third"), name="a"),
    )
    bench.run(0)
    assert [what for _, what in bench.calls] == ["second", "third"]


def test_a_killed_process_never_runs_again_and_no_finally_runs(bench: ProcessBench) -> None:
    def work() -> None:
        try:
            bench.sleep(10)
            bench.record("resumed")
        finally:
            bench.record("finally")

    bench.start(process(work))
    bench.run(5)
    bench.world.processes.end(bench.entry(), signal.SIGKILL)
    bench.run(100)
    assert bench.calls == []
    assert [at for at, _ in bench.facts("task.withheld")] == [60]


def test_a_new_incarnation_has_a_new_pid_and_new_state(bench: ProcessBench) -> None:
    def start() -> Tasks:
        seen: list[int] = []

        def cycle() -> None:
            seen.append(1)
            bench.record(f"cycle {len(seen)}")

        return {"cycle": cycle}

    bench.start(Process("bot", start, [Task("cycle", CYCLE)], unit="bot.service"))
    bench.run(70)
    before = bench.entry().pid
    assert bench.world.processes.restart_unit("bot.service")
    bench.run(80)
    assert bench.calls == [(0, "cycle 1"), (60, "cycle 2"), (70, "cycle 1")]
    assert bench.entry().pid > before


def test_a_restart_keeps_only_the_new_incarnation_s_ticks(bench: ProcessBench) -> None:
    bench.start(process(lambda: bench.record("cycle"), unit="bot.service"))
    bench.run(10)
    bench.world.processes.restart_unit("bot.service")
    bench.run(140)
    assert [at for at, _ in bench.calls] == [0, 10, 70, 130]


def test_sigterm_runs_the_handler_and_sigkill_does_not(bench: ProcessBench) -> None:
    def work() -> None:
        signal.signal(signal.SIGTERM, lambda signum, frame: bench.record(f"signal {signum}"))

    bench.start(process(work))
    bench.run(1)
    bench.world.processes.end(bench.entry(), signal.SIGTERM)
    assert bench.calls == [(1, "signal 15")]
    bench.world.processes.spawn("bot")
    bench.run(2)
    bench.world.processes.end(bench.entry(), signal.SIGKILL)
    assert bench.calls == [(1, "signal 15")]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL  # the real process is untouched


@pytest.mark.parametrize("error", [SystemExit(0), ValueError("while leaving")])
def test_an_exception_in_a_signal_handler_does_not_reach_the_sender(
    bench: ProcessBench, error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    def handler(signum: int, frame: object) -> None:
        raise error

    def restart() -> None:
        bench.world.processes.stop_unit("bot.service")
        bench.record("stopped")

    worker = process(lambda: signal.signal(signal.SIGTERM, handler), unit="bot.service")
    bench.start(worker, process(restart, name="monitor"))
    bench.run(1)
    assert bench.calls == [(0, "stopped")]
    assert ("while leaving" in capsys.readouterr().err) is isinstance(error, ValueError)


def test_a_hung_process_is_alive_and_its_ticks_are_withheld(bench: ProcessBench) -> None:
    def work() -> None:
        bench.record("begin")
        bench.sleep(10)
        bench.record("end")

    bench.start(process(work))
    bench.run(5)
    bench.world.processes.host.park(bench.entry())
    bench.run(70)
    assert bench.world.processes.alive("bot")
    assert bench.calls == [(0, "begin")]
    assert [at for at, _ in bench.facts("task.withheld")] == [60]
    bench.world.processes.host.resume(bench.entry())
    bench.run(130)
    assert bench.calls[1:] == [(70, "end"), (120, "begin"), (130, "end")]


def crash() -> None:
    raise ValueError("no")


def leave() -> None:
    sys.exit(3)


def leave_hard() -> None:
    os._exit(3)


def finish() -> None:
    sys.exit()


@pytest.mark.parametrize("work", [crash, leave, leave_hard])
def test_a_failed_process_comes_back_until_the_start_limit(
    bench: ProcessBench, work: Callable[[], object]
) -> None:
    policy = RestartPolicy("on-failure", delay=5 * SECOND, start_limit=3, interval=MINUTE)
    bench.start(process(work, restart=policy))
    bench.run(100)
    starts = list(bench.world.timeline.of("process.start"))
    assert [(e.at / SECOND, e.actor) for e in starts] == [
        (0, ""),
        (5, "supervisor"),
        (10, "supervisor"),
    ]
    assert [at for at, _ in bench.facts("process.start_limit")] == [10]
    assert not bench.world.processes.alive("bot")


@pytest.mark.parametrize(
    ("when", "work", "starts"),
    [("no", crash, 1), ("on-failure", finish, 1), ("always", finish, 2), ("on-failure", crash, 2)],
)
def test_a_restart_policy_decides_by_the_exit_code(
    bench: ProcessBench, when: str, work: Callable[[], object], starts: int
) -> None:
    bench.start(process(work, restart=RestartPolicy(when, delay=5 * SECOND)))
    bench.run(9)
    assert len(bench.facts("process.start")) == starts


def test_a_process_that_was_started_meanwhile_is_not_started_twice(bench: ProcessBench) -> None:
    left: list[int] = []

    def once() -> None:
        if not left:
            left.append(1)
            sys.exit(1)

    policy = RestartPolicy("always", delay=10 * SECOND)
    bench.start(process(once, restart=policy, unit="bot.service"))
    bench.run(3)
    bench.world.processes.start_unit("bot.service")
    bench.run(30)
    assert [at for at, _ in bench.facts("process.start")] == [0, 3]


def test_a_crash_is_recorded_and_printed_with_its_error(
    bench: ProcessBench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.start(process(crash))
    bench.run(1)
    assert bench.facts("process.crash") == [(0, {"process": "bot", "error": "ValueError: no"})]
    assert bench.facts("process.exit")[0][1]["code"] == 1
    assert "bot crashed" in capsys.readouterr().err


def test_handlers_run_before_and_after_a_pass_of_the_monitor(bench: ProcessBench) -> None:
    def work() -> None:
        bench.record("pass")
        bench.sleep(2)

    bench.start(
        process(work, name="monitor", monitor=True),
        process(list),
        before_pass=lambda name: bench.record(f"{name} begins"),
        after_pass=lambda name: bench.record(f"{name} is sampled"),
    )
    bench.run(30)
    assert bench.calls == [(0, "monitor begins"), (0, "pass"), (2, "monitor is sampled")]
