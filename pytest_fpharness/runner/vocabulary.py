"""The vocabulary of the registries, as plain data for the catalog."""

from __future__ import annotations

from pytest_fpharness.faults import FAULTS
from pytest_fpharness.model.vocabulary import Vocabulary
from pytest_fpharness.signals import SIGNALS


def vocabulary() -> Vocabulary:
    """Every fault and signal that is registered in this process."""
    return Vocabulary(
        faults={name: kind.spec for name, kind in FAULTS.items()},
        signals={name: signal.spec for name, signal in SIGNALS.items()},
    )
