"""A generated plan: hypothesis draws ten examples, each is one run, and all of them one record.

hypothesis draws and shrinks in the process that asked, seeded by the plan's id; it has no database
and no deadline, and an example is plain data by the time it runs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from pytest_fpharness.model.damage import ABSENT, FAULT, NO_PLACE, TWIN, flow
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.record import Example, Record, unrun
from pytest_fpharness.model.verdict import Verdict, worst
from .examples import Damage, example_plan, example_token, variant_text

#: Draws for each example that runs: some repeat another, some find no place in the bot's content.
DRAWS: Final = 4
TWINS_IN_TEN: Final = 3
SHRINK_RUNS: Final = 30
#: Verdicts that say nothing about the bot: a smaller example would not either.
_NOT_THE_BOT: Final = (Verdict.ERROR, Verdict.MISSING)


class PendingRecord(Protocol):
    """A record that is being made; ``result`` waits for it."""

    def result(self) -> Record: ...


Submit = Callable[[Plan], PendingRecord]


@dataclasses.dataclass(frozen=True)
class GeneratedExample:
    """The damage of one example, and its label."""

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
        self._damages = {kind: [] if made.lacks else self._draw(kind) for kind in self._counts}
        self.drawn = [
            GeneratedExample(damage, kind)
            for kind, count in self._counts.items()
            for damage in self._damages[kind][:count]
        ]
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

        Each of the latter is replaced by the next draw. If none of a label changes anything, its first
        example counts, as VACUOUS.
        """
        applied: list[ExampleRun] = []
        absent: list[ExampleRun] = []
        for kind in self._counts:
            changed, unchanged = self._run_until_enough(kind)
            applied += changed or unchanged[:1]
            absent += [
                (dataclasses.replace(example, label=ABSENT), record)
                for example, record in unchanged[not changed :]
            ]
        return applied, absent

    def _run_until_enough(self, kind: str) -> tuple[list[ExampleRun], list[ExampleRun]]:
        changed: list[ExampleRun] = []
        unchanged: list[ExampleRun] = []
        for damage in self._damages[kind]:
            if len(changed) == self._counts[kind]:
                break
            record = self._record(damage)
            absent = _is_absent(record)
            if kind == FAULT and unchanged and not changed and not absent:
                # The first that changes something is judged with the broken healer, too.
                self._runs.pop(json.dumps(damage))
                record = self._start(damage, first=True).result()
            (unchanged if absent else changed).append((GeneratedExample(damage, kind), record))
        return changed, unchanged

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
        """Different examples of a label; one of each kind of edit comes first, then the second ones."""
        by_text: dict[str, Damage] = {}
        self._explore(kind, lambda damage: by_text.setdefault(json.dumps(damage), damage))
        drawn: Counter[str] = Counter()

        def turn(damage: Damage) -> int:
            drawn[edits := _edits(damage)] += 1
            return drawn[edits]

        return sorted(by_text.values(), key=turn)

    def _smallest(self, failed: GeneratedExample, record: Record) -> ExampleRun:
        """The smallest example with the verdict of this one, as hypothesis shrinks it."""
        if record.verdict in _NOT_THE_BOT:
            return failed, record
        smallest: list[Damage] = []
        limit = len(self._runs) + SHRINK_RUNS

        def fails(damage: Damage) -> None:
            spent = not smallest or len(self._runs) >= limit
            if spent and json.dumps(damage) not in self._runs:
                return  # drawn before the failure and never run, or one run too many
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


def _edits(damage: Damage) -> str:
    """What is changed and where, without the values."""
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
