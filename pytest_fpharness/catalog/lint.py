"""Check a catalog for mistakes of meaning: files that are well formed, but contradict themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pytest_fpharness.catalog.document.parse import (
    Chapter,
    Heading,
    read_document,
    read_requirements,
)
from pytest_fpharness.catalog.syntax.problems import Problem
from pytest_fpharness.model.document import Requirement
from pytest_fpharness.model.duration import MINUTE, format_duration
from pytest_fpharness.model.layout import TargetInfo
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.suggestions import closest
from pytest_fpharness.model.vocabulary import Vocabulary
from .expand import settle_all
from .models import DOCUMENTED_FIELDS, Catalog, FailurePoint, Scenario

#: A run is at most this long unless it is marked ``long`` (S34).
LONGEST: Final = 12 * MINUTE


def lint(catalog: Catalog, vocabulary: Vocabulary, document: Path | None = None) -> list[Problem]:
    """Every problem of meaning, in the order of the files.

    With a document, its headings are compared with the files and its bullets counted; a document
    that cannot be read is a problem, too.
    """
    problems: list[Problem] = []
    for point in catalog.failure_points:
        problems += _documented(point)
        settled = settle_all(point, catalog.defaults, vocabulary, TargetInfo(""), problems)
        plans = [plan for plan, _ in settled if plan.id not in catalog.disabled]
        problems += _complete(point, plans)
        problems += _covered(point, plans)
        for plan in plans:
            scenario = next(item for item in point.scenarios if item.id == plan.variant)
            problems += _consistent(point, scenario, plan)
    if document is not None:
        problems += _against(catalog, document)
    return sorted(dict.fromkeys(problems))


def _documented(point: FailurePoint) -> Iterator[Problem]:
    """Six fields and the manual steps, none of them empty (C14)."""
    for name in DOCUMENTED_FIELDS:
        value = getattr(point, name)
        texts = [value] if isinstance(value, str) else [getattr(t, "says", t) for t in value]
        if not value or not all(text.strip() for text in texts):
            yield point.source.key_problem(name, f"{point.fp}: '{name}' is missing or empty")


def _complete(point: FailurePoint, plans: list[Plan]) -> Iterator[Problem]:
    if all(plan.twin for plan in plans):
        yield point.source.key_problem("variants", f"{point.fp} has no variant with a fault")
    if not any(plan.twin for plan in plans) and not point.is_flow:
        message = f"{point.fp} has no twin: a harmless look-alike that must not be detected"
        yield point.source.key_problem("twins", message)


def _covered(point: FailurePoint, plans: list[Plan]) -> Iterator[Problem]:
    known = [bullet.id for bullet in point.bullets]
    seen = {id for plan in plans for id in plan.covers}
    for plan in plans:
        for id in plan.covers:
            if id not in known:
                message = f"'{plan.variant}' covers '{id}', which is not a bullet of {point.fp}"
                yield _at(point, plan, "covers", message, closest(id, known))
    for bullet in point.bullets:
        if bullet.id not in seen and not bullet.untestable:
            message = (
                f"{point.fp}: no variant covers bullet '{bullet.id}', and it has no 'untestable'"
            )
            yield Problem(point.path, bullet.line, 1, message)
        if bullet.id in seen and bullet.untestable:
            message = f"{point.fp}: bullet '{bullet.id}' is covered, but marked untestable"
            yield Problem(point.path, bullet.line, 1, message)


def _at(point: FailurePoint, plan: Plan, key: str, message: str, hint: str = "") -> Problem:
    """A problem at the clause of a variant, wherever it is message."""
    scenario = next(item for item in point.scenarios if item.id == plan.variant)
    value = scenario.values.get(key)
    if value is not None:
        return value.node.problem(message, hint)
    return Problem(point.path, scenario.line or point.line, 1, message, hint)


def _consistent(point: FailurePoint, scenario: Scenario, plan: Plan) -> Iterator[Problem]:
    name = plan.variant
    for key, message in [*_windows(plan), *_colours(plan), *_limits(plan), *_second(plan)]:
        yield _at(point, plan, key, f"'{name}': {message}")
    last = length(plan)
    if last > LONGEST and not plan.long and not plan.twin:
        message = f"'{name}' lasts {format_duration(last)} of virtual time; add long: true"
        yield Problem(point.path, scenario.line, 1, message)


def _windows(plan: Plan) -> Iterator[tuple[str, str]]:
    detect, heal = plan.detect, plan.heal
    if detect.not_before > detect.within:
        yield "detect", "detect.not_before is later than detect.within"
    if plan.twin:
        return
    page, alert = plan.escalate, plan.alert
    if page is not None and alert is not None and page.after < alert.within:
        yield "escalate", "the page (escalate.after) is due before the alert (alert.within)"
    if plan.lift is not None and heal.kind in ("retry", "manual") and plan.lift < detect.within:
        yield "lift", f"the fault is lifted before detect.within, and heal is {heal.kind}"
    if plan.lift is None and heal.kind in ("retry", "manual") and not heal.gives_up:
        yield "heal", f"nothing ends the fault: with heal: {heal.kind}, lift is needed"
    if heal.gives_up and plan.escalate is None:
        yield "escalate", "the healing gives up without a page: escalate is none"
    if heal.min_attempts > heal.max_attempts:
        yield "heal", "attempts.min is greater than attempts.max"


def _colours(plan: Plan) -> Iterator[tuple[str, str]]:
    if plan.twin:
        return
    if plan.severity == "critical" and plan.readiness == "GREEN":
        yield "readiness", "readiness stays GREEN although the severity is critical"
    by_status = plan.severity != "informational" and plan.detect.by == "health"
    if by_status and plan.detect.status == "OK":
        yield "detect", f"the expected status is OK although the severity is {plan.severity}"
    if plan.detect.status == "WARN" and plan.readiness == "RED":
        yield "readiness", "readiness is RED, but the expected status is only WARN"
    if plan.readiness_after == "RED":
        yield "readiness", "readiness.after is RED, so it never recovers"


def _limits(plan: Plan) -> Iterator[tuple[str, str]]:
    if plan.limit is None:
        return
    if plan.detect.by != "gate":
        yield "limit", "a limit needs detect: {gate: ...}"
    elif plan.detect.gate != plan.limit.gate:
        yield "limit", f"limit.gate is '{plan.limit.gate}', detect.gate '{plan.detect.gate}'"


def _second(plan: Plan) -> Iterator[tuple[str, str]]:
    """A fault can only come again after it was over and the bot was healthy."""
    if plan.again is None:
        return
    if plan.limit or plan.flow or plan.invariants or plan.generate:
        yield "again", "again cannot be combined with limit, flow, holds or generate"
    if plan.readiness_after != "GREEN":
        yield "again", f"again needs readiness.after GREEN, not {plan.readiness_after}"
    if plan.heal.gives_up and plan.lift is None:
        yield "again", "again needs an end of the fault: lift is missing"
    if plan.again < 2 * TargetInfo("").layout.check:
        yield "again", "again comes sooner than two checks after the recovery: make it longer"


def length(plan: Plan) -> int:
    """The virtual time from the injection to the last deadline, in ns."""
    return _once(plan) if plan.again is None else 2 * _once(plan) + plan.again


def _once(plan: Plan) -> int:
    heal, detected = plan.heal, plan.detect.within
    last = max([detected, plan.lift or 0, *(injection.at for injection in plan.inject)])
    if heal.gives_up and plan.escalate is not None:
        last = max(last, detected + plan.escalate.after)
    elif heal.kind in ("auto", "declared", "expires") and plan.lift is None:
        last = max(last, detected + heal.within)
    if plan.limit is not None:
        last = max(last, plan.limit.until)
    return last + plan.recover + plan.watch


def _against(catalog: Catalog, document: Path) -> Iterator[Problem]:
    try:
        headings = read_document(document)
    except (OSError, UnicodeDecodeError) as error:
        yield Problem(str(document), 0, 0, f"cannot be read: {error}")
        return
    if not headings:
        yield Problem(str(document), 1, 1, "no heading '### FP-x.y: title' in the document")
    for heading in headings:
        point = catalog.get(heading.fp)
        if point is None:
            yield Problem(str(document), heading.line, 1, f"no file for {heading.fp}")
        else:
            yield from _counts(point, heading)
    requirements = catalog.document.requirements
    for chapter in read_requirements(document, catalog.document.requirement_ids()):
        yield from _demanded(str(document), chapter, requirements)


def _demanded(
    document: str, chapter: Chapter, requirements: Sequence[Requirement]
) -> Iterator[Problem]:
    """Compare a requirement's bullets with those of the document, both ways."""
    known = {requirement.id: requirement for requirement in requirements}
    if chapter.id not in known:
        hint = closest(chapter.id, known)
        yield Problem(document, chapter.line, 1, f"no requirement {chapter.id} is known", hint)
        return
    open_ = known[chapter.id].bullets()
    for line, text in chapter.bullets:
        match = next((id for id, demand in open_.items() if demand.document in text.lower()), None)
        if match is None:
            yield Problem(document, line, 1, f"{chapter.id}: no counterpart for '{text}'")
        else:
            del open_[match]
    for id, demand in open_.items():
        message = f"{chapter.id}: {id} ('{demand.document}') is not a bullet of the document"
        yield Problem(document, chapter.line, 1, message)


def beyond(catalog: Catalog, document: Path) -> list[str]:
    """Failure points that have a file but no heading in the document (C10)."""
    named = {heading.fp for heading in read_document(document)}
    return [p.fp for p in catalog.failure_points if p.fp not in named and not p.is_flow]


def _counts(point: FailurePoint, heading: Heading) -> Iterator[Problem]:
    for name in ("detection", "healing"):
        ours, theirs = getattr(point, name), getattr(heading, name)
        if len(ours) != len(theirs):
            ids = ", ".join(bullet.id for bullet in ours) or "none"
            texts = "; ".join(theirs) or "none"
            message = f"{point.fp}: {len(ours)} {name} bullets ({ids}), the document {len(theirs)}"
            yield point.source.key_problem(name, f"{message} ({texts})")
