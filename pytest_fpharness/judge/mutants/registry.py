"""What mutants of a timeline are made of: a registry, and ways to change recorded events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pytest_fpharness.judge.case import Case
from pytest_fpharness.model.events import Kind
from pytest_fpharness.model.timeline import Event

Events = list[Event]
Mutate = Callable[[Case, Events], Iterable[Event]]


@dataclass(frozen=True)
class Mutant:
    """A change of the events of some kinds; all others stay, and are shared with the original."""

    kinds: tuple[Kind, ...]
    change: Mutate


MUTANTS: dict[str, Mutant] = {}


def mutant(*kinds: Kind) -> Callable[[Mutate], Mutate]:
    """Register a mutant under its name: it gets the events of these kinds, and gives such."""

    def register(change: Mutate) -> Mutate:
        MUTANTS[change.__name__] = Mutant(kinds, change)
        return change

    return register


def changed(events: Events, change: Callable[[Event], dict[str, Any]]) -> Events:
    """Events with other facts."""
    return [Event(event.at, event.kind, event.actor, change(event)) for event in events]


def injected(case: Case) -> int:
    """When the fault was injected, ns."""
    return case.marks.get("injected", 0)
