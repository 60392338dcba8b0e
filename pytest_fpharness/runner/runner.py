"""``Runner``: plans in, records out. Needs no pytest."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue

from pytest_fpharness.confinement.access import NO_ACCESS, Access
from pytest_fpharness.confinement.kernel import Layer
from pytest_fpharness.extensions import NO_EXTENSIONS, Extensions
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.plain import from_plain, to_plain
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.record import Record, unrun
from pytest_fpharness.model.wire import RECORD, from_text
from pytest_fpharness.runner.generation.search import ExampleSearch, PendingRecord
from pytest_fpharness.world.filesystem.temporary import memory_backed_directory
from .canaries import CanaryResult
from .requests import encode_request

DEFAULT_WALL = 20.0  # seconds of processor time that one run may use
LOADING = 120.0  # real seconds until a target is loaded, or as many as a run may take
CLOSING = 5.0  # real seconds until a process that was hung up on is killed


class TargetFailed(Exception):
    """The target could not be loaded; the text says why."""


class HarnessFailed(Exception):
    """A warm process died or answered nonsense."""


class WarmProcess:
    """One warm process, spoken to over pipes; :meth:`wait_ready` it before anything else."""

    info: TargetInfo
    canaries: list[CanaryResult]
    layers: list[Layer]

    def __init__(
        self,
        target: str,
        base: str,
        seed: int,
        wall: float,
        extensions: Extensions = NO_EXTENSIONS,
        access: Access = NO_ACCESS,
    ) -> None:
        self.root = tempfile.mkdtemp(prefix="fpharness-", dir=memory_backed_directory())
        options = {
            "name": target, "base": base, "area": os.path.join(self.root, "area"), "seed": seed,
            "wall": wall, "readable": [os.path.dirname(os.path.join(base, target)), *access.readable],
            "extensions": to_plain(extensions),
        }  # fmt: skip
        # Hash order and native thread pools would make two runs of one plan differ (S33).
        env = {**access.environ(), "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
        env["PYTHONPATH"] = os.pathsep.join([_package_parent(), base, env.get("PYTHONPATH", "")])
        self._patience = max(LOADING, wall)
        self._met = False
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pytest_fpharness.runner.warm_process", json.dumps(options)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=env,
                cwd=base,
                start_new_session=True,  # Ctrl-C is for pytest, which then hangs up
            )
        except BaseException:
            shutil.rmtree(self.root, ignore_errors=True)
            raise

    def wait_ready(self) -> None:
        """Wait until it has loaded the target; raises TargetFailed or HarnessFailed."""
        assert self._process.stdout is not None
        poll = select.poll()
        poll.register(self._process.stdout, select.POLLIN)
        if not poll.poll(1000 * self._patience):
            raise TargetFailed(f"it was not imported within {self._patience:g} s")
        answer = json.loads(self._line())
        if "target_error" in answer:
            raise TargetFailed(answer["target_error"])
        self.info = from_plain(TargetInfo, answer["info"])
        self.canaries = [from_plain(CanaryResult, result) for result in answer["canaries"]]
        self.layers = [from_plain(Layer, layer) for layer in answer["layers"]]
        self._met = True

    def record(self, plan: Plan, *, companions: bool) -> Record:
        """Run one plan; raises HarnessFailed."""
        request = encode_request(plan, companions=companions)
        try:
            print(request, file=self._process.stdin, flush=True)
        except (BrokenPipeError, ValueError):  # ValueError: hung up meanwhile
            raise HarnessFailed("the warm process has died") from None
        line = self._line()
        if line.startswith(RECORD):
            return from_text(line.removeprefix(RECORD))
        answer = json.loads(line)
        raise HarnessFailed(f"{answer.get('broken')}\n{answer.get('trace', '')}")

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            raise HarnessFailed(f"the warm process ended with code {code}")
        return line

    def hang_up(self) -> None:
        """Let it end, whatever it is at; returns at once."""
        if not self._met:
            self._process.kill()  # it does not look at its stdin yet
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def close(self) -> None:
        """End the process and remove its directory."""
        self.hang_up()
        try:
            self._process.wait(CLOSING)
        except subprocess.TimeoutExpired:  # a thread of the target's, say
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        shutil.rmtree(self.root, ignore_errors=True)


class Runner:
    """Runs plans against one target; a context manager that ends its processes.

    Args:
        target: ``module:attribute`` or ``path.py:attribute``.
        base: The directory that relative paths start from; by default the current one.
        seed: The seed of every run.
        wall: Seconds of processor time that one run may use.
        processes: How many warm processes may run plans at once.
        extensions: The extensions of the project, loaded in each process.
        access: What of the machine the target may use: files and environment variables.

    Raises:
        TargetFailed: At the first use, when the target or an extension cannot be loaded.
    """

    def __init__(
        self,
        target: str,
        *,
        base: str | None = None,
        seed: int = 0,
        wall: float = DEFAULT_WALL,
        processes: int = 1,
        extensions: Extensions = NO_EXTENSIONS,
        access: Access = NO_ACCESS,
    ) -> None:
        if not hasattr(os, "fork"):
            raise TargetFailed("catalog runs need os.fork: Linux, or macOS with care")
        self.target, self.base, self.seed, self.wall = target, base or os.getcwd(), seed, wall
        self.extensions, self.access = extensions, access
        self._pool = ThreadPoolExecutor(max_workers=processes, thread_name_prefix="fpharness")
        self._idle: SimpleQueue[WarmProcess] = SimpleQueue()
        self._all: list[WarmProcess] = []
        self._starting: list[WarmProcess] = []
        self._closed = False

    @property
    def info(self) -> TargetInfo:
        """What is known of the target: name, commit, layout, processes, abilities."""
        if not self._all:
            self._idle.put(self._start())
        return self._all[0].info

    @property
    def canaries(self) -> list[CanaryResult]:
        """The results of the self-test of each warm process so far."""
        return [result for process in self._all for result in process.canaries]

    @property
    def layers(self) -> list[Layer]:
        """The layers that confine the target, and whether each is in force on this machine."""
        self.info  # noqa: B018 - starts a process
        return self._all[0].layers

    def plans(
        self,
        scenarios: Iterable[str | os.PathLike[str]] = (),
        *,
        shipped: bool = True,
        only: Collection[str] = (),
    ) -> list[Plan]:
        """Return the plans of the catalog for this target.

        Args:
            scenarios: Files or directories of scenarios to add to the shipped ones.
            shipped: Whether the shipped failure points belong to the catalog.
            only: Ids of failure points or variants; empty for all.

        Raises:
            CatalogError: Scenario files have mistakes, or an id in ``only`` is unknown.
            TargetFailed: The target cannot be loaded.
            ExtensionError: An extension cannot be imported.
        """
        from pytest_fpharness.catalog.expand import expand
        from pytest_fpharness.catalog.loader import load_catalog
        from .vocabulary import vocabulary

        self.extensions.load()
        paths = [Path(self.base, path) for path in scenarios]
        catalog = load_catalog(paths, vocabulary(), shipped=shipped)
        return expand(catalog, self.info, only=only)

    def run(self, plan: Plan, *, companions: bool = True) -> Record:
        """Run one plan and return its record.

        Args:
            plan: One of ``plans()``.
            companions: Whether the runs without a fault and with a broken healer are played too.
        """
        return self.submit(plan, companions=companions).result()

    def submit(self, plan: Plan, *, companions: bool = True) -> PendingRecord:
        """Start one plan; ``result()`` of what is returned waits for its record."""
        if plan.generate is not None:
            one = partial(self.submit, companions=companions)
            return ExampleSearch(plan, self.seed, self.target, one)
        return self._pool.submit(self._run, plan, companions)

    def run_all(self, plans: Iterable[Plan]) -> Iterator[Record]:
        """Run several plans; yield their records in the order of the plans."""
        futures = [self.submit(plan) for plan in plans]
        for future in futures:
            yield future.result()

    def close(self) -> None:
        """End every warm process; runs that have not finished are cancelled."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in [*self._starting, *self._all]:
            process.hang_up()
        self._pool.shutdown(wait=True)
        for process in self._all:
            process.close()
        self._all.clear()

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _start(self) -> WarmProcess:
        process = WarmProcess(
            self.target, self.base, self.seed, self.wall, self.extensions, self.access
        )
        self._starting.append(process)
        try:
            if self._closed:  # looked at after it is in the list: close() or this one sees it
                raise HarnessFailed("the runner was closed")
            process.wait_ready()
            self._all.append(process)
        except BaseException:
            process.close()
            raise
        finally:
            self._starting.remove(process)
        return process

    def _run(self, plan: Plan, companions: bool, *, lost: bool = False) -> Record:
        process = self._take()
        dead = [canary for canary in process.canaries if not canary.as_expected]
        if dead:
            self._idle.put(process)
            reason = (
                f"harness self-test failed: canary {dead[0].id} ended in {dead[0].got}, "
                f"expected {dead[0].expected}"
            )
            return unrun(plan, self.target, reason)
        try:
            record = process.record(plan, companions=companions)
        except HarnessFailed as error:
            self._all.remove(process)
            process.close()
            if self._closed or lost:
                return unrun(plan, self.target, str(error))
            return self._run(plan, companions, lost=True)  # somebody ended it: once more
        self._idle.put(process)
        return record

    def _take(self) -> WarmProcess:
        """An idle process, or a new one: never more than there are threads in the pool."""
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._start()


def _package_parent() -> str:
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
