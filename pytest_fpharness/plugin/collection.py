"""Scenario files as pytest modules, their variants as pytest functions."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_fpharness.confinement.access import NO_ACCESS, Access
from pytest_fpharness.extensions import NO_EXTENSIONS, Extensions
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.record import Record, unrun
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.model.wire import to_json
from pytest_fpharness.report.texts import cost_text, failure_text, readiness_of
from .selection import is_inside

if TYPE_CHECKING:
    from pytest_fpharness.runner.canaries import CanaryResult
    from pytest_fpharness.runner.generation.search import PendingRecord
    from pytest_fpharness.runner.runner import Runner

#: Lines of a run's output that a failure shows.
TAIL_LINES = 40
#: The attribute of a report that carries the record; xdist transports attributes that are plain data.
REPORT_DATA = "fpharness"


@dataclass(frozen=True)
class Assignment:
    """What a process of the session needs to run scenarios; the controller decides it once."""

    target: str
    base: str
    seed: int = 0
    wall: float = 20.0
    extensions: Extensions = NO_EXTENSIONS
    access: Access = NO_ACCESS
    args: tuple[str, ...] = ()
    exclusive: bool = False  # the catalog, and nothing else
    files: Mapping[str, tuple[Plan, ...]] = field(default_factory=dict)  # by real path
    gaps: Mapping[str, str] = field(default_factory=dict)  # accepted: id -> reason
    expired: Mapping[str, str] = field(default_factory=dict)  # no longer accepted: id -> message
    points: tuple[str, ...] = ()  # every failure point that a test may be about
    tests: tuple[str, ...] = ()  # real paths of the project's tests that run with the catalog
    only: tuple[str, ...] = ()  # exactly these failure points or variants, if any
    new: Mapping[str, str] = field(default_factory=dict)  # not judged: id -> version (C8)
    target_label: str = ""  # the target with its commit, for people

    def plans(self) -> Iterator[Plan]:
        """Every plan, in the order of the files."""
        for plans in self.files.values():
            yield from plans

    def apply_gaps(self, record: Record) -> Record:
        """Add to a MISSING record what the gaps file says about it (S30)."""
        if record.verdict is not Verdict.MISSING:
            return record
        if expired := self.expired.get(record.id):
            return replace(record, reasons=(*record.reasons, expired))
        return replace(record, expected_gap=self.gaps.get(record.id, ""))


class RunCache:
    """The runs of one pytest process; warm processes start when the first run needs them."""

    def __init__(self, assignment: Assignment, runner: Runner | None = None) -> None:
        self.assignment, self._runner = assignment, runner
        self._pending: dict[str, PendingRecord] = {}
        self._canaries_reported = 0
        self._process = os.getpid()

    def prefetch(self, plans: Iterable[Plan]) -> None:
        """Start runs before their items need them."""
        for plan in plans:
            with contextlib.suppress(Exception):  # its item tries again and reports the error
                self._pending[plan.id] = self._started().submit(plan)

    def record(self, plan: Plan) -> Record:
        """Return the record of one plan, with its gaps; any error becomes an ERROR record."""
        if os.getpid() != self._process:
            self._reset_after_fork()
        try:
            pending = self._pending.pop(plan.id, None) or self._started().submit(plan)
            record = pending.result()
        except Exception as error:
            record = unrun(plan, self.assignment.target, f"{type(error).__name__}: {error}")
        return self.assignment.apply_gaps(record)

    def new_canaries(self) -> list[CanaryResult]:
        """Return the canary results of warm processes that started since the last call."""
        results = self._runner.canaries if self._runner is not None else []
        new, self._canaries_reported = results[self._canaries_reported :], len(results)
        return new

    def close(self) -> None:
        """End the warm processes; runs that have not begun are cancelled."""
        if self._runner is not None:
            self._runner.close()
            self._runner = None

    def _reset_after_fork(self) -> None:
        """In the child of --forked: the parent's threads, which wait for its runs, are not here."""
        self._process, self._pending, self._canaries_reported = os.getpid(), {}, 0
        # Kept alive: ending it is up to the parent.
        self._parents_runner, self._runner = self._runner, None

    def _started(self) -> Runner:
        if self._runner is None:
            from pytest_fpharness.runner.runner import Runner

            assignment = self.assignment
            self._runner = Runner(
                assignment.target,
                base=assignment.base,
                seed=assignment.seed,
                wall=assignment.wall,
                extensions=assignment.extensions,
                access=assignment.access,
            )
        return self._runner


ASSIGNMENT: pytest.StashKey[Assignment] = pytest.StashKey()
RUNS: pytest.StashKey[RunCache] = pytest.StashKey()
RECORD: pytest.StashKey[Record] = pytest.StashKey()
#: Worst readiness of the run, cached: computing it scans the timeline.
READINESS: pytest.StashKey[str] = pytest.StashKey()


class NotPassed(Exception):
    """A scenario that did not pass; the item shows its record."""

    def __init__(self, record: Record) -> None:
        super().__init__(f"{record.id} {record.verdict}")
        self.record = record


