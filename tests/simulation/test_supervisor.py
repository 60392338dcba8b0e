from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.faults.base import MissingRole
from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.events import Kind
from pytest_fpharness.model.layout import Layout
from pytest_fpharness.simulation.module_spaces import ModuleSpaces
from pytest_fpharness.simulation.scheduler import Scheduler
from pytest_fpharness.simulation.supervisor import Supervisor
from pytest_fpharness.targets.contract import Process, RestartPolicy, Task
from pytest_fpharness.world.processes.entry import Entry
from pytest_fpharness.world.time.clock import Clock
from pytest_fpharness.world.world import World, start_of

CYCLE = 60 * SECOND
Tasks = Mapping[str, Callable[[], object]]


class Bench:
    """A world with processes that tests describe, on virtual time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        clock = Clock(start_of({}))
        self.scheduler = Scheduler(clock)
        layout = Layout(units={"bot": "bot.service", "helper": "bot.service"})
        self.world = World(str(root), layout, clock=clock, after=self.scheduler.call_after)
        self.calls: list[tuple[float, str]] = []
        self.supervisor: Any = None

    def tell(self, what: str) -> None:
        self.calls.append((self.world.clock.now / SECOND, what))

    def sleep(self, seconds: float) -> None:
        self.world.clock.sleep(seconds)

    def start(self, *processes: Process, code: str = "", **handlers: Any) -> Supervisor:
        made = Supervisor(self.world, self.scheduler, processes, ModuleSpaces(code), **handlers)
        self.supervisor = made
        made.patch()
        made.start_all()
        return made

    def run(self, seconds: float) -> None:
        self.scheduler.run(round(seconds * SECOND))

    def entry(self, name: str = "bot") -> Entry:
        result = self.world.processes.current(name)
        assert result is not None
        return result

    def facts(self, kind: Kind) -> list[tuple[float, Any]]:
        return [(e.at / SECOND, dict(e.facts)) for e in self.world.timeline.of(kind)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    if made.supervisor is not None:
        made.supervisor.unpatch()


def process(work: Callable[[], object], **more: Any) -> Process:
    """A bot with one task a minute."""
    tasks: Sequence[Task] = more.pop("tasks", [Task("cycle", CYCLE)])
    return Process(more.pop("name", "bot"), lambda: {"cycle": work}, tasks, **more)


def test_tasks_are_periodic_from_the_start_with_their_offset(bench: Bench) -> None:
    bench.start(process(lambda: bench.tell("cycle"), tasks=[Task("cycle", CYCLE, 10 * SECOND)]))
    bench.run(200)
    assert bench.calls == [(10, "cycle"), (70, "cycle"), (130, "cycle"), (190, "cycle")]


def test_a_tick_of_a_busy_process_is_dropped_and_counted(bench: Bench) -> None:
    def work() -> None:
        bench.tell("begin")
        bench.sleep(90)

    bench.start(process(work))
    bench.run(200)
    assert bench.calls == [(0, "begin"), (120, "begin")]
    assert [at for at, _ in bench.facts("task.dropped")] == [60, 180]


def test_processes_take_turns_in_the_declared_order(bench: Bench) -> None:
    bench.start(
        process(lambda: bench.tell("second"), name="b"),
        process(lambda: bench.tell("third"), name="a"),
    )
    bench.run(0)
    assert [what for _, what in bench.calls] == ["second", "third"]


def test_a_killed_process_never_runs_again_and_no_finally_runs(bench: Bench) -> None:
    def work() -> None:
        try:
            bench.sleep(10)
            bench.tell("resumed")
        finally:
            bench.tell("finally")

    bench.start(process(work))
    bench.run(5)
    bench.world.processes.end(bench.entry(), signal.SIGKILL)
    bench.run(100)
    assert bench.calls == []
    assert [at for at, _ in bench.facts("task.withheld")] == [60]


def test_a_new_incarnation_has_a_new_pid_and_new_state(bench: Bench) -> None:
    def start() -> Tasks:
        seen: list[int] = []

        def cycle() -> None:
            seen.append(1)
            bench.tell(f"cycle {len(seen)}")

        return {"cycle": cycle}

    bench.start(Process("bot", start, [Task("cycle", CYCLE)], unit="bot.service"))
    bench.run(70)
    before = bench.entry().pid
    assert bench.world.processes.restart_unit("bot.service")
    bench.run(80)
    assert bench.calls == [(0, "cycle 1"), (60, "cycle 2"), (70, "cycle 1")]
    assert bench.entry().pid > before


def test_a_restart_keeps_only_the_new_incarnation_s_ticks(bench: Bench) -> None:
    bench.start(process(lambda: bench.tell("cycle"), unit="bot.service"))
    bench.run(10)
    bench.world.processes.restart_unit("bot.service")
    bench.run(140)
    assert [at for at, _ in bench.calls] == [0, 10, 70, 130]


def test_sigterm_runs_the_handler_and_sigkill_does_not(bench: Bench) -> None:
    def work() -> None:
        signal.signal(signal.SIGTERM, lambda signum, frame: bench.tell(f"signal {signum}"))

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
    bench: Bench, error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    def handler(signum: int, frame: object) -> None:
        raise error

    def restart() -> None:
        bench.world.processes.stop_unit("bot.service")
        bench.tell("stopped")

    worker = process(lambda: signal.signal(signal.SIGTERM, handler), unit="bot.service")
    bench.start(worker, process(restart, name="monitor"))
    bench.run(1)
    assert bench.calls == [(0, "stopped")]
    assert ("while leaving" in capsys.readouterr().err) is isinstance(error, ValueError)


def test_a_hung_process_is_alive_and_its_ticks_are_withheld(bench: Bench) -> None:
    def work() -> None:
        bench.tell("begin")
        bench.sleep(10)
        bench.tell("end")

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
    bench: Bench, work: Callable[[], object]
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
    bench: Bench, when: str, work: Callable[[], object], starts: int
) -> None:
    bench.start(process(work, restart=RestartPolicy(when, delay=5 * SECOND)))
    bench.run(9)
    assert len(bench.facts("process.start")) == starts


def test_a_process_that_was_started_meanwhile_is_not_started_twice(bench: Bench) -> None:
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
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.start(process(crash))
    bench.run(1)
    assert bench.facts("process.crash") == [(0, {"process": "bot", "error": "ValueError: no"})]
    assert bench.facts("process.exit")[0][1]["code"] == 1
    assert "bot crashed" in capsys.readouterr().err


def test_handlers_run_before_and_after_a_pass_of_the_monitor(bench: Bench) -> None:
    def work() -> None:
        bench.tell("pass")
        bench.sleep(2)

    bench.start(
        process(work, name="monitor", monitor=True),
        process(list),
        before_pass=lambda name: bench.tell(f"{name} begins"),
        after_pass=lambda name: bench.tell(f"{name} is sampled"),
    )
    bench.run(30)
    assert bench.calls == [(0, "monitor begins"), (0, "pass"), (2, "monitor is sampled")]


@pytest.fixture
def counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package of a bot with a counter in its module globals; the path of its code."""
    code = tmp_path / "code"
    package = code / "tinypackage_of_a_bot"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "state.py").write_text("count = 0\n")
    monkeypatch.syspath_prepend(str(code))
    return str(code)


