"""The warm process: has runs played by a process with the target in it, and judges them here.

Started fresh by :class:`~pytest_fpharness.runner.runner.Runner`, never forked from pytest. It reads one
JSON request a line and answers one line each: a record, or JSON with the error. No code of the target
ever runs in it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import netrc  # noqa: F401 - requests imports it at the first call: once for all runs, not in each
import os
import py_compile
import shutil
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pytest_fpharness.confinement.kernel import Layer
from pytest_fpharness.extensions import ExtensionError, Extensions
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.outcome import Outcome
from pytest_fpharness.model.plain import from_plain, to_plain
from pytest_fpharness.model.plan import Plan, PlannedRun
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.wire import RECORD, plain_to_text
from .canaries import CANARIES, CanaryBot, CanaryResult
from .confined_process import CANARY, TARGET, serve_confined
from .forked_child import Child, HungUp, die_with_parent
from .outcomes import REDACTOR, decode_outcome
from .requests import SEPARATOR, decode_plan, encode_request, encode_run
from .target_loader import TargetError, commit_of, inspect_target
from .world_records import WorldRecords

_STDIN = 0


class WarmProcess:
    """A loaded target in a process of its own, and the judge of its runs.

    Args:
        options: The arguments of :func:`~pytest_fpharness.runner.loaded_target.load`, as plain data.
        caller: A pipe; when its other end closes, the run ends.

    Raises:
        TargetError: The target cannot be loaded.
        ExtensionError: An extension cannot be loaded.
    """

    def __init__(self, options: Mapping[str, Any], caller: int | None = None) -> None:
        self.caller, self.seed, self._options = caller, options["seed"], options
        from_plain(Extensions, options["extensions"]).load()  # the judge has their invariants
        about = self._start()
        info = from_plain(TargetInfo, about["info"])
        self.info = replace(info, commit=commit_of(about["code_root"] or options["base"]))
        _compile(about["uncompiled"])
        self.layers = [from_plain(Layer, layer) for layer in about["layers"]]
        self._worlds: dict[tuple[str, str], WorldRecords] = {}
        self.canaries = [self._canary(plan, expected) for expected, plan in CANARIES.items()]

    def _start(self) -> dict[str, Any]:
        """Start the confined process and return what it reports about the target."""
        options = self._options
        self._process = Child(lambda pipe: serve_confined({**options}, pipe), "its process")
        answer = self._process.read(caller=self.caller)
        if answer.died:
            raise TargetError(f"{answer.died} while it was loaded\n{answer.output}")
        about: dict[str, Any] = json.loads(answer.text)
        if "target_error" in about:
            raise TargetError(about["target_error"])
        return about

    def record(self, request: str) -> Record:
        """The record of a request; raises HungUp."""
        return self._record(TARGET, self.info, request)

    def _canary(self, plan: Plan, expected: Any) -> CanaryResult:
        info = inspect_target(CanaryBot(), CANARY)
        record = self._record(CANARY, info, encode_request(plan, companions=False))
        return CanaryResult(plan.id, expected, record.verdict)

    def _record(self, bot: str, info: TargetInfo, request: str) -> Record:
        key, companions, text = request.split(SEPARATOR, 2)
        plan = decode_plan(text)
        records = self._worlds.setdefault((bot, key), WorldRecords(info, self.seed))

        def play(planned: PlannedRun) -> Outcome:
            run = SEPARATOR.join((bot, key, encode_run(planned, text)))
            answer = self._process.ask(run, None, self.caller)
            if answer.died:  # somebody ended it: nothing of the bot runs there between two runs
                self._start()
                answer = self._process.ask(run, None, self.caller)
            if answer.died:
                return Outcome(error=answer.died, output=answer.output)
            return decode_outcome(answer.text)

        return records.record(plan, play, companions=bool(companions))


def _compile(paths: Sequence[str]) -> None:
    """Keep the bytecode of the target's modules, as Python does: the target itself may not write it."""
    for path in () if sys.dont_write_bytecode else paths:
        with contextlib.suppress(OSError):
            py_compile.compile(path, doraise=False, quiet=2)


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
        shutil.rmtree(os.path.dirname(options["area"]), ignore_errors=True)


def _serve(options: Mapping[str, Any]) -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a target prints must not look like an answer
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        warm = WarmProcess(options, caller=_STDIN)
    except (TargetError, ExtensionError) as error:
        print(json.dumps({"target_error": str(error)}), file=answers, flush=True)
        return
    die_with_parent(False)  # the thread that started this process may end; stdin tells the rest
    about = {
        "info": to_plain(warm.info),
        "canaries": to_plain(warm.canaries),
        "layers": to_plain(warm.layers),
    }
    print(json.dumps(about), file=answers, flush=True)
    gc.freeze()
    gc.disable()  # a judged timeline is garbage all at once
    for request in sys.stdin:
        gc.collect(1)
        try:
            record = warm.record(request.rstrip("\n"))
            text = RECORD + plain_to_text(REDACTOR.plain(to_plain(record))).rstrip()
        except HungUp:
            raise
        except BaseException as error:
            broken = f"{type(error).__name__}: {error}"
            text = json.dumps({"broken": broken, "trace": traceback.format_exc()})
        print(text, file=answers, flush=True)


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # pytest was interrupted and has closed the pipe
        main()
