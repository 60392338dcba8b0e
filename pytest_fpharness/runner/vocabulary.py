"""The vocabulary of the registries, as plain data for the catalog."""

from __future__ import annotations

from pytest_fpharness.faults import FAULTS
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.registry import UnknownName
from pytest_fpharness.model.vocabulary import Vocabulary
from pytest_fpharness.signals import SIGNALS


def vocabulary() -> Vocabulary:
    """Every fault and signal that is registered in this process."""
    return Vocabulary(
        faults={name: kind.spec for name, kind in FAULTS.items()},
        signals={name: signal.spec for name, signal in SIGNALS.items()},
    )


def unknown_name(plan: Plan) -> str:
    """Why this process cannot run a plan: a fault or signal that nothing registered here, or ""."""
    lines = (*plan.steady, *plan.invariants, *plan.heal.verify)
    signals = [*(line.signal for line in lines), *(rule.signal for rule in plan.shows)]
    try:
        for injection in plan.inject:
            FAULTS.named(injection.fault)
        for name in signals:
            SIGNALS.named(name)
    except UnknownName as error:
        return str(error)
    return ""
