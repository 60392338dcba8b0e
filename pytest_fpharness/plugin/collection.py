"""Scenario files as pytest modules, their variants as pytest functions."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_fpharness.extensions import NO_EXTENSIONS, Extensions
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.record import Record, unrun
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.model.wire import to_json
from pytest_fpharness.plugin.selection import within
from pytest_fpharness.report.texts import cost_text, failure_text, readiness_of

if TYPE_CHECKING:
    from pytest_fpharness.runner.canaries import CanaryResult
    from pytest_fpharness.runner.generation.search import Awaited
    from pytest_fpharness.runner.runner import Runner

#: Lines of a run's output that a failure shows.
TAIL_LINES = 40


@dataclass(frozen=True)
class Assignment:
    """What a process of the session needs to run scenarios; the controller decides it once."""

    target: str
    base: str
    seed: int = 0
    wall: float = 20.0
    extensions: Extensions = NO_EXTENSIONS
    args: tuple[str, ...] = ()
    exclusive: bool = False  # the catalog, and nothing else
    files: Mapping[str, tuple[Plan, ...]] = field(default_factory=dict)  # by real path
    gaps: Mapping[str, str] = field(default_factory=dict)  # accepted: id -> reason
    expired: Mapping[str, str] = field(default_factory=dict)  # no longer: id -> what to say
    points: tuple[str, ...] = ()  # every failure point that a test may be about
    tests: tuple[str, ...] = ()  # real paths of own tests that run with the catalog
    only: tuple[str, ...] = ()  # exactly these failure points or variants, if any
    new: Mapping[str, str] = field(default_factory=dict)  # not judged: id -> version (C8)
    named: str = ""  # the target as people read it, with its commit

    def plans(self) -> Iterator[Plan]:
        """Every plan, in the order of the files."""
        for plans in self.files.values():
            yield from plans

    def settle(self, record: Record) -> Record:
        """The record with what the gaps file says about it (S30)."""
        if record.verdict is not Verdict.MISSING:
            return record
        if late := self.expired.get(record.id):
            return replace(record, reasons=(*record.reasons, late))
        return replace(record, expected_gap=self.gaps.get(record.id, ""))


class Runs:
    """The runs of one pytest process; its warm processes start at the first need."""

    def __init__(self, assignment: Assignment, runner: Runner | None = None) -> None:
        self.assignment, self._runner = assignment, runner
        self._ahead: dict[str, Awaited] = {}
        self._told = 0
        self._process = os.getpid()

    def ahead(self, plans: Iterable[Plan]) -> None:
        """Start runs before their items ask for them."""
        for plan in plans:
            with contextlib.suppress(Exception):  # its item tries again, and says what broke
                self._ahead[plan.id] = self._started().submit(plan)

    def record(self, plan: Plan) -> Record:
        """The record of one plan, settled; whatever breaks on the way is an ERROR record."""
        if os.getpid() != self._process:
            self._forked()
        try:
            future = self._ahead.pop(plan.id, None) or self._started().submit(plan)
            record = future.result()
        except Exception as error:
            record = unrun(plan, self.assignment.target, f"{type(error).__name__}: {error}")
        return self.assignment.settle(record)

    def new_canaries(self) -> list[CanaryResult]:
        """How the canaries of warm processes ended that started since the last call."""
        known = self._runner.canaries if self._runner is not None else []
        new, self._told = known[self._told :], len(known)
        return new

    def close(self) -> None:
        """End the warm processes; runs that have not begun are given up."""
        if self._runner is not None:
            self._runner.close()
            self._runner = None

    def _forked(self) -> None:
        """In the child of --forked: the threads that wait for what was started are elsewhere."""
        self._process, self._ahead, self._told = os.getpid(), {}, 0
        self._elsewhere, self._runner = self._runner, None  # kept: it is its owner's to end

    def _started(self) -> Runner:
        if self._runner is None:
            from pytest_fpharness.runner.runner import Runner

            own = self.assignment
            self._runner = Runner(
                own.target,
                base=own.base,
                seed=own.seed,
                wall=own.wall,
                extensions=own.extensions,
            )
        return self._runner


ASSIGNMENT: pytest.StashKey[Assignment] = pytest.StashKey()
RUNS: pytest.StashKey[Runs] = pytest.StashKey()
RECORD: pytest.StashKey[Record] = pytest.StashKey()
#: The worst colour that the item's bot showed: told twice, and found by reading the whole timeline.
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
        return f"<{kind} {self.name}: {words_of(self.plan)}>"

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Where the variant stands in its file; the line counts from 0."""
        return self.path, max(0, self.plan.line - 1), self.plan.id

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:  # type: ignore[override]
        """Under ten lines, and no traceback for what is not a bug of the code that ran."""
        if isinstance(excinfo.value, NotPassed):
            return failure_text(excinfo.value.record, self.place)
        return super().repr_failure(excinfo)

    @property
    def place(self) -> str:
        """``scenarios/1-data/FP-1.3_stale_cache.yaml:21``."""
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
        """An item for each plan."""
        for plan in self.plans:
            yield ScenarioItem.from_parent(
                self, name=plan.variant, plan=plan, callobj=_call_of(plan)
            )


