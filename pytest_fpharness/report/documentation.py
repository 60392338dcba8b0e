"""What the catalog knows about a failure point, as plain data; and the document's headings."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class FailurePointFacts:
    """One failure point as the catalog and the owner's document describe it (C11, C12, C14)."""

    fp: str
    title: str = ""
    severity: str = "critical"
    location: str = ""
    impact: str = ""
    detection: Mapping[str, str] = field(default_factory=dict)  # d1 -> the fact in our words
    healing: Mapping[str, str] = field(default_factory=dict)  # h1 -> the fact in our words
    untestable: Mapping[str, str] = field(default_factory=dict)  # bullet id -> why
    manual_steps: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()  # names of the values the dashboard must show
    documented: bool = False  # all six fields and the manual steps are there
    missing_fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Denominator:
    """What coverage is a share of: the document's headings, or the catalog's ids (C10)."""

    source: str = "catalog"  # catalog, document
    document: str = ""  # its file name
    headings: tuple[str, ...] = ()

    def without(self, fps: Container[str]) -> Denominator:
        return replace(self, headings=tuple(fp for fp in self.headings if fp not in fps))
