"""The world process: warms one world up, then forks a child for each run."""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import re
import sysconfig
from collections.abc import Mapping
from typing import Final

from pytest_fpharness.judge.record_builder import ControlRun, build_record, judge_control_run
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.outcome import Outcome
from pytest_fpharness.model.plain import to_plain
from pytest_fpharness.model.plan import BROKEN_HEALER, CONTROL, MAIN, REPETITION, Plan, PlannedRun
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.redact import Redactor, looks_secret
from pytest_fpharness.model.wire import from_text, plain_to_text
from pytest_fpharness.simulation.module_spaces import ModuleSpaces, Space
from pytest_fpharness.simulation.run import SimulationRun
from pytest_fpharness.simulation.supervisor import CrashHandler, ignore_crash
from pytest_fpharness.targets.contract import ContractError, Target
from pytest_fpharness.world.time.clock import Clock, real_monotonic
from pytest_fpharness.world.world import CANARY_KEYS, start_of
from .forked_child import Answer, in_child
from .planned_runs import planned_runs
from .snapshot import Snapshot, empty

_STANDARD = (sysconfig.get_paths()["stdlib"] + os.sep, "<frozen ")
#: Also the machine's own keys: a bot may find one in the environment that it inherits.
REDACTOR: Final = Redactor(
    [*CANARY_KEYS.values(), *(value for name, value in os.environ.items() if looks_secret(name))]
)
RAISED = "the run ended with exit code 1"  # how a child ends that an exception left


@dataclasses.dataclass(frozen=True)
class LoadedTarget:
    """The target and everything that all runs of a warm process share."""

    target: Target
    info: TargetInfo
    root: str
    seed: int
    wall: float
    clock: Clock  # holds the freeze
    spaces: ModuleSpaces
    prepared: Mapping[str, Space]


class WorldProcess:
    """One warmed-up world; its runs differ only in what happens after the warm-up."""

    def __init__(
        self, loaded: LoadedTarget, plan: Plan, *, on_crash: CrashHandler = ignore_crash
    ) -> None:
        self.loaded = loaded
        self.control: ControlRun | None = None  # the longest so far
        self.repeated = False  # whether one plan ran twice and gave the same timeline (S33)
        empty(loaded.root)
        self.run = SimulationRun(
            plan.without_faults(),
            loaded.target,
            loaded.root,
            spaces=loaded.spaces,
            # Modules that were imported at another start time may have kept it.
            prepared=loaded.prepared if start_of(plan.world) == loaded.clock.start else {},
            seed=loaded.seed,
            on_crash=on_crash,
        )
        self.run.world.clock.adopt(loaded.clock)
        self.run.world.activate()
        self.run.supervisor.patch()
        self.run.warm_up()
        gc.collect()  # before the snapshot: garbage may hold files open
        self.snapshot = Snapshot(loaded.root)
        gc.freeze()  # a child that collects would copy every page of this process
        gc.disable()

    def record(self, plan: Plan, *, companions: bool) -> Record:
        """Play the runs of a plan and build its record; ``companions=False`` plays the main run only."""
        began = real_monotonic()
        outcomes: dict[str, Outcome] = {}
        for planned in self._planned(plan) if companions else ():
            if planned.kind != MAIN:
                outcomes[planned.kind] = self._outcome(planned)
            if planned.kind == CONTROL:
                self.control = judge_control_run(
                    outcomes[CONTROL], planned.plan, self.loaded.info, planned.length
                )

        def build(main: Outcome) -> Record:
            return build_record(
                plan,
                main,
                self.loaded.info,
                control=self.control if companions else None,
                broken_healer=outcomes.get(BROKEN_HEALER),
                repetition=outcomes.get(REPETITION),
                seed=self.loaded.seed,
            )

        # Judged in the child that played it: a timeline is large, and a record is not.
        main = PlannedRun(MAIN, plan)
        answer = in_child(lambda: _encode(build(self._play(main))), self.loaded.wall)
        record = build(outcome_of_death(answer)) if answer.died else from_text(answer.text)
        self.repeated = self.repeated or any(run.name == REPETITION for run in record.companions)
        output = REDACTOR.text(answer.output)
        return dataclasses.replace(record, output=output, wall=round(real_monotonic() - began, 4))

    def _planned(self, plan: Plan) -> list[PlannedRun]:
        known = self.control.length if self.control else 0
        layout = self.loaded.info.layout
        return list(planned_runs(plan, layout, control_known=known, repeat=not self.repeated))

    def _outcome(self, planned: PlannedRun) -> Outcome:
        encode = lambda: json.dumps(vars(self._play(planned)), default=str)  # noqa: E731
        answer = in_child(encode, self.loaded.wall)
        return outcome_of_death(answer) if answer.died else Outcome(**json.loads(answer.text))

    def _play(self, planned: PlannedRun) -> Outcome:
        """In the child: put the directory back as it was after the warm-up, then play the run."""
        empty(self.loaded.root)
        self.snapshot.put_back()
        return self.run.carry_on(planned)


def _encode(record: Record) -> str:
    return plain_to_text(REDACTOR.plain(to_plain(record)))


def outcome_of_death(answer: Answer) -> Outcome:
    """No result: the harness broke only if the innermost frame is its own (S29)."""
    output = REDACTOR.text(answer.output)
    # A hang or a signal leaves no exception: a traceback in the output is one that the bot printed.
    _, raised, trace = output.rpartition("Traceback (most recent call last)")
    if not raised or answer.died != RAISED:
        return Outcome(crash=answer.died, output=output)
    reason = f"{answer.died}: {trace.rstrip().splitlines()[-1]}"
    if _is_ours(trace) and f"{ContractError.__name__}: " not in reason:
        return Outcome(error=reason, output=output)
    return Outcome(crash=reason, output=output)


def _is_ours(trace: str) -> bool:
    """Whether a traceback's innermost frame outside libraries and ports is the harness's."""
    package = os.path.dirname(os.path.dirname(__file__))
    ports = os.path.join(package, "world") + os.sep
    bot = os.path.join(package, "reference_bot") + os.sep
    frames = re.findall(r'^ *File "([^"]+)"', trace, re.MULTILINE)
    own_frames = [path for path in frames if not path.startswith(ports) and not _is_library(path)]
    return (
        bool(own_frames)
        and own_frames[-1].startswith(package + os.sep)
        and not own_frames[-1].startswith(bot)
    )


def _is_library(path: str) -> bool:
    """Whether a frame is the standard library's; what is installed beside it may be the bot."""
    return path.startswith(_STANDARD) and "-packages" not in path
