"""A generated plan: hypothesis draws ten examples, each is one run, and all of them one record.

hypothesis draws and shrinks in the process that asked, seeded by the plan's id; it has no database
and no deadline, and an example is plain data by the time it runs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from pytest_fpharness.model.damage import ABSENT, FAULT, NO_PLACE, TWIN, flow
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.record import Example, Record, unrun
from pytest_fpharness.model.verdict import Verdict, worst
from pytest_fpharness.runner.generation.examples import (
    Damage,
    example_plan,
    example_token,
    variant_text,
)

#: Runs that the search for a smaller failing example may take; more gain little, each takes 0.1 s.
MOST_SHRINKS: Final = 30
#: Draws for each example that runs: drawing costs next to nothing, and the most different ones run.
DRAWS: Final = 4
#: So many in ten examples are twins.
TWINS_IN_TEN: Final = 3
#: Verdicts that say nothing of the bot, so that a smaller example would not either.
_NOT_THE_BOT: Final = (Verdict.ERROR, Verdict.MISSING)


class PendingRecord(Protocol):
    """A record that will be there."""

    def result(self) -> Record:
        """Wait for it."""


Submit = Callable[[Plan], PendingRecord]


@dataclasses.dataclass(frozen=True)
class GeneratedExample:
    """One example: the damage, its label, and its run once it was asked for."""

    damage: Damage
    label: str


ExampleRun = tuple[GeneratedExample, Record]


class ExampleSearch:
    """The examples of one plan: drawn at once, run by ``submit``, gathered by :meth:`result`."""

    def __init__(self, plan: Plan, seed: int, target: str, submit: Submit) -> None:
        self.plan, self.seed, self.target, self._submit = plan, seed, target, submit
        assert plan.generate is not None
        self._made = made = plan.generate
        twins = max(1, made.examples * TWINS_IN_TEN // 10)
        self._counts = {FAULT: made.examples - twins, TWIN: twins}
        self.drawn: list[GeneratedExample] = []
        self._spare: dict[str, list[Damage]] = {}
        for kind, count in () if made.lacks else self._counts.items():
            damages = self._draw(kind)
            self.drawn += [GeneratedExample(example, kind) for example in damages[:count]]
            self._spare[kind] = damages[count:]
        self._runs: dict[str, PendingRecord] = {}
        for index, example in enumerate(self.drawn):
            self._start(example.damage, first=not index)

    def result(self) -> Record:
        """The record of all examples; of the smallest failing one where any failed."""
        lacks = self._made.lacks
        if not lacks and not any(example.label == FAULT for example in self.drawn):
            lacks = f"shape '{self._made.shape}' that something could be wrong with"
        if lacks:
            record = unrun(self.plan, self.target, f"the target has no {lacks}")
            return dataclasses.replace(record, verdict=Verdict.MISSING)
        applied, absent = self._applied()
        failed = [pair for pair in applied if pair[1].verdict is not Verdict.PASS]
        bad = worst([record.verdict for _, record in failed])
        first = next((pair for pair in failed if pair[1].verdict is bad), None)
        shown = self._smallest(*first) if first else applied[0]
        extra = [] if shown in applied else [shown]
        return self._gathered([*applied, *extra, *absent], *shown, failed=len(failed))

    def _applied(self) -> tuple[list[ExampleRun], list[ExampleRun]]:
        """The examples that changed something, and those that the bot's content has no place for.

        For each of these another is tried. A label of which none applies stays VACUOUS.
        """
        applied: list[ExampleRun] = []
        absent: list[ExampleRun] = []
        for kind in self._counts:
            wanted = [example.damage for example in self.drawn if example.label == kind]
            met, idle = self._sorted(wanted, kind, healer=kind == FAULT)
            applied += met or idle[:1]
            absent += [
                (GeneratedExample(example.damage, ABSENT), run) for example, run in idle[not met :]
            ]
        return applied, absent

    def _sorted(
        self, wanted: list[Damage], kind: str, *, healer: bool
    ) -> tuple[list[ExampleRun], list[ExampleRun]]:
        met: list[ExampleRun] = []
        idle: list[ExampleRun] = []
        while wanted:
            damage = wanted.pop(0)
            record = self._record(damage)
            if _is_absent(record):
                idle.append((GeneratedExample(damage, kind), record))
                if self._spare[kind]:
                    wanted.append(self._spare[kind].pop(0))
                continue
            if (
                healer and idle and not met
            ):  # the first that applies brings the broken healer's companion
                self._runs.pop(json.dumps(damage))
                record = self._start(damage, first=True).result()
            met.append((GeneratedExample(damage, kind), record))
        return met, idle

    # -- runs -----------------------------------------------------------------------------------

    def _start(self, damage: Damage, *, first: bool = False) -> PendingRecord:
        """Ask for the run of an example, once; the first one brings the broken healer's companion."""
        key = json.dumps(damage)
        if key not in self._runs:
            plan = example_plan(self.plan, damage)
            if not first:
                plan = dataclasses.replace(plan, break_healer=False)
            self._runs[key] = self._submit(plan)
        return self._runs[key]

    def _record(self, damage: Damage) -> Record:
        return self._start(damage).result()

    # -- hypothesis -----------------------------------------------------------------------------

    def _draw(self, kind: str) -> list[Damage]:
        """Examples of a label, all that came: as many kinds as there are first."""
        by_text: dict[str, Damage] = {}
        self._explore(kind, lambda damage: by_text.setdefault(json.dumps(damage), damage))
        seen: dict[str, int] = {}
        turns = []
        for damage in by_text.values():
            what = _kind(damage)
            seen[what] = seen.get(what, 0) + 1
            turns.append(seen[what])
        # A stable sort: the first of each kind, then the second of each, as they were drawn.
        order = sorted(zip(turns, range(len(turns)), by_text.values(), strict=True))
        return [damage for _, _, damage in order]

    def _smallest(self, failed: GeneratedExample, record: Record) -> ExampleRun:
        """The smallest example that fails as this one does, after a bounded number of runs."""
        if record.verdict in _NOT_THE_BOT:
            return failed, record
        smallest: list[Damage] = []
        most = len(self._runs) + MOST_SHRINKS

        def fails(damage: Damage) -> None:
            key = json.dumps(damage)
            # Of what was drawn before the failure, and did not run, only what is shorter can help.
            longer = not smallest and len(key) >= len(json.dumps(failed.damage))
            if key not in self._runs and (longer or len(self._runs) >= most):
                return
            if self._record(damage).verdict is record.verdict:
                smallest.append(damage)
                raise _Failed

        with contextlib.suppress(_Failed):
            self._explore(failed.label, fails)
        least = (smallest or [failed.damage])[-1]
        return GeneratedExample(least, failed.label), self._record(least)

    def _explore(self, kind: str, use: Callable[[Damage], object]) -> None:
        """Let hypothesis call ``use`` with the plan's examples, and shrink one for which it raises."""
        import hypothesis

        from pytest_fpharness.runner.generation import strategies

        made = self._made
        if kind == FAULT:
            source = strategies.faults(made.rule, bytes_too=made.bytes_too, whole=made.whole)
        else:
            source = strategies.twins(made.rule, bytes_too=made.bytes_too)
        if source.is_empty:
            return
        settings = hypothesis.settings(
            max_examples=DRAWS * self._counts[kind],
            derandomize=False,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
            report_multiple_bugs=False,
            suppress_health_check=list(hypothesis.HealthCheck),
            verbosity=hypothesis.Verbosity.quiet,
        )
        seed = hashlib.sha256(f"{self.plan.id}@{self.seed}/{kind}".encode()).hexdigest()

        @hypothesis.seed(int(seed[:16], 16))
        @settings
        @hypothesis.given(source)
        def explore(damage: Damage) -> None:
            use(damage)

        explore()

    # -- the record -----------------------------------------------------------------------------

    def _gathered(
        self, tried: Sequence[ExampleRun], shown: GeneratedExample, record: Record, *, failed: int
    ) -> Record:
        from pytest_fpharness.judge.record_builder import token_of

        examples = tuple(_example(drawn, outcome) for drawn, outcome in tried)
        digests = "".join(example.digest for example in examples)
        taker = self.plan.inject[self._made.index].fault
        count = f"{sum(outcome.label != ABSENT for outcome, _ in tried)} generated examples"
        gathered = dataclasses.replace(
            record,
            covers=self.plan.covers,
            examples=examples,
            digest=hashlib.sha256(digests.encode()).hexdigest()[:16],
            wall=round(sum(outcome.wall for _, outcome in tried), 4),
        )
        if not failed:
            return dataclasses.replace(
                gathered, fault=f"{taker}: {count}", token=token_of(self.plan, self.seed)
            )
        return dataclasses.replace(
            gathered,
            suggestion=variant_text(self.plan, shown.damage),
            token=example_token(self.plan, shown.damage, self.seed),
        )


def _kind(damage: Damage) -> str:
    """What was done and where, without the values."""
    places = ("drop", "set", "retype")
    return json.dumps([[*edit, *(edit[k] for k in places if k in edit)] for edit in damage])


class _Failed(Exception):
    """An example that fails as the first one did."""


def _is_absent(record: Record) -> bool:
    return record.verdict is Verdict.VACUOUS and any(
        NO_PLACE in reason for reason in record.reasons
    )


def _example(drawn: GeneratedExample, record: Record) -> Example:
    if drawn.label == ABSENT:
        return Example(flow(drawn.damage), ABSENT, Verdict.NOT_APPLICABLE, NO_PLACE, record.digest)
    return Example(
        damage=flow(drawn.damage),
        label=drawn.label,
        verdict=record.verdict,
        reason=record.reasons[0] if record.reasons and record.verdict is not Verdict.PASS else "",
        digest=record.digest,
    )
