"""Canaries: three runs that must not pass, a self-test of each warm process.

One must FAIL, one must be VACUOUS and one must be ERROR. If any ends otherwise, the harness itself is
broken, and every item of that process is ERROR.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.health import FailurePointHealth, Health, Readiness, Status
from pytest_fpharness.model.layout import FileBinding, Layout
from pytest_fpharness.model.plan import Injection, Plan, Predicate
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.targets.contract import Process, Task
from pytest_fpharness.world.world import World

FP = "FP-0.0"
_CHECK = 30 * SECOND


class CanaryBot:
    """A monitor that reads one of its two files and never reports a problem."""

    name = "canary"
    code_root = ""

    def layout(self) -> Layout:
        """Two files; only the first is ever read."""
        files = {"state.read": FileBinding("read.json"), "state.unread": FileBinding("unread.json")}
        return Layout(files=files, check=_CHECK, cycle=2 * _CHECK)

    def processes(self, world: World) -> Sequence[Process]:
        return [Process("monitor", self._start, [Task("check", _CHECK)], monitor=True)]

    def prepare(self, world: World) -> None:
        for path in ("read.json", "unread.json"):
            world.files.put(path, b"{}")

    def health(self) -> Health:
        return Health(0.0, Readiness.GREEN, {FP: FailurePointHealth(Status.OK)})

    @staticmethod
    def _start() -> Mapping[str, Callable[[], object]]:
        return {"check": lambda: os.path.exists("read.json")}


def _plan(variant: str, **params: Any) -> Plan:
    return Plan(
        fp=FP,
        variant=variant,
        title="canary",
        steady=(Predicate("readiness", "is", "GREEN", text="readiness is GREEN"),),
        inject=(Injection("file.corrupt", {"how": "truncated", **params}),),
    )


#: What each canary injects, and the verdict in which it must end.
CANARIES: Mapping[Verdict, Plan] = {
    Verdict.FAIL: _plan("must-fail", file="state.read"),
    Verdict.VACUOUS: _plan("must-be-vacuous", file="state.unread"),
    Verdict.ERROR: _plan("must-be-error", file="state.read", how="no such damage"),
}


@dataclass(frozen=True)
class CanaryResult:
    """How one canary ended, and how it had to."""

    id: str
    expected: Verdict
    got: Verdict

    @property
    def as_expected(self) -> bool:
        return self.expected is self.got
