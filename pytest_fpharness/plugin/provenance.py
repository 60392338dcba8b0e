"""The header of a journal: where its records come from, and what the catalog knows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_fpharness._version import __version__
from pytest_fpharness.catalog.document.parse import read_document
from pytest_fpharness.catalog.models import DOCUMENTED_FIELDS, Catalog, FailurePoint
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.redact import Redactor
from pytest_fpharness.report.documentation import Denominator, FailurePointFacts
from pytest_fpharness.report.journal import Header
from pytest_fpharness.report.matrix import is_flow


def header_of(
    catalog: Catalog,
    info: TargetInfo,
    ids: Sequence[str],
    *,
    demo: bool = False,
    partial: bool = False,
    document: Path | None = None,
    config: dict[str, Any] | None = None,
    confinement: Mapping[str, str] | None = None,
    gaps: Mapping[str, str] | None = None,
    expired: Mapping[str, str] | None = None,
    new: Mapping[str, str] | None = None,
) -> Header:
    """Build the first line of a journal; raises OSError when the document cannot be read.

    A partial session is measured against the failure points that it selected.
    """
    points = catalog.failure_points
    left_out: set[str] = set()
    if partial:
        selected = {id.partition("/")[0] for id in ids}
        left_out = {point.fp for point in points} - selected
        points = tuple(point for point in points if point.fp in selected)
    return Header(
        harness=__version__,
        target=info.name,
        target_commit=info.commit,
        embedded=info.embedded,
        demo=demo,
        catalog_digest=catalog.digest[:16],
        config=Redactor().plain({**(config or {}), "facts": dict(info.layout.facts)}),
        confinement=confinement or {},
        partial=partial,
        started=utc_now(),
        ids=tuple(ids),
        failure_points=tuple(map(facts_of, points)),
        denominator=denominator_of(document, points, left_out),
        document=catalog.document,
        gaps=_of_requirements(catalog, gaps),
        expired=_of_requirements(catalog, expired),
        new={point.fp: new[point.fp] for point in points if new and point.fp in new},
    )


def _of_requirements(catalog: Catalog, texts: Mapping[str, str] | None) -> dict[str, str]:
    return {id: texts[id] for id in catalog.document.requirement_ids() if texts and id in texts}


def facts_of(point: FailurePoint) -> FailurePointFacts:
    """Return what the report shows of a failure point."""
    missing = tuple(name for name in DOCUMENTED_FIELDS if not getattr(point, name))
    return FailurePointFacts(
        fp=point.fp,
        title=point.title,
        severity=point.severity,
        location=point.location,
        impact=point.impact,
        detection={bullet.id: bullet.says for bullet in point.detection},
        healing={bullet.id: bullet.says for bullet in point.healing},
        untestable={b.id: b.untestable for b in point.bullets if b.untestable},
        manual_steps=point.manual_steps,
        shows=point.shows,
        documented=not missing,
        missing_fields=missing,
    )


def denominator_of(
    document: Path | None, points: Iterable[FailurePoint], left_out: Collection[str] = ()
) -> Denominator:
    """Return the headings of the document, or the ids of the catalog (C10).

    ``left_out`` are failure points that have scenarios, but none in this session.
    """
    if document is None:
        return Denominator(headings=tuple(p.fp for p in points if not is_flow(p.fp)))
    headings = tuple(h.fp for h in read_document(document) if h.fp not in left_out)
    return Denominator(source="document", document=document.name, headings=headings)


def utc_now() -> str:
    """Return the current time in ISO 8601, to the second."""
    return dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds")
