"""Makes the records of one world's plans, in a process that loaded no target."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from pytest_fpharness.judge.record_builder import ControlRun, build_record, judge_control_run
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.outcome import Outcome
from pytest_fpharness.model.plan import BROKEN_HEALER, CONTROL, MAIN, REPETITION, Plan, PlannedRun
from pytest_fpharness.model.record import Record
from pytest_fpharness.world.time.clock import real_monotonic
from .outcomes import REDACTOR
from .planned_runs import planned_runs

#: Plays one run and returns its outcome.
Play = Callable[[PlannedRun], Outcome]


class WorldRecords:
    """The records of the plans that share a warmed-up world, and what they share: its control run."""

    def __init__(self, info: TargetInfo, seed: int) -> None:
        self.info, self.seed = info, seed
        self.control: ControlRun | None = None  # the longest so far
        self.repeated = False  # whether one plan ran twice and gave the same timeline (S33)

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
                self.control = judge_control_run(
                    outcomes[CONTROL], planned.plan, self.info, planned.length
                )
        record = build_record(
            plan,
            outcomes[MAIN],
            self.info,
            control=self.control if companions else None,
            broken_healer=outcomes.get(BROKEN_HEALER),
            repetition=outcomes.get(REPETITION),
            seed=self.seed,
        )
        self.repeated = self.repeated or any(run.name == REPETITION for run in record.companions)
        wall = round(real_monotonic() - began, 4)
        return replace(record, output=REDACTOR.text(record.output), wall=wall)

    def _planned(self, plan: Plan, companions: bool) -> Iterator[PlannedRun]:
        if not companions:
            yield PlannedRun(MAIN, plan)
            return
        known = self.control.length if self.control else 0
        layout = self.info.layout
        yield from planned_runs(plan, layout, control_known=known, repeat=not self.repeated)
