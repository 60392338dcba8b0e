"""Print an effective scenario: one aligned line for each value, with its origin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from pytest_fpharness.catalog.resolve.resolver import TrailEntry
from pytest_fpharness.catalog.syntax.problems import CatalogError, Problem
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.suggestions import closest
from .expand import bind, settle_all
from .models import Catalog, FailurePoint, Scenario

_ORDER: Final = (
    "world",
    "inject",
    "then",
    "generate",
    "phase",
    "lift",
    "again",
    "detect",
    "readiness",
    "alert",
    "escalate",
    "heal",
    "limit",
    "holds",
    "flow",
    "recover",
    "watch",
    "shows",
    "logs",
    "steady",
    "cascades",
    "rules",
    "covers",
    "needs",
    "long",
)


def explain(catalog: Catalog, fp_or_variant: str, info: TargetInfo) -> str:
    """The effective scenario of ``FP-1.3`` (its first variant) or ``FP-1.3/age.10m01s``.

    Raises CatalogError when the catalog has no such failure point or variant.
    """
    fp, _, variant = fp_or_variant.partition("/")
    problems: list[Problem] = []
    points = {point.fp: point for point in bind(catalog, info, problems)}
    if fp not in points:
        raise _unknown(f"unknown failure point '{fp}'", closest(fp, points))
    point = points[fp]
    settled = settle_all(point, catalog.defaults, catalog.vocabulary, info, problems)
    if problems:
        raise CatalogError(problems)
    ids = [plan.variant for plan, _ in settled]
    if variant and variant not in ids:
        raise _unknown(f"{fp} has no variant '{variant}'", closest(variant, ids))
    plan, trail = settled[ids.index(variant) if variant else 0]
    return "\n".join(_page(point, plan, trail)) + "\n"


def _unknown(message: str, hint: str) -> CatalogError:
    return CatalogError([Problem("explain", 0, 0, message, hint)])


def _page(point: FailurePoint, plan: Plan, trail: list[TrailEntry]) -> Iterator[str]:
    yield f"{point.fp}  {point.title}"
    yield from _table(_point_lines(point))
    yield ""
    yield f"{plan.id}" + ("  (a twin: must not be detected)" if plan.twin else "")
    ordered = [line for section in _ORDER for line in trail if line.section == section]
    if plan.twin:
        quiet = TrailEntry("expects", "", "no status, alert, heal action or colour change", "twin")
        ordered.append(quiet)
    yield from _table(ordered)
    for title, twin in (("variants", False), ("twins", True)):
        yield ""
        yield title
        yield from _scenarios([item for item in point.scenarios if item.twin is twin])


def _point_lines(point: FailurePoint) -> Iterator[TrailEntry]:
    def line(section: str, name: str, text: str, at: int = 0) -> TrailEntry:
        place = at or point.source.keys.get(section, (point.line, 1))[0]
        return TrailEntry(section, name, text, f"{point.file}:{place}")

    yield line("severity", "", point.severity)
    if point.since:
        yield line("since", "", point.since)
    yield line("location", "", point.location)
    yield line("impact", "", point.impact)
    for section, bullets in (("detection", point.detection), ("healing", point.healing)):
        for bullet in bullets:
            why = f" (untestable: {bullet.untestable})" if bullet.untestable else ""
            yield line(section, bullet.id, bullet.says + why, bullet.line)
    yield line("dashboard", "", point.dashboard)
    yield line("test", "", point.test)
    for number, step in enumerate(point.manual_steps, 1):
        yield line("manual_steps", str(number), step)
    for fact in point.facts.values():
        yield TrailEntry("facts", fact.name, str(fact.value), fact.origin)


def _table(lines: Iterable[TrailEntry]) -> Iterator[str]:
    """Columns: section (once), name, value, origin."""
    rows = list(lines)
    widths = [max((len(cell) for cell in column), default=0) for column in _columns(rows)]
    before = ""
    for row in rows:
        section = "" if row.section == before else row.section
        before = row.section
        cells = (section, row.name, row.text)
        padded = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        yield f"  {padded}  [{row.origin}]"


def _columns(rows: list[TrailEntry]) -> tuple[list[str], list[str], list[str]]:
    # A long text would push every origin off the screen, so it does not set the width.
    texts = [row.text for row in rows if len(row.text) <= 60]
    return [row.section for row in rows], [row.name for row in rows], texts


def _scenarios(scenarios: list[Scenario]) -> Iterator[str]:
    width = max((len(item.id) for item in scenarios), default=0)
    for item in scenarios:
        sets = [f"{fact.name}={fact.value}" for fact in item.sets.values()]
        what = ", ".join([*sets, *item.replaces])
        message = (
            f"sets and replaces {what}" if sets else f"replaces {what}" if what else "the file"
        )
        yield f"  {item.id.ljust(width)}  {message}  [line {item.line}]"
    if not scenarios:
        yield "  none"
