"""The registry of mutants, and helpers to change recorded events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from pytest_fpharness.judge.case import Case
from pytest_fpharness.model.events import Kind
from pytest_fpharness.model.registry import Registry
from pytest_fpharness.model.timeline import Event

Events = list[Event]
Mutate = Callable[[Case, Events], Iterable[Event]]


@dataclass(frozen=True)
class Mutant:
    """A change of the events of some kinds; all other events are shared with the original."""

    kinds: tuple[Kind, ...]
    change: Mutate


MUTANTS: Final[Registry[Mutant]] = Registry("mutant")


def mutant(*kinds: Kind) -> Callable[[Mutate], Mutate]:
    """Register a mutant under the name of the function.

    A mutant changes a recorded run as a broken bot or a broken monitor would. The run is then judged
    again; a clause that fails is proven to be able to fail. The function takes the ``Case`` and
    the events of the given kinds in order, and returns the events to put in their place.

    Args:
        kinds: The kinds of the events that it takes and returns.

    Raises:
        DuplicateName: The name is taken.
    """

    def register(change: Mutate) -> Mutate:
        MUTANTS.add(change.__name__, Mutant(kinds, change), change)
        return change

    return register


def changed(events: Events, change: Callable[[Event], dict[str, Any]]) -> Events:
    """Return the events with other facts."""
    return [Event(event.at, event.kind, event.actor, change(event)) for event in events]


def injected(case: Case) -> int:
    """When the fault was injected, ns; 0 without one."""
    return case.marks.get("injected", 0)
