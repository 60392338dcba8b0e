"""Prints what the harness costs, each figure beside its floor: ``python benchmarks/run.py``.

``--chaostoolkit`` also installs Chaos Toolkit into a throw-away environment and times
``chaos run`` of a trivial experiment. These are measurements, not tests: nothing fails on them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from measure import ROOT, interleaved, peak_memory, pytest_command, run, wall

from pytest_fpharness.catalog.expand import expand
from pytest_fpharness.catalog.loader import load_catalog
from pytest_fpharness.model.duration import HOUR
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.plan import Detect, Injection, Plan
from pytest_fpharness.runner.runner import Runner
from pytest_fpharness.runner.vocabulary import vocabulary
from pytest_fpharness.simulation.scheduler import Scheduler, Strand
from pytest_fpharness.world.time.clock import Clock

ROUNDS: Final = 5
IDLE_RUNS: Final = 100
SWITCHES: Final = 200_000
TRIVIAL: Final = {
    "title": "trivial",
    "description": "the least that chaos run accepts",
    "method": [
        {
            "type": "action",
            "name": "nothing",
            "provider": {"type": "python", "module": "builtins", "func": "abs",
                         "arguments": {"x": 1}},
        }
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One line of the table: a figure, and the one it is compared with."""

    what: str
    ours: str
    beside: str = ""
    ratio: str = ""


def main() -> None:
    """Measure everything and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="Pairs behind each median")
    parser.add_argument("--chaostoolkit", action="store_true", help="Install and time it too")
    args = parser.parse_args()
    print(f"{platform.python_implementation()} {platform.python_version()}, pytest "
          f"{pytest.__version__}, {os.cpu_count()} cores, medians of {args.rounds} pairs\n")  # fmt: skip
    print("| what | ours | beside | ratio |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="fpharness-bench-") as directory:
        for row in rows(Path(directory), args.rounds, args.chaostoolkit):
            print(f"| {row.what} | {row.ours} | {row.beside} | {row.ratio} |", flush=True)


def rows(home: Path, rounds: int, chaostoolkit: bool) -> Iterator[Row]:
    """Every line of the table, measured as it is asked for."""
    plans = len(expand(load_catalog([], vocabulary()), TargetInfo("")))
    chaos = chaos_command(home) if chaostoolkit else None
    yield from catalog_rows(home, plans, rounds, chaos)
    yield from idle_rows()
    yield switch_row()
    yield unused_row(home, rounds)
    yield from memory_rows(home)
    yield lint_row(rounds)


# -- the catalog --------------------------------------------------------------------------------


def catalog_rows(home: Path, plans: int, rounds: int, chaos: list[str] | None) -> Iterator[Row]:
    """All variants, twins and their controls, beside as many empty tests."""
    empty = empty_tests(home, plans)
    for workers in ((), ("-n", "2")):
        command = catalog_command(home, *workers)
        sides: dict[str, Callable[[], float]] = {
            "ours": partial(wall, command),
            "floor": partial(wall, pytest_command(*workers, str(empty)), empty.parent),
        }  # fmt: skip
        if chaos and not workers:
            sides["chaos"] = partial(wall, chaos, home)
        found = interleaved(sides, rounds)
        name = " ".join(("pytest -p fpharness", *workers))
        yield pair(f"{name}: {plans} runs", found["ours"], f"{plans} empty tests", found["floor"])
        if "chaos" in found:
            whole = found["chaos"] * plans
            beside = f"chaos run, {found['chaos']:.3f} s, x {plans}: {seconds(whole)}"
            ratio = f"{found['ours'] / whole:.2f}"
            yield Row("the same, beside Chaos Toolkit", seconds(found["ours"]), beside, ratio)


def catalog_command(home: Path, *more: str) -> list[str]:
    """A whole run of the shipped catalog; its report is thrown away."""
    return pytest_command(
        "-p", "fpharness", "--fp-target=embedded", f"--fp-report={home / 'report'}", *more
    )


def empty_tests(home: Path, count: int) -> Path:
    """A file of ``count`` tests that do nothing."""
    path = home / "empty" / "test_empty.py"
    path.parent.mkdir()
    path.write_text(
        f"import pytest\n\n@pytest.mark.parametrize('n', range({count}))\n"
        "def test_empty(n):\n    pass\n"
    )
    (path.parent / "pytest.ini").write_text("[pytest]\n")
    return path


def chaos_command(home: Path) -> list[str]:
    """``chaos run`` of a trivial experiment, from an environment of its own."""
    place = home / "chaostoolkit"
    venv.create(place, with_pip=True)
    run([str(place / "bin" / "pip"), "install", "-q", "chaostoolkit"])
    experiment = home / "experiment.json"
    experiment.write_text(json.dumps(TRIVIAL))
    return [str(place / "bin" / "chaos"), "--no-version-check", "run", str(experiment)]


# -- one run ------------------------------------------------------------------------------------


def idle_rows() -> Iterator[Row]:
    """The harness around a bot that does nothing: fork, world, timeline, judge, record."""
    target = "benchmarks/idle_target.py:IdleTarget"
    fault = (Injection("disk.read_only"),)
    with Runner(target, base=str(ROOT)) as runner:
        short = Plan("FP-0.1", "idle.twin", twin=True, inject=fault)
        times = [timed(lambda: runner.run(short, companions=False)) for _ in range(IDLE_RUNS + 1)][
            1:
        ]
        yield Row("one run of an idle bot, fork included",
                  f"{statistics.median(times) * 1e3:.1f} ms", f"median of {IDLE_RUNS}")  # fmt: skip
        day = Plan("FP-0.1", "day.twin", twin=True, inject=fault, detect=Detect(within=24 * HOUR))
        idle = timed(lambda: runner.run(day, companions=False))
        yield Row("24 virtual hours of an idle bot", seconds(idle),
                  "86,400 s")  # fmt: skip


def switch_row() -> Row:
    """Two strands that take turns."""
    scheduler = Scheduler(Clock(0))

    def turns() -> None:
        for _ in range(SWITCHES // 2):
            scheduler.sleep(1)

    for order in (0, 1):
        strand = Strand(scheduler, turns, order)
        scheduler.call_at(0, strand.wake)
    cost = timed(lambda: scheduler.run(SWITCHES)) / SWITCHES
    return Row("one switch of strands, with its event", f"{cost * 1e6:.2f} us", f"{SWITCHES:,}")


def timed(work: Callable[[], object]) -> float:
    """Real seconds of a call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


