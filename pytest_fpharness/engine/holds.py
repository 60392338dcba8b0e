"""Clause: what must be true at every check while the fault holds, such as a limit on a count."""

from __future__ import annotations

from pytest_fpharness.engine.case import Case, Clauses, failed, passed
from pytest_fpharness.engine.evidence import signal_key


def held(case: Case) -> Clauses:
    """Each line of ``holds``; unknown satisfies nothing (S16)."""
    begin = case.marks["injected"]
    end = case.evidence.end if case.over is None else case.over
    checks = [check.at for check in case.evidence.checks if begin <= check.at <= end]
    for line in case.plan.holds:
        name = f"holds.{signal_key(line.signal, line.argument)}"
        wrong = next((at for at in checks if not case.evidence.holds(line, at)), None)
        if not checks:
            yield failed(name, "limited", "nothing was checked while the fault held")
        elif wrong is None:
            yield passed(name, "limited", checks[-1])
        else:
            value = case.evidence.told(line, wrong) or "otherwise"
            reason = f"not {line.text}: it is {value}, {case.text(wrong)}"
            yield failed(name, "limited", reason, wrong)
