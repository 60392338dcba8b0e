from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from pytest_fpharness.runner.forked_child import OUTPUT_TAIL, READY, Answer, Child, Pipe, in_child
from pytest_fpharness.runner.patience import BLOCKED, BUSY, Patience
from pytest_fpharness.world.time.clock import real_monotonic

GENEROUS = 30.0

# Runners of other tests keep threads in this process; a warm process has none when it forks.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")


def run(work: Callable[[], str], wall: float = GENEROUS) -> Answer:
    """As in a process without pytest, whose streams are over the descriptors 1 and 2."""
    with pytest.MonkeyPatch.context() as patch:
        for number, name in ((1, "stdout"), (2, "stderr")):
            patch.setattr(sys, name, os.fdopen(number, "w", closefd=False))
        return in_child(lambda pipe: work(), wall)


def descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


def children() -> str:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()


def test_the_answer_of_a_child_comes_back_as_ascii() -> None:
    answer = run(lambda: "caf\u00e9 \N{SNOWMAN}")
    assert (answer.text, answer.died) == ("caf\\xe9 \\u2603", "")


def test_a_long_answer_comes_back_whole() -> None:
    assert len(run(lambda: "x" * 3_000_000).text) == 3_000_000


def test_what_a_child_prints_is_its_output() -> None:
    def work() -> str:
        print("said")
        print("complained", file=sys.stderr)
        os.write(1, b"written\n")
        return "done"

    answer = run(work)
    assert answer.text == "done", (answer.died, answer.output)
    assert sorted(answer.output.split()) == ["complained", "said", "written"]


def test_a_child_does_not_outlive_the_process_that_made_it(tmp_path: Path) -> None:
    output = tmp_path / "pid"

    def spin() -> str:
        output.write_text(str(os.getpid()))
        while True:
            pass

    def serve(pipe: Pipe) -> None:
        for _ in pipe:
            in_child(lambda pipe: spin(), GENEROUS)

    child = Child(serve)
    assert child.ask("go", 1.0).died  # it is killed while its own child runs
    with contextlib.suppress(psutil.NoSuchProcess):
        orphan = psutil.Process(int(output.read_text()))
        with contextlib.suppress(psutil.TimeoutExpired):
            orphan.wait(5)  # what nobody reaps stays a zombie
        assert orphan.status() == psutil.STATUS_ZOMBIE


def talks() -> str:
    print("a" * 100_000 + "end")
    return ""


def test_only_the_tail_of_a_long_output_is_kept() -> None:
    answer = run(talks)
    assert len(answer.output) == OUTPUT_TAIL
    assert answer.output.endswith("end\n")


def exits() -> str:
    os._exit(7)


def is_killed() -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return ""


def raises() -> str:
    raise LookupError("nothing there")


@pytest.mark.parametrize(
    ("work", "died"),
    [
        (exits, "the run ended with exit code 7"),
        (is_killed, "the run ended with signal 9"),
        (raises, "the run ended with exit code 1"),
    ],
)
def test_a_child_without_an_answer_says_how_it_ended(work: Callable[[], str], died: str) -> None:
    answer = run(work)
    assert (answer.text, answer.died) == ("", died)


def test_a_crash_leaves_its_traceback() -> None:
    assert "LookupError: nothing there" in run(raises).output


def test_a_child_that_never_yields_is_ended_by_its_processor_time_with_its_stack() -> None:
    def hangs() -> str:
        while True:
            pass

    answer = run(hangs, 0.1)
    assert answer.died == BUSY.format(budget=0.1)
    assert not answer.outside
    assert "in hangs" in answer.output


def test_a_child_that_waits_for_what_never_happens_is_ended() -> None:
    answer = run(lambda: os.read(os.pipe()[0], 1).decode(), 0.2)
    assert answer.died == BLOCKED.format(limit=0.2)
    assert not answer.outside


def test_a_child_that_the_machine_does_not_run_is_not_to_blame() -> None:
    class Slow(Patience):
        """A child that is always about to go on, in a time that passes quickly."""

        def over(self) -> str:
            self._began -= 1000 * self.budget
            self._moved = real_monotonic()
            return super().over()

    child = Child(lambda pipe: time.sleep(GENEROUS))
    answer = child.read(Slow(child.pid, 5.0))
    assert answer.died.startswith("timed out: the machine gave it ")
    assert answer.died.endswith("it may use 5 s (--fp-wall)")
    assert answer.outside


def test_a_server_may_take_any_time_once_it_is_ready() -> None:
    def serve(pipe: Pipe) -> None:
        for line in pipe:
            pipe.part(READY)
            time.sleep(0.5)
            pipe.answer(line)

    child = Child(serve)
    assert child.ask("one", 0.1).text == "one"
    child.close()
    os.waitpid(child.pid, 0)


@pytest.mark.parametrize(("work", "outside"), [(exits, False), (is_killed, True), (raises, False)])
def test_a_signal_of_somebody_else_is_told_from_an_end(
    work: Callable[[], str], outside: bool
) -> None:
    assert run(work).outside is outside


def test_nothing_leaks_over_fifty_children() -> None:
    run(str)
    before = descriptors(), children()
    works: list[Callable[[], str]] = [str, exits, raises]
    for number in range(50):
        run(works[number % 3])
    assert (descriptors(), children()) == before


def test_a_serving_child_answers_until_its_pipe_closes() -> None:
    def serve(pipe: Pipe) -> None:
        for line in pipe:
            pipe.answer(line.strip().upper())

    child = Child(serve)
    assert [child.ask(word, GENEROUS).text for word in ("one", "two")] == ["ONE", "TWO"]
    child.close()
    assert os.waitpid(child.pid, 0)[1] == 0


def test_a_child_that_dies_leaves_the_parts_that_it_has_sent() -> None:
    def serve(pipe: Pipe) -> None:
        pipe.part("first")
        pipe.part("x" * 100_000)
        exits()

    child = Child(serve)
    answer = child.ask("go", GENEROUS)
    assert (answer.died, answer.text) == ("the run ended with exit code 7", "")
    assert answer.parts == ["first", "x" * 100_000]


def test_parts_belong_to_the_answer_that_follows() -> None:
    def serve(pipe: Pipe) -> None:
        for line in pipe:
            pipe.part(f"about {line}")
            pipe.answer(line)

    child = Child(serve)
    answers = [child.ask(word, GENEROUS) for word in ("one", "two")]
    assert [(a.text, a.parts) for a in answers] == [("one", ["about one"]), ("two", ["about two"])]
    child.close()
    os.waitpid(child.pid, 0)


def test_a_child_does_not_hold_the_pipes_of_another() -> None:
    def serve(pipe: Pipe) -> None:
        for line in pipe:
            pipe.answer(line.strip())

    first, second = Child(serve), Child(serve)
    first.close()
    assert os.waitpid(first.pid, 0)[1] == 0  # it would hang if the second held its pipe
    second.close()
    os.waitpid(second.pid, 0)


def test_asking_a_dead_child_says_how_it_ended() -> None:
    child = Child(lambda pipe: pipe.answer(exits()))
    assert child.ask("one", GENEROUS).died == "the run ended with exit code 7"
