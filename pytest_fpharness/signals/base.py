"""Registry of signals: names for observables of the world, for use in scenarios."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pytest_fpharness.model.registry import Registry
from pytest_fpharness.model.vocabulary import SignalSpec
from pytest_fpharness.world.world import World

#: Reads the current value; None when it is unknown.
Reader = Callable[[World, str], Any]

R = TypeVar("R", bound=Reader)

SIGNALS: Final[Registry[Signal]] = Registry("signal")


@dataclass(frozen=True)
class Signal:
    """One observable. A claim of the bot has no reader: its value is in the health samples."""

    spec: SignalSpec
    read: Reader | None = None


def signal(name: str, doc: str, type: str, argument: str = "") -> Callable[[R], R]:
    """Register a function that reads a value of the world for use in predicates.

    The function takes the ``World`` and the argument ("" for none). It returns the value, or
    None when the world does not know; an unknown value satisfies no predicate.

    Args:
        name: The name in scenarios.
        doc: One sentence for the reference, with the unit.
        type: ``count``, ``number``, ``duration`` (ns), ``flag``, ``text``, ``status`` or ``colour``.
        argument: What the argument names: ``process``, ``file``, ``host``, ``env``, ``function``,
            ``symbol``, ``fp`` or ``text``; "" for a signal without one.

    Raises:
        DuplicateName: Another signal has the name.
    """

    def register(reader: R) -> R:
        SIGNALS.add(name, Signal(SignalSpec(name, doc, type, argument), reader), reader)
        return reader

    return register


def claim(name: str, doc: str, type: str, argument: str = "") -> None:
    """Register a signal whose value the bot reports itself."""
    SIGNALS.add(name, Signal(SignalSpec(name, doc, type, argument)), claim)
