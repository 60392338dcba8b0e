"""The warm process: imports, freezes and loads once, then forks a stem per world.

Started fresh by :class:`~pytest_fpharness.runner.runner.Runner`, never forked from pytest. It reads one
JSON request a line and answers one line each: a record, or JSON that says why there is none.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import netrc  # noqa: F401 - requests imports it at the first call: once for all runs, not in each
import os
import shutil
import sys
import time
import traceback
import types
from collections.abc import Iterable, Mapping
from typing import Any

from pytest_fpharness.extensions import NO_EXTENSIONS, ExtensionError, Extensions, modules_of
from pytest_fpharness.faults.base import READER
from pytest_fpharness.judge.record_builder import control_key, record_of
from pytest_fpharness.model.plain import from_plain, to_plain
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.wire import RECORD, from_text, to_text
from pytest_fpharness.runner.canaries import CANARIES, CanaryBot, CanaryResult
from pytest_fpharness.runner.forked_child import GRACE, Answer, Child, HungUp, die_with_parent
from pytest_fpharness.runner.target_loader import TargetError, describe, load_target
from pytest_fpharness.runner.world_process import LoadedTarget, WorldProcess, outcome_of_death
from pytest_fpharness.simulation.module_spaces import ModuleSpaces
from pytest_fpharness.simulation.process_specs import processes_of
from pytest_fpharness.targets.contract import Target
from pytest_fpharness.world.processes.environment import Environment
from pytest_fpharness.world.time.clock import Clock
from pytest_fpharness.world.world import environ_of, start_of

_STDIN = 0
LEGS = 6  # the most that one record asks of a stem: warm-up, control, broken healer, run, and slack


class WarmProcessServer:
    """A loaded target over a frozen clock, and a stem for each world that was asked for.

    ``root`` is a directory in one of its own; ``caller``, a pipe whose hanging up ends a run.
    """

    def __init__(
        self,
        name: str,
        base: str,
        root: str,
        *,
        seed: int,
        wall: float,
        caller: int | None = None,
        extensions: Extensions = NO_EXTENSIONS,
    ) -> None:
        os.makedirs(root, exist_ok=True)
        os.chdir(root)
        extensions.load()
        target = load_target(name, base)
        info = describe(target, name)
        clock = Clock(start_of({}))
        environment = Environment()
        environment.set(environ_of(info.layout))  # a module may ask for it while it is imported
        try:
            spaces, prepared = _modules(target, clock, modules_of(extensions))
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            raise TargetError(f"the modules of {name} do not import: {what}") from error
        finally:
            environment.restore()
        self.ground = LoadedTarget(target, info, root, seed, wall, clock, spaces, prepared)
        self.stems = WorldProcesses(self.ground, caller)
        self.canaries = self._self_test(caller)

    def _self_test(self, caller: int | None) -> list[CanaryResult]:
        """Run the canaries over a ground of their own."""
        bot = CanaryBot()
        info = describe(bot, "canary")
        ground = dataclasses.replace(
            self.ground, target=bot, info=info, spaces=ModuleSpaces(""), prepared={}
        )
        stems = WorldProcesses(ground, caller)
        found = [
            CanaryResult(plan.id, verdict, from_text(stems.record(plan, legs=False)).verdict)
            for verdict, plan in CANARIES.items()
        ]
        stems.close()
        return found


class WorldProcesses:
    """The stem of each world that was asked for."""

    def __init__(self, ground: LoadedTarget, caller: int | None) -> None:
        self.ground, self.caller = ground, caller
        self.alive: dict[str, Child] = {}
        self.failed: dict[str, Answer] = {}

    def record(self, plan: Plan, *, legs: bool) -> str:
        """The record of a plan, as text, from the stem of its world."""
        key = control_key(plan)
        request = json.dumps({"plan": to_plain(plan), "legs": legs})
        if key not in self.failed:
            stem = self.alive.get(key)
            if stem is None:
                stem = self.alive[key] = Child(lambda pipe: self._serve(plan, pipe))
            answer = stem.ask(request, LEGS * (self.ground.wall + GRACE), caller=self.caller)
            if not answer.died:
                return answer.text
            del self.alive[key]
            self.failed[key] = answer  # a world that cannot be warmed up is told once, at once
        outcome = outcome_of_death(self.failed[key])
        return to_text(record_of(plan, outcome, self.ground.info, seed=self.ground.seed))

    def close(self) -> None:
        """End every stem."""
        for stem in self.alive.values():
            stem.close()
            os.waitpid(stem.pid, 0)

    def _serve(self, plan: Plan, pipe: Any) -> None:
        """In the stem: warm up, then one record a request."""
        stem = WorldProcess(self.ground, plan)
        for line in pipe:
            request = json.loads(line)
            asked = from_plain(Plan, request["plan"])
            record = stem.record(asked, legs=request["legs"])
            pipe.answer(to_text(record))


def _modules(
    target: Target, clock: Clock, extensions: Iterable[str]
) -> tuple[ModuleSpaces, dict[str, Any]]:
    """Each process's modules, imported before the first run so that a fork need not.

    All are imported once before the clock is frozen, and forgotten: extension modules of libraries
    (pandas) take the frozen classes for their own and crash. The libraries stay.
    """
    mine = sys.modules.get(type(target).__module__)
    keep = [name for name, module in sys.modules.items() if module is mine]
    keep += extensions  # a fork must find what they registered
    spaces = ModuleSpaces(str(getattr(target, "code_root", "")), keep)
    names = {spec.name: spec.modules for spec in processes_of(target, _Anywhere()) if spec.modules}
    names[READER] = getattr(target, "reader_modules", ())
    spaces.load([module for modules in names.values() for module in modules])
    clock.freeze(ignore=())
    prepared = {name: spaces.load(modules) for name, modules in names.items()}
    return spaces, prepared


class _Anywhere:
    """Stands in for the world while the warm process asks for the list of processes."""

    root = ""
    settings: Mapping[str, Any] = types.MappingProxyType({})


def main() -> None:
    """Answer requests until stdin closes, be it in the middle of a run."""
    options = json.loads(sys.argv[1])
    die_with_parent(True)  # nothing looks at stdin while a target is imported
    try:
        _serve(options)
    except HungUp:
        pass
    finally:
        # A pytest that was killed cannot do it.
        # The directory around it was made for this process, and holds what its stems keep.
        shutil.rmtree(os.path.dirname(options["root"]), ignore_errors=True)


def _serve(options: Mapping[str, Any]) -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a target prints must not look like an answer
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        extensions = from_plain(Extensions, options["extensions"])
        warm = WarmProcessServer(**{**options, "extensions": extensions}, caller=_STDIN)
    except (TargetError, ExtensionError) as error:
        print(json.dumps({"target_error": str(error)}), file=answers, flush=True)
        return
    die_with_parent(False)  # the thread that started this process may end; stdin tells the rest
    print(
        json.dumps({"info": to_plain(warm.ground.info), "canaries": to_plain(warm.canaries)}),
        file=answers,
        flush=True,
    )
    for line in sys.stdin:
        request = json.loads(line)
        try:
            plan = from_plain(Plan, request["plan"])
            text = RECORD + warm.stems.record(plan, legs=request["legs"]).rstrip()
        except HungUp:
            raise
        except BaseException as error:
            broken = f"{type(error).__name__}: {error}"
            text = json.dumps({"broken": broken, "trace": traceback.format_exc()})
        print(text, file=answers, flush=True)


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # pytest was interrupted: nobody listens any more
        main()
