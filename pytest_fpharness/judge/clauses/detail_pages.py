"""Clauses about the pages that are opened once, at the end of a run: detail (D-3), statistics (SH-3).

They are compared with what the run has shown: the statuses, heal attempts and alerts of its samples.
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

#: The fields of a documented failure point, as its page must have them (C14).
FIELDS: Final = ("location", "impact", "detection", "healing", "dashboard", "test")
#: A page may leave out all but so many of the last statuses.
LAST_STATUSES: Final = 5
_NOTHING: Final[Mapping[str, str]] = {}
_STATISTICS: Final = ("statistics.failures", "statistics.rate", "statistics.patterns")


def asks_pages(plan: Plan) -> bool:
    """Whether the pages of its failure point are opened at the end of its run."""
    return not plan.twin and plan.flow is None


@dataclass
class HealthHistory:
    """What the samples of a run say of its failure point, read once for all clauses."""

    statuses: list[str] = field(default_factory=list)  # that it changed to, from OK on
    attempts: int = 0  # how often the bot's own count of them rose; it may begin anew
    successes: int = 0
    moments: set[float] = field(default_factory=set)  # when it says that it last tried
    called: bool = False  # for a person
    failures: int = 0  # how often it left OK
    along: set[str] = field(default_factory=set)  # others that left OK in the same pass
    steps: set[str] = field(default_factory=set)  # what health tells a person to do


def health_history(case: Case) -> HealthHistory:
    """What the samples say; judged again for each mutant, and read again only if it changed them."""
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
    """The page of the failure point, and what the bot has learned from its failures."""
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
        yield failed("detail", "visible", f"there is no detail page of {case.plan.fp}")
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
        problem = f"the page tells {events} heal events of {tried} attempts"
        yield _has("detail.healing", events >= tried, problem)
    else:
        yield not_applicable("detail.healing", "visible", "nothing was tried")
    yield _logs(case, page)
    steps = page.get("manual_steps", ())
    others = sorted(health_history(case).steps.difference(steps))
    problem = f"the page lacks the manual step {others[0]!r} of health" if others else ""
    problem = (
        (problem or _of_another(case, " ".join(steps))) if steps else "the page has no manual steps"
    )
    yield _has("detail.manual_steps", not problem, problem)


def _of_another(case: Case, steps: str) -> str:
    """Steps that name units, and not that of the process which must be started again, are wrong."""
    units, failed_one = case.info.layout.units, case.plan.heal.restart
    own_unit = units.get(failed_one)
    others = [unit for name, unit in units.items() if unit in steps and name != failed_one]
    if not own_unit or own_unit in steps or not others:
        return ""
    return f"the manual steps name {others[0]}, not {own_unit}"


def _logs(case: Case, page: Mapping[str, Any]) -> Clause:
    name, fp = "detail.logs", case.plan.fp
    if not health_history(case).statuses:
        return not_applicable(name, "visible", "nothing happened that would be logged")
    lines = [str(line) for line in page.get("logs", ())]
    strange = next((line for line in lines if fp not in line), None)
    if strange is not None:
        return failed(name, "visible", f"a log line that is not of {fp}: {strange[:60]}")
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
        yield failed("statistics", "visible", f"there are no statistics of {case.plan.fp}")
        return
    yield passed("statistics", "visible")
    count = shown.get("failures", 0)
    problem = f"counts {count} failures, {seen.failures} were seen"
    yield _has("statistics.failures", count == seen.failures, problem)
    yield _rate(seen, shown)
    patterns = " ".join(map(str, shown.get("patterns", ())))
    lacking = [fp for fp in sorted(seen.along) if fp not in patterns]
    problem = f"no pattern names {', '.join(lacking)}" if lacking else "no patterns are told"
    yield _has("statistics.patterns", patterns and not lacking, problem)
    if seen.attempts > seen.successes or seen.called:
        needed = "healing did not do, and no improvement is named"
        yield _has("statistics.improvements", shown.get("improvements"), needed)
    else:
        yield not_applicable("statistics.improvements", "visible", "nothing is to be improved")


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
