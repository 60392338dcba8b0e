"""What a signal is: a registered name for one truth of the world, read by the engine only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pytest_fpharness.model.registry import Registry
from pytest_fpharness.model.vocabulary import SignalSpec
from pytest_fpharness.world.world import World

#: Reads the truth now; None when the world does not know.
Reader = Callable[[World, str], Any]

R = TypeVar("R", bound=Reader)

SIGNALS: Final[Registry[Signal]] = Registry("signal")


@dataclass(frozen=True)
class Signal:
    """One observable; claims (of the bot's health) have no reader: they are in the samples."""

    spec: SignalSpec
    read: Reader | None = None


def signal(name: str, doc: str, type: str, argument: str = "") -> Callable[[R], R]:
    """Register the reader of a signal."""

    def register(reader: R) -> R:
        SIGNALS.add(name, Signal(SignalSpec(name, doc, type, argument), reader), reader)
        return reader

    return register


def claim(name: str, doc: str, type: str, argument: str = "") -> None:
    """Register a signal that the bot itself claims."""
    SIGNALS.add(name, Signal(SignalSpec(name, doc, type, argument)), claim)
