from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.runner.canaries import CANARIES, CanaryResult
from pytest_fpharness.runner.runner import HarnessFailed, Runner
from tests.support.bots import FOLDER
from tests.support.tiny_plans import SILENCE, tiny_plan

PACKAGE = Path(__file__).parents[2]
Runners = Callable[..., Runner]


def test_the_canaries_of_a_warm_process_end_as_expected(runner_of: Runners) -> None:
    runner = runner_of("tiny.py:TinyBot")
    assert runner.info.name == "tiny"
    assert {canary.expected for canary in runner.canaries} == set(CANARIES)
    assert all(canary.as_expected for canary in runner.canaries)


def test_records_come_in_the_order_of_the_plans(runner_of: Runners) -> None:
    plans = [tiny_plan(variant=f"v{n}", world={"n": n % 2}) for n in range(4)]
    with Runner("tiny.py:TinyBot", base=FOLDER, processes=2) as runner:
        records = list(runner.run_all(plans))
    assert [record.variant for record in records] == ["v0", "v1", "v2", "v3"]
    assert {record.verdict for record in records} == {Verdict.PASS}


def test_a_closed_runner_leaves_no_process_and_no_directory() -> None:
    runner = Runner("tiny.py:TinyBot", base=FOLDER)
    assert runner.info.name == "tiny"
    (process,) = runner._all
    root, pid = process.root, process._process.pid
    assert os.path.isdir(root)
    runner.close()
    assert not os.path.exists(root)
    assert not os.path.exists(f"/proc/{pid}")


def test_a_world_that_cannot_be_warmed_up_fails_every_plan_of_it(runner_of: Runners) -> None:
    runner = runner_of("hanging.py:HangsAtStart", wall=0.1)
    first = runner.run(tiny_plan())
    second = runner.run(tiny_plan(SILENCE, variant="silence"))
    assert first.verdict is second.verdict is Verdict.FAIL
    assert first.reasons == second.reasons
    assert "timed out after" in first.reasons[0]
    assert "in start_bot" in second.output


class FakeWarm:
    """A warm process without a process."""

    def __init__(self, got: Verdict, answer: Record | None) -> None:
        self.canaries = [CanaryResult("FP-0.0/must-fail", Verdict.FAIL, got)]
        self.answer, self.asked, self.closed = answer, 0, False

    def record(self, plan: Plan, *, companions: bool) -> Record:
        self.asked += 1
        if self.answer is None:
            raise HarnessFailed("the warm process has died")
        return self.answer

    def hang_up(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


GOOD = Record("a/b", "a", "b", Verdict.PASS)


def runner_over(*fakes: FakeWarm) -> Runner:
    runner, left = Runner("some:Bot"), list(fakes)

    def start() -> Any:
        runner._all.append(left[0])  # type: ignore[arg-type]
        return left.pop(0)

    runner._start = start  # type: ignore[method-assign]
    return runner


def test_a_canary_with_another_verdict_makes_every_record_an_error() -> None:
    fake = FakeWarm(Verdict.PASS, GOOD)
    with runner_over(fake) as runner:
        records = [runner.run(tiny_plan()), runner.run(tiny_plan(twin=True))]
    assert {record.verdict for record in records} == {Verdict.ERROR}
    assert records[0].reasons == (
        "harness self-test failed: canary FP-0.0/must-fail ended in PASS, expected FAIL",
    )
    assert [record.twin for record in records] == [False, True]
    assert fake.asked == 0


def test_a_warm_process_that_died_is_replaced() -> None:
    dead, fresh = FakeWarm(Verdict.FAIL, None), FakeWarm(Verdict.FAIL, GOOD)
    with runner_over(dead, fresh) as runner:
        assert runner.run(tiny_plan()) is GOOD
    assert dead.closed


def test_a_plan_that_loses_two_warm_processes_is_an_error() -> None:
    first, second = FakeWarm(Verdict.FAIL, None), FakeWarm(Verdict.FAIL, None)
    with runner_over(first, second) as runner:
        record = runner.run(tiny_plan())
    assert (record.verdict, record.reasons) == (Verdict.ERROR, ("the warm process has died",))
    assert first.closed and second.closed


SCRIPT = """
import sys
sys.path.insert(0, {here!r})
from tests.support.tiny_plans import tiny_plan
from pytest_fpharness.runner.runner import Runner
with Runner("tiny.py:TinyBot", base={here!r}) as runner:
    for record in runner.run_all([tiny_plan()]):
        print(record.id, record.verdict)
print("pytest" in sys.modules)
"""


def test_a_plain_script_needs_no_pytest(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(here=FOLDER))
    env = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    result = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, env=env, check=False
    )
    assert (result.stderr, result.stdout) == ("", "FP-1.1/damaged PASS\nFalse\n")


@pytest.mark.parametrize("seed", [0, 1])
def test_a_record_s_token_names_plan_and_seed(seed: int) -> None:
    with Runner("tiny.py:TinyBot", base=FOLDER, seed=seed) as runner:
        record = runner.run(tiny_plan(), companions=False)
    assert record.token.startswith(f"FP-1.1/damaged@{seed}#")
    assert record.target == "tiny"
