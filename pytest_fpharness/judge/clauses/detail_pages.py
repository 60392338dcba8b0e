"""Clauses about pages that are opened once, at the end of a run: detail (D-3), statistics (SH-3).

They are compared with the statuses, repair attempts and alerts that the run has shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_fpharness.judge.case import Case, Clauses, failed, not_applicable, passed
from pytest_fpharness.judge.clauses.registry import clause
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.timeline import Event

#: The fields of a documented failure point that its page must show (C14).
FIELDS: Final = ("location", "impact", "detection", "healing", "dashboard", "test")
#: A page must show at least this many of the last statuses.
LAST_STATUSES: Final = 5
_NOTHING: Final[Mapping[str, str]] = {}
_STATISTICS: Final = ("statistics.failures", "statistics.rate", "statistics.patterns")


def asks_pages(plan: Plan) -> bool:
    """Whether the pages of the failure point are opened at the end of the run."""
    return not plan.twin and plan.flow is None


@dataclass
class HealthHistory:
    """What the samples of a run reported about its failure point, read once for all clauses."""

    statuses: list[str] = field(default_factory=list)  # each new status, starting from OK
    attempts: int = 0  # how often the bot's own counter rose; the counter may start anew
    successes: int = 0
    moments: set[float] = field(default_factory=set)  # values of last_attempt
    called: bool = False  # whether a person was asked for help
    failures: int = 0  # how often it left OK
    along: set[str] = field(
        default_factory=set
    )  # other failure points that left OK in the same pass
    steps: set[str] = field(default_factory=set)  # manual steps in its health


def health_history(case: Case) -> HealthHistory:
    """The history of the run's failure point, cached until a mutant changes the samples."""
    fp, memory, samples = case.plan.fp, case.evidence.memory, case.evidence.samples
    if fp not in memory:
        memory[fp] = _read(samples, fp)
    history: HealthHistory = memory[fp]
    return history


def _read(samples: Sequence[Event], fp: str) -> HealthHistory:
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
                history.along |= {
                    o for o, s in now.items() if s != "OK" == others.get(o, "OK") and o != fp
                }
        status, others = current, now
        if (healing := sample.facts["healing"].get(fp)) is None:
            counts = (0, 0)
            continue
        now_counted = (healing.get("attempts", 0), healing.get("successes", 0))
        # What was counted before the first sample belongs to an earlier time.
        before, counts = counts or now_counted, now_counted
        history.attempts += max(0, counts[0] - before[0])
        history.successes += max(0, counts[1] - before[1])
        if (last := healing.get("last_attempt")) is not None:
            history.moments.add(last)
        history.steps.update(healing.get("manual_steps", ()))
        history.called = history.called or healing.get("state") in ("manual", "failed")
    return history


@clause("visible", reads=("pages", "sample"), after=1)
def opened(case: Case) -> Clauses:
    """The detail page and the statistics of the failure point."""
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
        yield failed("detail", "visible", f"no detail page for {case.plan.fp}")
        return
    yield passed("detail", "visible")
    documentation = page.get("documentation", {})
    lacking = [name for name in FIELDS if not documentation.get(name)]
    if not page.get("message"):
        lacking.append("what the last check found")
    yield _has("detail.detection", not lacking, f"the page lacks {', '.join(lacking)}")
    seen = health_history(case)
    tried = max(seen.attempts, len(seen.moments))
    if tried:
        events = len(page.get("healing", ()))
        problem = f"the page shows {events} heal events for {tried} attempts"
        yield _has("detail.healing", events >= tried, problem)
    else:
        yield not_applicable("detail.healing", "visible", "nothing was tried")
    yield _logs(case, page)
    steps = page.get("manual_steps", ())
    others = sorted(health_history(case).steps.difference(steps))
    problem = f"the page lacks the manual step {others[0]!r} shown in health" if others else ""
    problem = (
        (problem or _of_another(case, " ".join(steps))) if steps else "the page has no manual steps"
    )
    yield _has("detail.manual_steps", not problem, problem)


def _of_another(case: Case, steps: str) -> str:
    """Manual steps that name other units, but not that of the process to restart, are wrong."""
    units, failed_one = case.info.layout.units, case.plan.heal.restart
    own_unit = units.get(failed_one)
    others = [unit for name, unit in units.items() if unit in steps and name != failed_one]
    if not own_unit or own_unit in steps or not others:
        return ""
    return f"the manual steps name {others[0]}, not {own_unit}"


def _logs(case: Case, page: Mapping[str, Any]) -> Clause:
    name, fp = "detail.logs", case.plan.fp
    if not health_history(case).statuses:
        return not_applicable(name, "visible", "nothing happened that should be logged")
    lines = [str(line) for line in page.get("logs", ())]
    strange = next((line for line in lines if fp not in line), None)
    if strange is not None:
        return failed(name, "visible", f"a log line without {fp}: {strange[:60]}")
    return _has(name, lines, "the page shows no log line")


def _has(name: str, holds: object, lacking: str) -> Clause:
    return passed(name, "visible") if holds else failed(name, "visible", lacking)


# -- statistics ----------------------------------------------------------------------------------


def _statistics(case: Case, shown: Mapping[str, Any] | None) -> Clauses:
    seen = health_history(case)
    if not seen.failures and not seen.attempts:
        for name in ("statistics", *_STATISTICS):
            yield not_applicable(name, "visible", "it did not fail")
        return
    if shown is None:
        yield failed("statistics", "visible", f"no statistics for {case.plan.fp}")
        return
    yield passed("statistics", "visible")
    count = shown.get("failures", 0)
    problem = f"counts {count} failures, {seen.failures} were seen"
    yield _has("statistics.failures", count == seen.failures, problem)
    yield _rate(seen, shown)
    patterns = " ".join(map(str, shown.get("patterns", ())))
    lacking = [fp for fp in sorted(seen.along) if fp not in patterns]
    problem = f"no pattern names {', '.join(lacking)}" if lacking else "no patterns are shown"
    yield _has("statistics.patterns", patterns and not lacking, problem)
    if seen.attempts > seen.successes or seen.called:
        needed = "healing was not enough, and no improvement is suggested"
        yield _has("statistics.improvements", shown.get("improvements"), needed)
    else:
        yield not_applicable("statistics.improvements", "visible", "no improvement was needed")


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
        return not_applicable(name, "visible", "nothing was tried")
    rate = shown.get("success_rate")
    right = rate is not None and abs(rate - healed / tried) < 0.01
    return _has(name, right, f"the success rate is {rate}, {healed} of {tried} were healed")
