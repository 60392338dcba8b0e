"""Ending a run early: callers learn of it at once, and nothing is left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.runner.runner import HarnessFailed, Runner, TargetFailed, WarmProcess
from tests.support.bots import FOLDER
from tests.support.bots.bell import BELL
from tests.support.tiny_plans import tiny_plan

pytestmark = pytest.mark.acceptance

LONG = 40.0  # seconds that a run may hang
RINGS = "bell.py:RingsThenHangs"
HANGS = "hangs_at_import.py:Bot"


def await_bell(process: WarmProcess) -> None:
    """Wait until the bot of a warm process has rung."""
    deadline = time.monotonic() + 60
    while not list(Path(process.root).rglob(BELL)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def await_started(processes: list[WarmProcess]) -> WarmProcess:
    """Wait for the warm process that a thread of the runner starts, and for its bell."""
    while not processes:
        time.sleep(0.02)
    await_bell(processes[0])
    return processes[0]


def gone(pid: int) -> bool:
    """Whether a process ends by itself; what nobody reaps stays a zombie."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        with contextlib.suppress(psutil.TimeoutExpired):
            process.wait(5)
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def test_closing_gives_up_the_run_under_way() -> None:
    runner = Runner(RINGS, base=FOLDER, wall=LONG)
    waiting = runner.submit(tiny_plan())
    process = await_started(runner._all)
    runner.close()
    record = waiting.result()
    assert (record.verdict, record.reasons) == (
        Verdict.ERROR,
        ("the warm process ended with code 0",),
    )
    assert not os.path.exists(process.root)


def test_closing_gives_up_a_target_that_is_being_imported() -> None:
    runner = Runner(HANGS, base=FOLDER)
    waiting = runner.submit(tiny_plan())
    process = await_started(runner._starting)
    runner.close()
    with pytest.raises(HarnessFailed, match="the warm process ended with code -9"):
        waiting.result()
    assert not os.path.exists(process.root)
    assert gone(process._process.pid)


def test_a_target_that_is_never_imported_raises_target_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pytest_fpharness.runner.runner.LOADING", 0.1)
    with Runner(HANGS, base=FOLDER, wall=0.1) as runner, pytest.raises(TargetFailed) as output:
        runner.info  # noqa: B018 - starts it
    assert str(output.value) == "it was not imported within 0.1 s"


SCRIPT = """
import os, signal, sys
sys.path.insert(0, {here!r})
from tests.support.tiny_plans import tiny_plan
from tests.runner.test_ending import await_started
from pytest_fpharness.runner.runner import Runner
runner = Runner({target!r}, base={here!r}, wall={wall})
runner.submit(tiny_plan())
await_started(runner.{where})
(process,) = runner.{where}
print(process._process.pid, process.root, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_while_it_serves(target: str, where: str) -> tuple[int, str]:
    """Pid and directory of the warm process of somebody who was killed."""
    script = SCRIPT.format(here=FOLDER, target=target, wall=LONG, where=where)
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    pid, root = done.stdout.split()
    return int(pid), root


def test_the_warm_process_of_a_killed_owner_ends_and_removes_its_directory() -> None:
    pid, root = killed_while_it_serves(RINGS, "_all")
    assert gone(pid)
    assert not os.path.exists(root)


def test_a_target_does_not_go_on_being_imported_for_a_killed_owner() -> None:
    pid, root = killed_while_it_serves(HANGS, "_starting")
    assert gone(pid)
    shutil.rmtree(root)  # empty: the kernel ended it, which cleans up nothing


def test_a_process_that_cannot_be_started_leaves_no_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "pytest_fpharness.runner.runner.memory_backed_directory", lambda: str(tmp_path)
    )
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with pytest.raises(FileNotFoundError):
        WarmProcess(RINGS, FOLDER, 0, LONG)
    assert os.listdir(tmp_path) == []
