"""What a bot could do to the harness's objects in its process, so that it looks as if it saw."""

from __future__ import annotations

import gc
import importlib
import sys
from typing import Any

from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.verdict import Verdict
from tests.support.bots.tiny import FP


def world() -> Any:
    """The world that the bot lives in."""
    return next(o for o in gc.get_objects() if type(o).__name__ == "World" and o.timeline.events)


def rewrite_the_judge() -> None:
    """Replace what judges and what counts verdicts, in every module that is loaded."""
    for name in ("judge.judge", "judge.record_builder", "judge.mutants.prove"):
        importlib.import_module(f"pytest_fpharness.{name}")
    for name, module in list(sys.modules.items()):
        if name.startswith("pytest_fpharness.judge"):
            for attribute in ("verdict_of", "worst", "_overall"):
                if hasattr(module, attribute):
                    setattr(module, attribute, lambda *args, **more: Verdict.PASS)
    Clause.verdict = property(lambda self: Verdict.PASS)  # type: ignore[assignment]


def report_itself() -> None:
    """Report to the timeline that it noticed and alerted."""
    here = world()
    facts = {"checked_at": here.clock.wall(), "readiness": "RED", "status": {FP: "ERROR"}}
    here.emit("sample", **facts, message="the feed is damaged", healing={}, dashboard={})
    here.emit("alert", key=FP, kind="fire", severity="critical", text="the feed is damaged")


def forget_the_fault() -> None:
    """Take the injection and everything after it off the timeline."""
    events = world().timeline.events
    injected = [i for i, event in enumerate(events) if event.kind == "fault.inject"]
    if injected:
        del events[injected[0] :]
