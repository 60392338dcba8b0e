"""The owner's document as data: categories, requirements and the checklist (C10, C11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .questions import COLUMNS

#: What a line of the checklist can check: one of these, or that a column of the matrix passes everywhere.
CHECKS: Final[Mapping[str, str]] = {
    **{name: f"each failure point: {column.asks}" for name, column in COLUMNS.items()},
    "documented": "at least {minimum} failure points are documented in all fields",
    "has_healing": "each failure point says how it heals or why it cannot, and a run checked it",
    "covered": "each failure point has a scenario, a fault variant and a twin, and all of them ran",
    "flow": "every run of {flow} passes",
    "alerts": "each critical failure point alerts, and the alert leaves the bot",
    "dashboard": "each failure point has a row on a dashboard that was read during a run",
    "complete": "each failure point has a heading, a scenario file, all fields and manual steps",
    "detected": "each failure point is detected in every fault run",
    "visible": "each failure point shows its status and true values",
    "healed": "each failure point heals, judged by its effect (or healing does not apply)",
}


@dataclass(frozen=True)
class Demand:
    """One bullet or step of a requirement."""

    says: str  # as the report shows it
    document: str = ""  # words of the document's bullet, by which it is recognised
    clauses: tuple[str, ...] = ()  # each must have passed; "a|b": one of the two
    of: str = "each"  # each, critical or some failure points; or a flow: TEST-1, TEST-2
    readiness: str = ""  # only runs in which this colour is due while the fault is active
    control: bool = False  # shown by runs in which nothing is wrong: controls and twins
    needs: str = ""  # the ability without which it is MISSING


@dataclass(frozen=True)
class Requirement:
    """One of the document's headings besides its failure points, such as ``### M-1: ...``."""

    id: str
    title: str
    rule: str = ""
    demands: tuple[Demand, ...] = ()

    def bullets(self) -> dict[str, Demand]:
        """The demands by id (``b1``, ``b2``, ...), in the order of the document."""
        return {f"b{number}": demand for number, demand in enumerate(self.demands, 1)}


@dataclass(frozen=True)
class ChecklistItem:
    """One line of the document's checklist, and how the report checks it."""

    text: str
    check: str
    minimum: int = 0  # documented: the least number of failure points
    flow: str = ""  # flow: the id of the flow test


@dataclass(frozen=True)
class Document:
    """What the report measures a session against."""

    categories: Mapping[str, str] = field(default_factory=dict)  # "FP-1" -> its title
    requirements: tuple[Requirement, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()

    def requirement_ids(self) -> tuple[str, ...]:
        """The ids of the requirements, in the order of the document."""
        return tuple(requirement.id for requirement in self.requirements)
