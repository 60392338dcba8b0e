"""Clauses about the pages that are detail_pages at the end of a run: detail (D-3), statistics (SH-3).

The pages are compared with the statuses and heal attempts in the run's samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_fpharness.judge.case import Case, Clauses, failed, not_applicable, passed
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.timeline import Event
from .registry import clause

#: The fields of the documentation that a detail page must have (C14).
FIELDS: Final = ("location", "impact", "detection", "healing", "dashboard", "test")
#: A page must show at least so many of the last statuses.
LAST_STATUSES: Final = 5
_NOTHING: Final[Mapping[str, str]] = {}
_STATISTICS: Final = ("statistics.failures", "statistics.rate", "statistics.patterns")


def asks_pages(plan: Plan) -> bool:
    """Whether the pages of its failure point are detail_pages at the end of the run."""
    return not plan.twin and plan.flow is None


@dataclass
class HealthHistory:
    """The history of a failure point in the samples of a run."""

    statuses: list[str] = field(default_factory=list)  # each that it changed to, after OK
    attempts: int = 0  # increments of the bot's count, which may restart
    successes: int = 0
    attempt_times: set[float] = field(default_factory=set)  # times of `last_attempt`
    needs_person: bool = False  # whether it asked for a person
    failures: int = 0  # how often it left OK
    simultaneous: set[str] = field(
        default_factory=set
    )  # failure points that left OK in the same pass
    manual_steps: set[str] = field(default_factory=set)


def health_history(case: Case) -> HealthHistory:
    """The history in a case's samples, cached for all clauses and for mutants of other kinds."""
    fp, memory, samples = case.plan.fp, case.evidence.memory, case.evidence.samples
    if fp not in memory:
        memory[fp] = _read_history(samples, fp)
    history: HealthHistory = memory[fp]
    return history


def _read_history(samples: Sequence[Event], fp: str) -> HealthHistory:
    history = HealthHistory()
    status, others = "OK", _NOTHING
    counts: tuple[int, int] | None = None
    for sample in samples:
        now = sample.facts["status"]
        current = now.get(fp, "OK")
        if current != status:
            history.statuses.append(current)
            if status == "OK":
                history.failures += 1
                history.simultaneous |= {
                    o for o, s in now.items() if s != "OK" == others.get(o, "OK") and o != fp
                }
        status, others = current, now
        if (healing := sample.facts["healing"].get(fp)) is None:
            counts = (0, 0)
            continue
        now_counted = (healing.get("attempts", 0), healing.get("successes", 0))
        # Attempts that were counted before the first sample belong to an earlier failure.
        before, counts = counts or now_counted, now_counted
        history.attempts += max(0, counts[0] - before[0])
        history.successes += max(0, counts[1] - before[1])
        if (last := healing.get("last_attempt")) is not None:
            history.attempt_times.add(last)
        history.manual_steps.update(healing.get("manual_steps", ()))
        history.needs_person = history.needs_person or healing.get("state") in ("manual", "failed")
    return history


@clause("visible", reads=("pages", "sample"), after=1)
def detail_pages(case: Case) -> Clauses:
    """The failure point has a complete detail page and correct statistics."""
    if "details" in case.info.abilities:
        yield from _detail(case, _page(case, "detail"))
    else:
        yield not_applicable("detail", "visible", "the target has no details")
    if "statistics" in case.info.abilities:
        yield from _statistics(case, _page(case, "statistics"))
    else:
        yield not_applicable("statistics", "visible", "the target has no statistics")


def _page(case: Case, name: str) -> Mapping[str, Any] | None:
    event = case.evidence.first("pages")
    page = event.facts.get(name) if event else None
    return page if isinstance(page, dict) else None


# -- the detail page -----------------------------------------------------------------------------


