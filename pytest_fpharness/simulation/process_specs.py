"""The processes that a target declares, and the one that stands in for a missing monitor."""

from __future__ import annotations

from typing import Any

from pytest_fpharness.targets.contract import Process, Target, Task

OPERATOR = "operator"  # the synthetic process that calls a target's check()


def processes_of(target: Target, world: Any) -> list[Process]:
    """The target's processes; one without a monitor but with ``check()`` gets an operator (S17).

    The operator calls ``check()`` every ``layout().check``, as a person at the dashboard would.
    """
    specs = list(target.processes(world))
    check = getattr(target, "check", None)
    if callable(check) and not any(getattr(spec, "monitor", False) for spec in specs):
        period = target.layout().check
        task = Task("check", period, period // 2)
        specs.append(Process(OPERATOR, lambda: {"check": check}, [task], monitor=True))
    return specs
