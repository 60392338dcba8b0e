"""A stem: a process that warmed one world up once, and forks a child per leg from there."""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import re
import sysconfig
from collections.abc import Mapping
from typing import Final

from pytest_fpharness.judge.record_builder import (
    Control,
    broken_plan,
    control_length,
    control_plan,
    has_broken_healer,
    judged_broken,
    judged_control,
    record_of,
    run_again,
)
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.outcome import Outcome
from pytest_fpharness.model.plain import to_plain
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.redact import Redactor, looks_secret
from pytest_fpharness.model.wire import from_text, plain_to_text
from pytest_fpharness.runner.forked_child import Answer, in_child
from pytest_fpharness.runner.snapshot import Snapshot, empty
from pytest_fpharness.simulation.module_spaces import ModuleSpaces, Space
from pytest_fpharness.simulation.run import Run
from pytest_fpharness.targets.contract import ContractError, Target
from pytest_fpharness.world.time.clock import Clock, real_monotonic
from pytest_fpharness.world.world import CANARY_KEYS, start_of

_STANDARD = (sysconfig.get_paths()["stdlib"] + os.sep, "<frozen ")
#: Also the machine's own keys: a bot may find one in the environment that it inherits.
REDACTOR: Final = Redactor(
    [*CANARY_KEYS.values(), *(value for name, value in os.environ.items() if looks_secret(name))]
)
RAISED = "the run ended with exit code 1"  # how a child ends that an exception left


@dataclasses.dataclass(frozen=True)
class LoadedTarget:
    """What every run of a warm process stands on."""

    target: Target
    info: TargetInfo
    root: str
    seed: int
    wall: float
    clock: Clock  # holds the freeze
    spaces: ModuleSpaces
    prepared: Mapping[str, Space]


class WorldProcess:
    """One world, warmed up; its runs differ only in what is broken after that."""

    def __init__(self, ground: LoadedTarget, plan: Plan) -> None:
        self.ground = ground
        self.control: Control | None = None  # the longest so far
        self.checked = False  # whether one plan ran twice and gave the same timeline (S33)
        self.plain = control_plan(plan)
        empty(ground.root)
        self.run = Run(
            self.plain,
            ground.target,
            ground.root,
            spaces=ground.spaces,
            # A module may have asked for the time: what was imported at another start does not do.
            prepared=ground.prepared if start_of(plan.world) == ground.clock.start else {},
            seed=ground.seed,
        )
        self.run.world.clock.adopt(ground.clock)
        self.run.world.activate()
        self.run.supervisor.patch()
        self.run.warm_up()
        gc.collect()  # before the snapshot: what nobody holds any more is not open
        self.home = Snapshot(ground.root)
        gc.freeze()  # a child that collects would copy every page of this process
        gc.disable()

    def record(self, plan: Plan, *, legs: bool) -> Record:
        """Run a plan with its legs, and judge it."""
        began = real_monotonic()
        control = self._control(plan) if legs else None
        broken = None
        if legs and has_broken_healer(plan):
            outcome = self._leg(broken_plan(plan), "broken_healer")
            broken = judged_broken(plan, outcome, self.ground.info)
        first = self._leg(plan, "main").digest if legs and not self.checked else ""

        def work() -> str:
            outcome = self._carry_on(plan, "main")
            record = record_of(
                plan,
                outcome,
                self.ground.info,
                control=control,
                broken=broken,
                seed=self.ground.seed,
            )
            return plain_to_text(REDACTOR.plain(to_plain(record)))

        answer = in_child(work, self.ground.wall)
        if answer.died:
            outcome = outcome_of_death(answer)
            record = record_of(
                plan, outcome, self.ground.info, control=control, seed=self.ground.seed
            )
        else:
            record = from_text(answer.text)
        if first and record.digest:
            self.checked = True
            record = run_again(record, first)
        output = REDACTOR.text(answer.output)
        return dataclasses.replace(record, output=output, wall=round(real_monotonic() - began, 4))

    def _control(self, plan: Plan) -> Control:
        """The run without a fault, as long as the longest plan so far needs it."""
        known = self.control
        length = control_length(plan, self.ground.info.layout)
        if known is None or known.length < length:
            outcome = self._leg(self.plain, "control", length)
            known = judged_control(self.plain, outcome, self.ground.info, length)
            self.control = known
        return known

    def _leg(self, plan: Plan, leg: str, length: int = 0) -> Outcome:
        work = lambda: json.dumps(vars(self._carry_on(plan, leg, length)), default=str)  # noqa: E731
        answer = in_child(work, self.ground.wall)
        return outcome_of_death(answer) if answer.died else Outcome(**json.loads(answer.text))

    def _carry_on(self, plan: Plan, leg: str, length: int = 0) -> Outcome:
        """In the child: the directory as it was after the warm-up, then the leg."""
        empty(self.ground.root)
        self.home.put_back()
        return self.run.carry_on(plan, leg, length)


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
    told = [path for path in frames if not path.startswith(ports) and not _is_library(path)]
    return bool(told) and told[-1].startswith(package + os.sep) and not told[-1].startswith(bot)


def _is_library(path: str) -> bool:
    """Whether a frame is the standard library's; what is installed beside it may be the bot."""
    return path.startswith(_STANDARD) and "-packages" not in path
