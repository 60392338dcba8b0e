"""The warm process: imports, freezes and loads once, then forks a process per world.

Started fresh by :class:`~pytest_fpharness.runner.runner.Runner`, never forked from pytest. It reads one
JSON request a line and answers one line each: a record, or JSON with the error.
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
from collections.abc import Iterable, Mapping
from typing import Any

from pytest_fpharness.extensions import NO_EXTENSIONS, ExtensionError, Extensions, modules_of
from pytest_fpharness.faults.base import READER
from pytest_fpharness.judge.record_builder import build_record
from pytest_fpharness.model.plain import from_plain, to_plain
from pytest_fpharness.model.record import unrun
from pytest_fpharness.model.wire import RECORD, from_text, to_text
from pytest_fpharness.simulation.module_spaces import ModuleSpaces
from pytest_fpharness.simulation.process_specs import processes_of
from pytest_fpharness.targets.contract import Target
from pytest_fpharness.world.processes.environment import Environment
from pytest_fpharness.world.time.clock import Clock
from pytest_fpharness.world.world import environ_of, start_of
from .canaries import CANARIES, CanaryBot, CanaryResult
from .forked_child import GRACE, Answer, Child, HungUp, Pipe, die_with_parent
from .requests import SEPARATOR, decode_request, encode_request
from .target_loader import NoWorld, TargetError, inspect_target, load_target
from .vocabulary import unknown_name
from .world_process import LoadedTarget, WorldProcess, outcome_of_death

_STDIN = 0
MOST_RUNS = 6  # of one record: warm-up, control, broken healer, repetition, main, and slack


class WarmProcessServer:
    """A loaded target over a frozen clock, and a process for each world that a plan asks for.

    ``root`` is a directory inside one that belongs to this process alone. ``caller`` is a pipe; when its
    other end closes, the run ends.
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
        info = inspect_target(target, name)
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
        self.loaded = LoadedTarget(target, info, root, seed, wall, clock, spaces, prepared)
        self.worlds = WorldProcesses(self.loaded, caller)
        self.canaries = self._self_test(caller)

    def _self_test(self, caller: int | None) -> list[CanaryResult]:
        """Run the canaries against their own bot."""
        bot = CanaryBot()
        info = inspect_target(bot, "canary")
        loaded = dataclasses.replace(
            self.loaded, target=bot, info=info, spaces=ModuleSpaces(""), prepared={}
        )
        worlds = WorldProcesses(loaded, caller)
        results = []
        for expected, plan in CANARIES.items():
            record = from_text(worlds.record(encode_request(plan, companions=False)))
            results.append(CanaryResult(plan.id, expected, record.verdict))
        worlds.close()
        return results


class WorldProcesses:
    """The world processes, started when the first plan of a world comes."""

    def __init__(self, loaded: LoadedTarget, caller: int | None) -> None:
        self.loaded, self.caller = loaded, caller
        self.alive: dict[str, Child] = {}
        self.failed: dict[str, Answer] = {}

    def record(self, request: str) -> str:
        """The record of a request, as text, from the process of its world."""
        key, _, body = request.partition(SEPARATOR)
        if key not in self.failed:
            process = self.alive.get(key)
            if process is None:
                process = self.alive[key] = Child(self._serve)
            patience = MOST_RUNS * (self.loaded.wall + GRACE)
            answer = process.ask(body, patience, caller=self.caller)
            if not answer.died:
                return answer.text
            del self.alive[key]
            self.failed[key] = answer  # a world that cannot be warmed up is tried only once
        plan, _ = decode_request(body)
        outcome = outcome_of_death(self.failed[key])
        return to_text(build_record(plan, outcome, self.loaded.info, seed=self.loaded.seed))

    def close(self) -> None:
        for process in self.alive.values():
            process.close()
            os.waitpid(process.pid, 0)

    def _serve(self, pipe: Pipe) -> None:
        """In the world process: warm up for the first plan, then answer with a record each."""
        process: WorldProcess | None = None
        for line in pipe:
            plan, companions = decode_request(line)
            if why := unknown_name(plan):
                pipe.answer(to_text(unrun(plan, self.loaded.info.name, why)))
                continue
            process = process or WorldProcess(self.loaded, plan)
            pipe.answer(to_text(process.record(plan, companions=companions)))


def _modules(
    target: Target, clock: Clock, extensions: Iterable[str]
) -> tuple[ModuleSpaces, dict[str, Any]]:
    """Each process's modules, imported before the first run so that a fork need not.

    All are imported once before the clock is frozen, and forgotten: extension modules of libraries
    (pandas) take the frozen classes for their own and crash. The libraries stay.
    """
    adapter = sys.modules.get(type(target).__module__)
    keep = [name for name, module in sys.modules.items() if module is adapter]
    keep += extensions  # a fork must find what they registered
    spaces = ModuleSpaces(str(getattr(target, "code_root", "")), keep)
    names = {spec.name: spec.modules for spec in processes_of(target, NoWorld()) if spec.modules}
    names[READER] = getattr(target, "reader_modules", ())
    spaces.load([module for modules in names.values() for module in modules])
    clock.freeze(ignore=())
    prepared = {name: spaces.load(modules) for name, modules in names.items()}
    return spaces, prepared


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
        # The parent directory belongs to this process, and holds what its world processes keep.
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
        json.dumps({"info": to_plain(warm.loaded.info), "canaries": to_plain(warm.canaries)}),
        file=answers,
        flush=True,
    )
    for request in sys.stdin:
        try:
            text = RECORD + warm.worlds.record(request.rstrip("\n")).rstrip()
        except HungUp:
            raise
        except BaseException as error:
            broken = f"{type(error).__name__}: {error}"
            text = json.dumps({"broken": broken, "trace": traceback.format_exc()})
        print(text, file=answers, flush=True)


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # pytest was interrupted and has closed the pipe
        main()
