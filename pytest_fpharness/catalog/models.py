"""The contents of a catalog: failure points, their scenarios, defaults and causes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pytest_fpharness.catalog.syntax.keys import FP_ID, Fact
from pytest_fpharness.catalog.syntax.strict_yaml import Node
from pytest_fpharness.model.document import Document
from pytest_fpharness.model.vocabulary import Vocabulary


@dataclass(frozen=True)
class Value:
    """One value of a file and where it comes from: ``FP-1.3_stale_cache.yaml:12``."""

    node: Node
    origin: str


@dataclass(frozen=True)
class Bullet:
    """One detection or healing bullet of the document, in our own words (C11)."""

    id: str  # d1, h2
    says: str
    untestable: str = ""  # why no run can show it
    line: int = 0


@dataclass(frozen=True)
class Scenario:
    """One variant or twin before it is resolved: whole values by key, its own over the file's."""

    id: str
    twin: bool = False
    values: Mapping[str, Value] = field(default_factory=dict)
    sets: Mapping[str, Fact] = field(default_factory=dict)  # ${axis} and ${probe}
    replaces: tuple[str, ...] = ()  # keys of the file that it replaces
    path: str = ""
    line: int = 0


#: The fields that a documented failure point has (C14).
DOCUMENTED_FIELDS: Final = (
    "location",
    "impact",
    "detection",
    "healing",
    "dashboard",
    "test",
    "manual_steps",
)


@dataclass(frozen=True)
class FailurePoint:
    """One numbered way in which trading can stop, with everything its file says (C1, C14)."""

    fp: str
    title: str
    severity: str
    since: str = ""  # the version that brought it, in the shipped catalog alone (C8)
    location: str = ""
    impact: str = ""
    detection: tuple[Bullet, ...] = ()
    healing: tuple[Bullet, ...] = ()
    dashboard: str = ""
    test: str = ""
    manual_steps: tuple[str, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    shows: tuple[str, ...] = ()  # names of the dashboard values
    path: str = ""
    line: int = 0
    scenarios: tuple[Scenario, ...] = ()  # with the file's own facts
    values: Mapping[str, Value] = field(default_factory=dict)  # the file's scenario keys
    source: Node = field(default_factory=lambda: Node({}))
    shipped: bool = False

    @property
    def order(self) -> tuple[int, int]:
        """Sorts FP-1.2 before FP-1.10, and flows after all failure points."""
        match = FP_ID.fullmatch(self.fp)
        if match is None:
            return (0, 0)
        return (int(match[1]), int(match[2])) if match[1] else (1000, int(match[3]))

    @property
    def is_flow(self) -> bool:
        """Whether it is a flow (``TEST-1``), which traces a signal instead of breaking something."""
        return self.fp.startswith("TEST-")

    @property
    def bullets(self) -> tuple[Bullet, ...]:
        return self.detection + self.healing

    @property
    def file(self) -> str:
        """The name of its file, without folders."""
        return Path(self.path).name


@dataclass(frozen=True)
class Cause:
    """``fp`` may follow, ``after`` from the injection on (S25)."""

    fp: str
    after: Value


@dataclass(frozen=True)
class Defaults:
    steady: Value | None = None
    world: Mapping[str, Value] = field(default_factory=dict)
    severities: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    causes: Mapping[str, tuple[Cause, ...]] = field(default_factory=dict)
    rules: Mapping[str, Value] = field(default_factory=dict)
    document: Document = field(default_factory=Document)


@dataclass(frozen=True)
class Catalog:
    """All failure points, in the order of their numbers."""

    failure_points: tuple[FailurePoint, ...] = ()
    defaults: Defaults = field(default_factory=Defaults)
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    digest: str = ""  # sha256 over the names and contents of all files
    disabled: tuple[str, ...] = ()

    @property
    def causes(self) -> Mapping[str, tuple[Cause, ...]]:
        """Direct consequences by failure point (S25)."""
        return self.defaults.causes

    @property
    def document(self) -> Document:
        """What the report measures a session against."""
        return self.defaults.document

    def get(self, fp: str) -> FailurePoint | None:
        """The failure point of that id, or None."""
        return next((item for item in self.failure_points if item.fp == fp), None)
