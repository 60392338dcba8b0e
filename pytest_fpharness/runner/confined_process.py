"""The process in which the target lives, and its world processes: it plays runs and judges nothing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pytest_fpharness.confinement import kernel, unaudited
from pytest_fpharness.confinement.audit import Confinement
from pytest_fpharness.confinement.boundary import boundary, real_path
from pytest_fpharness.confinement.kernel import Layer
from pytest_fpharness.extensions import ExtensionError, Extensions
from pytest_fpharness.model.outcome import Outcome
from pytest_fpharness.model.plain import from_plain, to_plain
from pytest_fpharness.simulation.module_spaces import ModuleSpaces
from pytest_fpharness.world.filesystem.real_calls import exists
from pytest_fpharness.world.switches import switch_all
from .canaries import CanaryBot
from .escapes import EscapeLog, Surroundings
from .forked_child import READY, Answer, Child, Pipe, die_with_parent, end_as
from .loaded_target import LoadedTarget, load
from .outcomes import encode_outcome, text_of
from .requests import SEPARATOR, decode_run
from .target_loader import TargetError, code_root_of, inspect_target
from .vocabulary import unknown_name
from .world_process import WorldProcess

TARGET: Final = "target"
CANARY: Final = "canary"


class WorldProcesses:
    """The world processes, started when the first run of a world is asked for."""

    def __init__(self, loaded: LoadedTarget) -> None:
        self.loaded = loaded
        self.alive: dict[str, Child] = {}
        self.failed: dict[str, Answer] = {}

    def outcome(self, key: str, run: str) -> str:
        """The outcome of a run as text, from the process of its world.

        A process that somebody outside has ended is started again, once.
        """
        if key not in self.failed:
            answer = self._ask(key, run)
            if answer.died and answer.outside:
                answer = self._ask(key, run)
            if not answer.died:
                return answer.text
            self.failed[key] = answer  # a world that cannot be warmed up is tried only once
        return text_of(self.failed[key])

    def _ask(self, key: str, run: str) -> Answer:
        with self.loaded.surroundings.harness_works():
            process = self.alive.get(key)
            if process is None:
                process = self.alive[key] = Child(self._serve)
            answer = process.ask(run, self.loaded.wall)
            if answer.died:
                del self.alive[key]
        return answer

    def _serve(self, pipe: Pipe) -> None:
        """In the world process: warm up for the first run, then answer with an outcome each."""
        self.loaded.surroundings.target_works(may_fork=True)
        process: WorldProcess | None = None
        for line in pipe:
            planned = decode_run(line)
            if why := unknown_name(planned.plan):  # here: the adapter may have registered faults
                pipe.answer(text_of(Answer(text=encode_outcome(Outcome(error=why)))))
                continue
            process = process or WorldProcess(self.loaded, planned.plan)
            pipe.part(READY)
            pipe.answer(process.outcome(planned))


def serve_confined(options: dict[str, Any], pipe: Pipe) -> None:
    """Confine this process, then serve. In the process that :class:`WarmProcess` has forked for it.

    The target lives in a child: only a child is in the new name space of processes.
    """
    area = options["area"]
    os.makedirs(area, exist_ok=True)
    around = os.path.dirname(os.path.realpath(area))
    layers = kernel.separate(around)
    pid = os.fork()
    if pid:
        pipe.close()
        end_as(pid)
    die_with_parent(True)
    own = boundary(area, [options["base"], *options.pop("readable")])
    layers += kernel.restrict(own, around)
    unaudited.install()
    switch_all()
    log = EscapeLog(own.root, options["base"], lambda path: own.holds_keys(real_path(path)))
    confinement = Confinement(own, log)
    confinement.install()
    sys.dont_write_bytecode = True  # it would be outside
    serve(options, pipe, Surroundings(log, confinement), layers)


def _uncompiled() -> Iterator[str]:
    """Source files of imported modules whose bytecode could not be kept: it would be outside."""
    for module in list(sys.modules.values()):
        spec = getattr(module, "__spec__", None)
        cached, origin = getattr(spec, "cached", None), getattr(spec, "origin", None)
        if cached and origin and origin.endswith(".py") and not exists(cached):
            yield origin


def serve(
    options: Mapping[str, Any], pipe: Pipe, surroundings: Surroundings, layers: Sequence[Layer]
) -> None:
    """Load the target and answer what is known of it; then answer each request with an outcome."""
    try:
        extensions = from_plain(Extensions, options["extensions"])
        loaded = load(**{**options, "extensions": extensions, "surroundings": surroundings})
    except (TargetError, ExtensionError) as error:
        pipe.answer(json.dumps({"target_error": str(error)}))
        return
    canary = CanaryBot()
    worlds = {
        TARGET: WorldProcesses(loaded),
        CANARY: WorldProcesses(
            replace(
                loaded, target=canary, info=inspect_target(canary, CANARY),
                spaces=ModuleSpaces(""), prepared={}, escapes=(),
            )
        ),
    }  # fmt: skip
    about = {
        "info": loaded.info, "layers": layers, "code_root": code_root_of(loaded.target),
        "uncompiled": list(_uncompiled()),
    }  # fmt: skip
    pipe.answer(json.dumps(to_plain(about)))
    for line in pipe:
        bot, key, run = line.split(SEPARATOR, 2)
        pipe.answer(worlds[bot].outcome(key, run))