class ScenarioItem(pytest.Function):
    """One variant or twin."""

    def __init__(self, *, plan: Plan, **kwargs: Any) -> None:
        self.plan = plan
        super().__init__(**kwargs)

    def __repr__(self) -> str:
        kind = "Twin" if self.plan.twin else "Scenario"
        return f"<{kind} {self.name}: {faults_of(self.plan)}>"

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Return file, line (from 0) and id of the variant."""
        return self.path, max(0, self.plan.line - 1), self.plan.id

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:  # type: ignore[override]
        """Return the record in under ten lines; a traceback only for an error in the test code."""
        if isinstance(excinfo.value, NotPassed):
            return failure_text(excinfo.value.record, self.place)
        return super().repr_failure(excinfo)

    @property
    def place(self) -> str:
        path = os.path.relpath(self.path, self.config.invocation_params.dir)
        return f"{self.path if path.startswith('..') else path}:{self.plan.line}"


class ScenarioFile(pytest.Module):
    """One scenario file. A Module, not a File: module-scoped fixtures need one."""

    obj = None

    def __init__(self, *, plans: tuple[Plan, ...], **kwargs: Any) -> None:
        self.plans = plans
        super().__init__(**kwargs)

    def __repr__(self) -> str:
        first = self.plans[0]
        return f"<ScenarioFile {self.name}: {first.fp} {first.title} ({first.severity})>"

    def collect(self) -> Iterator[pytest.Item]:
        for plan in self.plans:
            yield ScenarioItem.from_parent(
                self, name=plan.variant, plan=plan, callobj=_test_function(plan)
            )


def _test_function(plan: Plan) -> Callable[[pytest.FixtureRequest], None]:
    def scenario(request: pytest.FixtureRequest) -> None:
        run_item(request.node, plan)

    scenario.__doc__ = f"The bot must {'stay silent' if plan.twin else 'detect the fault'}."
    return scenario


def faults_of(plan: Plan) -> str:
    """Return the names of a plan's faults."""
    return ", ".join(dict.fromkeys(injection.fault for injection in plan.inject)) or "no fault"


def run_item(item: pytest.Item, plan: Plan) -> None:
    """Run one item's plan; raise NotPassed, or xfail an accepted gap."""
    assignment = item.config.stash[ASSIGNMENT]
    record = item.config.stash[RUNS].record(plan)
    item.stash[RECORD] = record
    item.stash[READINESS] = readiness_of(record)
    # Replaced, not extended: a rerun keeps the item and would list everything twice.
    item.user_properties[:] = [
        ("fp", record.fp),
        ("readiness", item.stash[READINESS]),
        ("verdict", str(record.verdict)),
        ("cost", cost_text(record.cost)),
        ("target", assignment.target_label),
    ]
    if record.expected_gap:
        pytest.xfail(f"accepted gap: {record.expected_gap}")
    if record.verdict is not Verdict.PASS:
        if since := assignment.new.get(record.fp):
            reason = next(iter(record.reasons), str(record.verdict))
            pytest.xfail(f"new in {since}, not judged until fp_catalog = {since}: {reason}")
        raise NotPassed(record)


def attach(item: pytest.Item, report: pytest.TestReport) -> None:
    """Attach the record to the report as plain data; xdist carries it to the controller."""
    record = item.stash.get(RECORD, None)
    if record is None or report.when != "call":
        return
    # JSON text: execnet refuses nanoseconds below -2**31.
    data = {
        "record": to_json(record),
        "id": record.id,
        "gap": record.expected_gap,
        "fp": record.fp,
        "verdict": str(record.verdict),
        "readiness": item.stash[READINESS],
        "canaries": [
            {"id": c.id, "expected": str(c.expected), "got": str(c.got)}
            for c in item.config.stash[RUNS].new_canaries()
        ],
    }
    setattr(report, REPORT_DATA, data)
    del item.stash[RECORD]  # items live as long as the session
    if report.outcome != "passed" and record.output.strip():
        tail = "\n".join(record.output.rstrip().splitlines()[-TAIL_LINES:])
        report.sections.append(("Captured run output", tail))


def collect_file(path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    """Return the collector of a file with assigned plans, or None."""
    assignment = parent.config.stash.get(ASSIGNMENT, None)
    plans = assignment.files.get(os.path.realpath(path)) if assignment else None
    if not plans:
        return None
    file: ScenarioFile = ScenarioFile.from_parent(parent, path=path, plans=plans)
    return file


def ignore(path: Path, config: pytest.Config) -> bool | None:
    """Return True for files to leave out when the catalog alone runs."""
    assignment = config.stash.get(ASSIGNMENT, None)
    if assignment is None or not assignment.exclusive or os.path.isdir(path):
        return None
    is_test = any(is_inside(path, Path(top)) for top in assignment.tests)
    return None if is_test or os.path.realpath(path) in assignment.files else True
