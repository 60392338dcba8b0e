"""What mutants of a timeline are made of: a registry, and ways to change recorded events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pytest_fpharness.engine.case import Case
from pytest_fpharness.model.timeline import Event

Events = list[Event]
Mutate = Callable[[Case, Events], Iterable[Event]]

MUTANTS: dict[str, Mutate] = {}


def mutant(function: Mutate) -> Mutate:
    """Register a mutant under its name."""
    MUTANTS[function.__name__] = function
    return function


def changed(events: Events, kind: str, change: Callable[[Event], dict[str, Any] | None]) -> Events:
    """Events with other facts for one kind; None drops the event."""
    out = []
    for event in events:
        if event.kind != kind:
            out.append(event)
            continue
        facts = change(event)
        if facts is not None:
            out.append(Event(event.at, event.kind, event.actor, facts))
    return out


def injected(case: Case) -> int:
    """When the fault was injected, ns."""
    return case.marks.get("injected", 0)