def test_module_globals_are_fresh_per_start_and_apart_per_process(
    bench: Bench, counter: str
) -> None:
    def start(name: str) -> Callable[[], Tasks]:
        def cycle() -> None:
            from tinypackage_of_a_bot import state  # type: ignore[import-not-found]

            state.count += 1
            bench.sleep(1)  # another process runs meanwhile
            from tinypackage_of_a_bot import state as again

            bench.tell(f"{name} {state.count} {state is again}")

        return lambda: {"cycle": cycle}

    specs = [
        Process(name, start(name), [Task("cycle", CYCLE)], unit=f"{name}.service")
        for name in ("a", "b")
    ]
    bench.start(*specs, code=counter)
    bench.run(61)
    bench.world.processes.restart_unit("a.service")
    bench.run(62)
    assert [what for _, what in bench.calls] == [
        "a 1 True", "b 1 True", "a 2 True", "b 2 True", "a 1 True",
    ]  # fmt: skip
    bench.supervisor.spaces.use({})
    assert not any(name.startswith("tinypackage_of_a_bot") for name in sys.modules)


def test_modules_loaded_before_are_those_of_the_first_start(counter: str) -> None:
    spaces = ModuleSpaces(counter)
    space = spaces.load(["tinypackage_of_a_bot.state"])
    assert sorted(space) == ["tinypackage_of_a_bot", "tinypackage_of_a_bot.state"]
    assert "tinypackage_of_a_bot" not in sys.modules
    before = spaces.use(space)
    assert sys.modules["tinypackage_of_a_bot.state"].count == 0
    assert spaces.use(before) is space
    assert sorted(space) == ["tinypackage_of_a_bot", "tinypackage_of_a_bot.state"]
    assert "tinypackage_of_a_bot" not in sys.modules


def test_what_the_space_in_use_imports_is_its_own(counter: str) -> None:
    spaces = ModuleSpaces(counter)
    space: dict[str, Any] = {}
    before = spaces.use(space)
    importlib.import_module("tinypackage_of_a_bot.state")
    assert spaces.current is space
    assert sorted(space) == ["tinypackage_of_a_bot", "tinypackage_of_a_bot.state"]
    spaces.use(before)
    assert "tinypackage_of_a_bot" not in sys.modules


def test_a_kept_module_stays(counter: str) -> None:
    spaces = ModuleSpaces(counter, keep=["tinypackage_of_a_bot"])
    space = spaces.load(["tinypackage_of_a_bot.state"])
    assert sorted(space) == ["tinypackage_of_a_bot.state"]
    del sys.modules["tinypackage_of_a_bot"]


def taking(bench: Bench) -> Process:
    """A bot that is handed things."""
    tasks: Mapping[str, Callable[..., object]] = {"cycle": list, "inject": bench.tell}
    return Process("bot", lambda: tasks, [Task("cycle", CYCLE)], unit="bot.service")


def test_a_call_waits_for_the_next_incarnation(bench: Bench) -> None:
    bench.start(taking(bench))
    bench.run(5)
    bench.world.processes.end(bench.entry(), signal.SIGKILL)
    bench.supervisor.call("bot", "inject", "a signal")
    bench.run(30)
    bench.world.processes.restart_unit("bot.service")
    bench.run(300)
    assert [what for _, what in bench.calls] == ["a signal"]
    assert bench.facts("process.untaken") == []


def test_a_call_to_a_dead_process_is_given_up_after_two_cycles(bench: Bench) -> None:
    bench.start(taking(bench))
    bench.run(5)
    bench.world.processes.end(bench.entry(), signal.SIGKILL)
    bench.supervisor.call("bot", "inject", "a signal")
    bench.run(3600)
    untaken = {"process": "bot", "task": "inject", "why": "dead"}
    assert bench.facts("process.untaken") == [(125, untaken)]


def test_a_call_to_an_unknown_process_raises_missing_role(bench: Bench) -> None:
    bench.start(taking(bench))
    with pytest.raises(MissingRole, match="trader"):
        bench.supervisor.call("trader", "inject", "a signal")
