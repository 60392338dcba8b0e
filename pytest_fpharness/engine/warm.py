"""The warm process: imports, freezes and loads once, then forks a child per run.

Started fresh by :class:`~pytest_fpharness.engine.runner.Runner`, never forked from pytest. It reads one
JSON request a line and answers one JSON line each.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from typing import Any

from pytest_fpharness.engine.child import in_child
from pytest_fpharness.engine.legs import Control
from pytest_fpharness.engine.legs import broken_plan
from pytest_fpharness.engine.legs import control_key
from pytest_fpharness.engine.legs import control_length
from pytest_fpharness.engine.legs import control_plan
from pytest_fpharness.engine.legs import has_broken_healer
from pytest_fpharness.engine.legs import judged_broken
from pytest_fpharness.engine.legs import judged_control
from pytest_fpharness.engine.legs import record_of
from pytest_fpharness.engine.load import TargetError
from pytest_fpharness.engine.load import describe
from pytest_fpharness.engine.load import load_target
from pytest_fpharness.engine.modules import ModuleSpaces
from pytest_fpharness.engine.run import Outcome
from pytest_fpharness.engine.run import Run
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.plain import from_plain
from pytest_fpharness.model.plain import to_plain
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.redact import Redactor
from pytest_fpharness.targets.contract import Target
from pytest_fpharness.world.clock import Clock
from pytest_fpharness.world.clock import real_monotonic
from pytest_fpharness.world.world import CANARY_KEYS


class Warm:
    """A loaded target over a frozen clock, ready to fork."""

    def __init__(self, name: str, base: str, root: str, *, seed: int, wall: float) -> None:
        self.name, self.root, self.seed, self.wall = name, root, seed, wall
        self.redactor = Redactor(CANARY_KEYS.values())
        self.controls: dict[str, Control] = {}
        os.makedirs(root, exist_ok=True)
        os.chdir(root)
        self.target: Target = load_target(name, base)
        self.info: TargetInfo = describe(self.target, name)
        self._prepare_modules()
        self.clock = Clock(0)
        self.clock.freeze()

    def _prepare_modules(self) -> None:
        """Import each process's modules before the first run, so that a fork need not."""
        keep = [n for n, m in sys.modules.items() if m is sys.modules.get(type(self.target).__module__)]
        self.spaces = ModuleSpaces(str(getattr(self.target, "code_root", "")), keep)
        specs = self.target.processes(_Anywhere())  # type: ignore[arg-type]
        self.prepared = {spec.name: self.spaces.load(spec.modules) for spec in specs if spec.modules}

    # -- one record ---------------------------------------------------------------------------

    def record(self, plan: Plan, *, legs: bool = True) -> Record:
        """Run a plan with its legs and judge it."""
        began = real_monotonic()
        control = self._control(plan) if legs else None
        broken = None
        if legs and has_broken_healer(plan):
            broken = judged_broken(plan, self.leg(broken_plan(plan), "broken_healer"), self.info)

        def work() -> str:
            outcome = self._run(plan, "main")
            record = record_of(
                plan, outcome, self.info, control=control, broken=broken, seed=self.seed
            )
            return json.dumps(self.redactor.plain(to_plain(record)), default=str)

        answer = in_child(work, self.wall)
        if answer.died:
            outcome = self._fallen(answer.died, answer.output)
            record = record_of(plan, outcome, self.info, control=control, seed=self.seed)
        else:
            record = from_plain(Record, json.loads(answer.text))
        output = self.redactor.text(answer.output)
        return _replace(record, output=output, wall=round(real_monotonic() - began, 4))

    def _control(self, plan: Plan) -> Control:
        key = control_key(plan)
        known = self.controls.get(key)
        length = control_length(plan, self.info.layout)
        if known is None or known.length < length:
            outcome = self.leg(control_plan(plan), "control", length)
            known = self.controls[key] = judged_control(plan, outcome, self.info, length)
        return known

    def leg(self, plan: Plan, leg: str, length: int = 0) -> Outcome:
        """The outcome of one leg, from a child of its own."""
        answer = in_child(lambda: json.dumps(vars(self._run(plan, leg, length)), default=str), self.wall)
        if answer.died:
            return self._fallen(answer.died, answer.output)
        return Outcome(**json.loads(answer.text))

    @staticmethod
    def _fallen(died: str, output: str) -> Outcome:
        """No result: the harness broke only if the last frame is its own (S29)."""
        ours = _last_frame_is_ours(output)
        if ours:
            return Outcome(error=f"{died}: {ours}", output=output)
        return Outcome(crash=died, output=output)

    def _run(self, plan: Plan, leg: str, length: int = 0) -> Outcome:
        """In the child: build the world, run, and leave the judging to others."""
        _empty(self.root)
        run = Run(
            plan,
            self.target,
            self.root,
            leg=leg,
            length=length,
            spaces=self.spaces,
            prepared=self.prepared,
            seed=self.seed,
        )
        run.world.clock.adopt(self.clock)
        run.world.activate()
        run.supervisor.patch()
        outcome = run.execute()
        run.supervisor.unpatch()
        run.world.deactivate()
        return outcome


class _Anywhere:
    """Stands in for the world while the warm process asks for the list of processes."""

    root = ""
    settings: dict[str, Any] = {}


def _replace(record: Record, **changes: Any) -> Record:
    import dataclasses

    return dataclasses.replace(record, **changes)


def _last_frame_is_ours(output: str) -> str:
    """The last line of a traceback whose innermost frame is the harness's own."""
    lines = output.rstrip().splitlines()
    frames = [line for line in lines if line.lstrip().startswith('File "')]
    if not frames or "Traceback" not in output:
        return ""
    inner = frames[-1]
    here = os.path.dirname(os.path.dirname(__file__))
    ours = here in inner and f"{os.sep}reference_bot{os.sep}" not in inner
    return lines[-1] if ours else ""


def _empty(root: str) -> None:
    for entry in os.scandir(root):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


def main() -> None:
    """Answer requests until stdin closes."""
    options = json.loads(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a target prints must not look like an answer
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        warm = Warm(**options)
    except TargetError as error:
        print(json.dumps({"target_error": str(error)}), file=answers, flush=True)
        return
    print(json.dumps({"info": to_plain(warm.info)}), file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            plan = from_plain(Plan, request["plan"])
            record = warm.record(plan, legs=request["legs"])
            text = json.dumps({"record": to_plain(record)}, default=str)
        except BaseException as error:
            import traceback

            text = json.dumps({"broken": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()})
        print(text, file=answers, flush=True)


if __name__ == "__main__":
    main()