def _detail(case: Case, page: Mapping[str, Any] | None) -> Clauses:
    if page is None:
        yield failed("detail", "visible", f"there is no detail page for {case.plan.fp}")
        return
    yield passed("detail", "visible")
    documentation = page.get("documentation", {})
    lacking = [name for name in FIELDS if not documentation.get(name)]
    if not page.get("message"):
        lacking.append("what the last check found")
    yield _require("detail.detection", not lacking, f"the page lacks {', '.join(lacking)}")
    seen = health_history(case)
    tried = max(seen.attempts, len(seen.attempt_times))
    if tried:
        events = len(page.get("healing", ()))
        problem = f"the page lists {events} heal events, there were {tried} attempts"
        yield _require("detail.healing", events >= tried, problem)
    else:
        yield not_applicable("detail.healing", "visible", "no healing was tried")
    yield _logs(case, page)
    steps = page.get("manual_steps", ())
    others = sorted(health_history(case).manual_steps.difference(steps))
    problem = f"the page lacks the manual step {others[0]!r} shown in health" if others else ""
    problem = (
        (problem or _wrong_unit(case, " ".join(steps))) if steps else "the page has no manual steps"
    )
    yield _require("detail.manual_steps", not problem, problem)


def _wrong_unit(case: Case, steps: str) -> str:
    """Steps that name units must name the unit of the process that has to be restarted."""
    units, failed_one = case.info.layout.units, case.plan.heal.restart
    own_unit = units.get(failed_one)
    others = [unit for name, unit in units.items() if unit in steps and name != failed_one]
    if not own_unit or own_unit in steps or not others:
        return ""
    return f"the manual steps name {others[0]}, not {own_unit}"


def _logs(case: Case, page: Mapping[str, Any]) -> Clause:
    name, fp = "detail.logs", case.plan.fp
    if not health_history(case).statuses:
        return not_applicable(name, "visible", "there was nothing to log")
    lines = [str(line) for line in page.get("logs", ())]
    strange = next((line for line in lines if fp not in line), None)
    if strange is not None:
        return failed(name, "visible", f"a log line is not about {fp}: {strange[:60]}")
    return _require(name, lines, "the page shows no log line")


def _require(name: str, holds: object, lacking: str) -> Clause:
    return passed(name, "visible") if holds else failed(name, "visible", lacking)


# -- statistics ----------------------------------------------------------------------------------


def _statistics(case: Case, shown: Mapping[str, Any] | None) -> Clauses:
    seen = health_history(case)
    if not seen.failures and not seen.attempts:
        for name in ("statistics", *_STATISTICS):
            yield not_applicable(name, "visible", "there was no failure")
        return
    if shown is None:
        yield failed("statistics", "visible", f"there are no statistics for {case.plan.fp}")
        return
    yield passed("statistics", "visible")
    count = shown.get("failures", 0)
    problem = f"counts {count} failures instead of {seen.failures}"
    yield _require("statistics.failures", count == seen.failures, problem)
    yield _rate(seen, shown)
    patterns = " ".join(map(str, shown.get("patterns", ())))
    lacking = [fp for fp in sorted(seen.simultaneous) if fp not in patterns]
    problem = f"no pattern names {', '.join(lacking)}" if lacking else "no patterns are listed"
    yield _require("statistics.patterns", patterns and not lacking, problem)
    if seen.attempts > seen.successes or seen.needs_person:
        needed = "healing did not suffice, and no improvement is named"
        yield _require("statistics.improvements", shown.get("improvements"), needed)
    else:
        yield not_applicable("statistics.improvements", "visible", "there is nothing to improve")


def _rate(seen: HealthHistory, shown: Mapping[str, Any]) -> Clause:
    name = "statistics.rate"
    tried, healed = seen.attempts, seen.successes
    counts = (shown.get("attempts", 0), shown.get("healed", 0))
    if counts != (tried, healed):
        problem = (
            f"counts {counts[1]} of {counts[0]} heal attempts as healed, {healed} of {tried} were"
        )
        return failed(name, "visible", problem)
    if not tried:
        return not_applicable(name, "visible", "no healing was tried")
    rate = shown.get("success_rate")
    right = rate is not None and abs(rate - healed / tried) < 0.01
    return _require(name, right, f"the success rate is {rate}, {healed} of {tried} were healed")
