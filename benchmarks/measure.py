"""Timing by interleaved pairs: what slows the machine down slows both sides down."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import psutil

ROOT: Final = Path(__file__).resolve().parent.parent
MIB: Final = 1024 * 1024
#: Seconds between two looks at the memory of a family of processes.
LOOK_EVERY: Final = 0.05
#: Who forks whom in a catalog run.
FAMILY: Final = ("pytest", "warm process", "warmed-up world", "run")


def environment() -> dict[str, str]:
    """Ours without what makes Python compile everything anew each time."""
    left_out = ("PYTHONDONTWRITEBYTECODE", "PYTEST_ADDOPTS", "PYTEST_PLUGINS")
    return {name: value for name, value in os.environ.items() if name not in left_out}


def run(argv: Sequence[str], cwd: Path = ROOT) -> str:
    """The output of a command; raises RuntimeError with it when the command cannot be used."""
    found = subprocess.run(
        argv, cwd=cwd, env=environment(), capture_output=True, text=True, check=False
    )
    if found.returncode not in (0, 1):  # 1: some scenario failed, which takes no less time
        raise RuntimeError(f"{' '.join(argv)}\n{found.stdout}{found.stderr}")
    return found.stdout


def wall(argv: Sequence[str], cwd: Path = ROOT) -> float:
    """Real seconds of one run of a command."""
    began = time.perf_counter()
    run(argv, cwd)
    return time.perf_counter() - began


def interleaved(sides: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median of each side; every side once in each round, after a round that does not count."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, measure in sides.items():
            seconds = measure()
            if number:
                times[name].append(seconds)
    return {name: statistics.median(found) for name, found in times.items()}


def peak_memory(argv: Sequence[str], cwd: Path = ROOT) -> dict[str, float]:
    """Largest resident MiB by depth below a command, and the largest sum of what is not shared."""
    process = psutil.Popen(
        argv, cwd=cwd, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peaks: dict[str, float] = {}
    while process.poll() is None:
        total = 0.0
        for name, found in _family(process):
            resident, unshared = _memory(found)
            peaks[name] = max(peaks.get(name, 0.0), resident)
            total += unshared
        peaks["all together"] = max(peaks.get("all together", 0.0), total)
        time.sleep(LOOK_EVERY)
    return peaks


def _family(process: psutil.Process) -> Iterator[tuple[str, psutil.Process]]:
    level = [process]
    for name in FAMILY:
        yield from ((name, one) for one in level)
        level = [child for one in level for child in _children(one)]


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def _memory(process: psutil.Process) -> tuple[float, float]:
    """Resident and proportional MiB; nothing for a process that has ended."""
    try:
        found = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0.0, 0.0
    return found.rss / MIB, found.pss / MIB


def pytest_command(*args: str) -> list[str]:
    """A pytest run in this interpreter, without a cache directory."""
    return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *args]