# -- what it costs those who do not use it ------------------------------------------------------


def unused_row(home: Path, rounds: int) -> Row:
    """A plain pytest run with the plugin installed, beside the same run without it."""
    path = home / "plain" / "test_plain.py"
    path.parent.mkdir()
    path.write_text("def test_plain():\n    pass\n")
    (path.parent / "pytest.ini").write_text("[pytest]\n")
    with_it, without = pytest_command(), pytest_command("-p", "no:fpharness")
    found = interleaved(
        {"with": lambda: wall(with_it, path.parent), "without": lambda: wall(without, path.parent)},
        4 * rounds,
    )
    return pair("pytest, plugin unused", found["with"], "-p no:fpharness", found["without"])


def memory_rows(home: Path) -> Iterator[Row]:
    """The largest process of each kind in a whole run."""
    for name, peak in peak_memory(catalog_command(home)).items():
        beside = (
            "shared pages counted once" if name == "all together" else "resident, shared or not"
        )
        yield Row(f"peak memory, {name}", f"{peak:.0f} MiB", beside)


def lint_row(rounds: int) -> Row:
    """``fpharness lint`` of the shipped catalog, beside starting Python."""
    lint, floor = [sys.executable, "-m", "pytest_fpharness.cli", "lint"], [sys.executable, "-c", ""]
    found = interleaved({"lint": lambda: wall(lint), "floor": lambda: wall(floor)}, 2 * rounds)
    return pair("fpharness lint", found["lint"], "python -c ''", found["floor"])


def pair(what: str, ours: float, beside: str, floor: float) -> Row:
    """Two medians and their ratio."""
    return Row(what, seconds(ours), f"{beside}: {seconds(floor)}", f"{ours / floor:.2f}")


def seconds(value: float) -> str:
    """``1.23 s`` or ``45 ms``."""
    return f"{value:.2f} s" if value >= 1 else f"{value * 1e3:.0f} ms"


if __name__ == "__main__":
    main()
