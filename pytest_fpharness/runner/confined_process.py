"""The process in which the target lives, and its world processes: it plays runs and judges nothing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Final

from pytest_fpharness.extensions import ExtensionError, Extensions
from pytest_fpharness.model.plain import from_plain, to_plain
from pytest_fpharness.runner.canaries import CanaryBot
from pytest_fpharness.runner.forked_child import GRACE, Answer, Child, Pipe
from pytest_fpharness.runner.loaded_target import LoadedTarget, load
from pytest_fpharness.runner.outcomes import text_of
from pytest_fpharness.runner.requests import SEPARATOR, decode_run
from pytest_fpharness.runner.target_loader import TargetError, inspect_target
from pytest_fpharness.runner.world_process import WorldProcess
from pytest_fpharness.simulation.module_spaces import ModuleSpaces

TARGET: Final = "target"
CANARY: Final = "canary"
#: A run that is the first of its world comes after the warm-up.
RUNS_PER_REQUEST: Final = 2


class WorldProcesses:
    """The world processes, started when the first run of a world is asked for."""

    def __init__(self, loaded: LoadedTarget) -> None:
        self.loaded = loaded
        self.alive: dict[str, Child] = {}
        self.failed: dict[str, Answer] = {}

    def outcome(self, key: str, run: str) -> str:
        """The outcome of a run as text, from the process of its world."""
        if key not in self.failed:
            process = self.alive.get(key)
            if process is None:
                process = self.alive[key] = Child(self._serve)
            answer = process.ask(run, RUNS_PER_REQUEST * (self.loaded.wall + GRACE))
            if not answer.died:
                return answer.text
            del self.alive[key]
            self.failed[key] = answer  # a world that cannot be warmed up is tried only once
        return text_of(self.failed[key])

    def _serve(self, pipe: Pipe) -> None:
        """In the world process: warm up for the first run, then answer with an outcome each."""
        process: WorldProcess | None = None
        for line in pipe:
            planned = decode_run(line)
            process = process or WorldProcess(self.loaded, planned.plan)
            pipe.answer(process.outcome(planned))


def serve(options: Mapping[str, Any], pipe: Pipe) -> None:
    """Load the target and answer what is known of it; then answer each request with an outcome."""
    try:
        extensions = from_plain(Extensions, options["extensions"])
        loaded = load(**{**options, "extensions": extensions})
    except (TargetError, ExtensionError) as error:
        pipe.answer(json.dumps({"target_error": str(error)}))
        return
    canary = CanaryBot()
    worlds = {
        TARGET: WorldProcesses(loaded),
        CANARY: WorldProcesses(
            dataclasses.replace(
                loaded, target=canary, info=inspect_target(canary, CANARY),
                spaces=ModuleSpaces(""), prepared={},
            )
        ),
    }  # fmt: skip
    pipe.answer(json.dumps({"info": to_plain(loaded.info)}))
    for line in pipe:
        bot, key, run = line.split(SEPARATOR, 2)
        pipe.answer(worlds[bot].outcome(key, run))
