"""A generated plan: ten examples of damage, each is one run, and all of them one record.

They are drawn, and shrunk by hypothesis, in the process that asked, seeded by the plan's id. An
example is plain data by the time it runs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import itertools
import json
import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from pytest_fpharness.model.damage import ABSENT, FAULT, NO_PLACE, TWIN, flow
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.record import Example, Record, unrun
from pytest_fpharness.model.verdict import Verdict, worst
from pytest_fpharness.runner.planned_runs import breaks_healer
from . import kinds
from .examples import Damage, example_plan, example_token, variant_text

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

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
        rule, bytes_too = made.rule, made.bytes_too
        found = {FAULT: [], TWIN: []} if made.lacks else {
            FAULT: kinds.faults(rule, bytes_too=bytes_too, whole=made.whole),
            TWIN: kinds.twins(rule, bytes_too=bytes_too),
        }  # fmt: skip
        self._kinds: dict[str, list[Sequence[Damage]]] = found
        self._damages = {label: self._draw(label) for label in self._counts}
        self.drawn = [
            GeneratedExample(damage, label)
            for label, count in self._counts.items()
            for damage in self._damages[label][:count]
        ]
        self._runs: dict[str, PendingRecord] = {}
        for example in self.drawn:
            self._start(example.damage)

    def result(self) -> Record:
        """The record of all examples; of the smallest failing one where any failed."""
        lacks = self._made.lacks
        if not lacks and not self._kinds[FAULT]:
            lacks = f"shape '{self._made.shape}' that something could be wrong with"
        if lacks:
            record = unrun(self.plan, self.target, f"the target has no {lacks}")
            return dataclasses.replace(record, verdict=Verdict.MISSING)
        applied: list[ExampleRun] = []
        absent: list[ExampleRun] = []
        for label in self._counts:
            self._run(label, applied, absent)
        applied[0] = self._with_broken_healer(*applied[0])
        failed = [pair for pair in applied if pair[1].verdict is not Verdict.PASS]
        bad = worst([record.verdict for _, record in failed])
        first = next((pair for pair in failed if pair[1].verdict is bad), None)
        shown = self._smallest(*first) if first else applied[0]
        extra = [] if shown in applied else [shown]
        return self._gathered([*applied, *extra, *absent], *shown, failed=bool(failed))

    def _run(self, label: str, applied: list[ExampleRun], absent: list[ExampleRun]) -> None:
        """Run examples of a label until enough have changed something.

        One that the bot's content has no place for is replaced by the next draw. If none changes
        anything, the first one counts, as VACUOUS.
        """
        before = len(applied)
        unchanged: list[ExampleRun] = []
        for damage in self._damages[label]:
            if len(applied) - before == self._counts[label]:
                break
            pair = GeneratedExample(damage, label), self._record(damage)
            (unchanged if _is_absent(pair[1]) else applied).append(pair)
        if len(applied) == before:
            applied += unchanged[:1]
            del unchanged[:1]
        absent += [(dataclasses.replace(e, label=ABSENT), record) for e, record in unchanged]

    # -- runs -----------------------------------------------------------------------------------

    def _start(self, damage: Damage) -> PendingRecord:
        """Ask for the run of an example, once, without the companion that breaks the healer."""
        key = json.dumps(damage)
        if key not in self._runs:
            plan = dataclasses.replace(example_plan(self.plan, damage), break_healer=False)
            self._runs[key] = self._submit(plan)
        return self._runs[key]

    def _record(self, damage: Damage) -> Record:
        return self._start(damage).result()

    def _with_broken_healer(self, example: GeneratedExample, record: Record) -> ExampleRun:
        """The first example, judged with the companion, too."""
        plan = example_plan(self.plan, example.damage)
        return example, self._submit(plan).result() if breaks_healer(plan) else record

    # -- drawing and shrinking ------------------------------------------------------------------

    def _draw(self, label: str) -> list[Damage]:
        """Examples of a label in random order: one of each kind first, then the second ones."""
        kinds, rng = self._kinds[label], self._random(label)
        each = -(-DRAWS * self._counts[label] // max(1, len(kinds)))
        samples = [rng.sample(kind, min(each, len(kind))) for kind in kinds]
        turns = itertools.zip_longest(*rng.sample(samples, len(samples)))
        return [damage for turn in turns for damage in turn if damage is not None]

    def _smallest(self, failed: GeneratedExample, record: Record) -> ExampleRun:
        """The simplest example of the same kind and verdict, as hypothesis shrinks it."""
        import hypothesis

        if record.verdict in _NOT_THE_BOT:
            return failed, record
        kind = next(kind for kind in self._kinds[failed.label] if failed.damage in kind)
        limit = len(self._runs) + SHRINK_RUNS

        def fails(damage: Damage) -> bool:
            spent = len(self._runs) >= limit and json.dumps(damage) not in self._runs
            return not spent and self._record(damage).verdict is record.verdict

        least = failed.damage
        with contextlib.suppress(hypothesis.errors.NoSuchExample):
            least = hypothesis.find(
                _one_of(kind[: kind.index(least) + 1]),
                fails,
                settings=hypothesis.settings(
                    max_examples=SHRINK_RUNS,
                    database=None,
                    deadline=None,
                    phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
                    suppress_health_check=list(hypothesis.HealthCheck),
                    verbosity=hypothesis.Verbosity.quiet,
                ),
                random=self._random("shrink"),
            )
        return GeneratedExample(least, failed.label), self._record(least)

    def _random(self, use: str) -> random.Random:
        """Random numbers that the plan and the seed decide, and nothing else."""
        return random.Random(f"{self.plan.id}@{self.seed}/{use}")

    # -- the record -----------------------------------------------------------------------------

    def _gathered(
        self, tried: Sequence[ExampleRun], shown: GeneratedExample, record: Record, *, failed: bool
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


def _one_of(kind: Sequence[Damage]) -> SearchStrategy[Damage]:
    """A strategy for one of the examples, the first is the simplest.

    Made of flags alone: hypothesis mixes constants of the modules that are loaded into whole numbers,
    and the processes of a session do not have the same modules.
    """
    from hypothesis import strategies as st

    bits = (len(kind) - 1).bit_length()
    flags = st.lists(st.booleans(), min_size=bits, max_size=bits)
    # The first flag decides least: flags that become False make the choice a simpler one.
    index = flags.map(lambda drawn: sum(flag << i for i, flag in enumerate(drawn)))
    return index.map(lambda number: kind[number % len(kind)])


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
