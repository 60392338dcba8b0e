"""Makes the records of one world's plans, in a process that loaded no target."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from pytest_fpharness.judge.record_builder import ControlRun, build_record, judge_control_run
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.outcome import Outcome
from pytest_fpharness.model.plan import BROKEN_HEALER, CONTROL, MAIN, REPETITION, Plan, PlannedRun
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.text import harmless
from pytest_fpharness.world.time.clock import real_monotonic
from .outcomes import REDACTOR, first_part
from .planned_runs import control_length, planned_runs

#: Plays one run and returns its outcome.
Play = Callable[[PlannedRun], Outcome]


class WorldRecords:
    """The records of the plans that share a warmed-up world, and what they share: its control run."""

    def __init__(self, info: TargetInfo, seed: int) -> None:
        self.info, self.seed = info, seed
        self._control: tuple[Plan, Outcome, int] | None = None  # the longest so far, and its length
        self._judged: dict[int, ControlRun] = {}  # by length

    def record(self, plan: Plan, play: Play, *, companions: bool) -> Record:
        """Have the runs of a plan played and build its record.

        Args:
            plan: The variant to run.
            play: Plays a run.
            companions: Whether the runs besides the main one are wanted.
        """
        began = real_monotonic()
        outcomes: dict[str, Outcome] = {}
        for planned in self._planned(plan, companions):
            outcomes[planned.kind] = play(planned)
            if planned.kind == CONTROL:
                self._control = planned.plan, outcomes[CONTROL], planned.length
        record = build_record(
            plan,
            outcomes[MAIN],
            self.info,
            control=self._control_for(plan) if companions else None,
            broken_healer=outcomes.get(BROKEN_HEALER),
            repetition=outcomes.get(REPETITION),
            seed=self.seed,
        )
        wall = round(real_monotonic() - began, 4)
        return replace(record, output=harmless(REDACTOR.text(record.output)), wall=wall)

    def _planned(self, plan: Plan, companions: bool) -> Iterator[PlannedRun]:
        if not companions:
            yield PlannedRun(MAIN, plan)
            return
        known = self._control[2] if self._control else 0
        yield from planned_runs(plan, self.info.layout, control_known=known)

    def _control_for(self, plan: Plan) -> ControlRun:
        """The control run, as long as this plan needs it, whatever other plans came before."""
        assert self._control is not None
        control, outcome, _ = self._control
        length = control_length(plan, self.info.layout)
        if length not in self._judged:
            part = first_part(outcome, length)
            self._judged[length] = judge_control_run(part, control, self.info, length)
        return self._judged[length]