def _call_of(plan: Plan) -> Callable[[pytest.FixtureRequest], None]:
    def scenario(request: pytest.FixtureRequest) -> None:
        run_item(request.node, plan)

    scenario.__doc__ = f"Must {'not be' if plan.twin else 'be'} detected."
    return scenario


def words_of(plan: Plan) -> str:
    """The faults of a plan by name."""
    return ", ".join(dict.fromkeys(injection.fault for injection in plan.inject)) or "no fault"


def run_item(item: pytest.Item, plan: Plan) -> None:
    """Run one item's plan; raises NotPassed, or xfails an accepted gap."""
    record = item.config.stash[RUNS].record(plan)
    item.stash[RECORD] = record
    item.stash[READINESS] = readiness_of(record)
    # Replaced, not extended: a rerun keeps the item and would list everything twice.
    item.user_properties[:] = [
        ("fp", record.fp),
        ("readiness", item.stash[READINESS]),
        ("verdict", str(record.verdict)),
        ("cost", cost_text(record.cost)),
        ("target", item.config.stash[ASSIGNMENT].named),
    ]
    if record.expected_gap:
        pytest.xfail(f"accepted gap: {record.expected_gap}")
    if record.verdict is not Verdict.PASS:
        if since := item.config.stash[ASSIGNMENT].new.get(record.fp):
            why = next(iter(record.reasons), str(record.verdict))
            pytest.xfail(f"new in {since}, not judged until fp_catalog = {since}: {why}")
        raise NotPassed(record)


def attach(item: pytest.Item, report: pytest.TestReport) -> None:
    """Let the record travel with the report as plain data; xdist carries it to the controller."""
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
    vars(report)["fpharness"] = data
    del item.stash[RECORD]  # items live as long as the session
    if report.outcome != "passed" and record.output.strip():
        tail = "\n".join(record.output.rstrip().splitlines()[-TAIL_LINES:])
        report.sections.append(("Captured run output", tail))


def collect_file(path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    """The collector of a file that was assigned, or None."""
    assignment = parent.config.stash.get(ASSIGNMENT, None)
    plans = assignment.files.get(os.path.realpath(path)) if assignment else None
    if not plans:
        return None
    found: ScenarioFile = ScenarioFile.from_parent(parent, path=path, plans=plans)
    return found


def ignore(path: Path, config: pytest.Config) -> bool | None:
    """With the catalog alone, every other file is left out."""
    assignment = config.stash.get(ASSIGNMENT, None)
    if assignment is None or not assignment.exclusive or os.path.isdir(path):
        return None
    own = any(within(path, Path(top)) for top in assignment.tests)
    return None if own or os.path.realpath(path) in assignment.files else True
