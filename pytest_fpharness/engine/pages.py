"""Clauses about the pages that are opened once, at the end of a run: detail (D-3), statistics (SH-3).

They are compared with what the run has shown: the statuses, heal attempts and alerts of its samples.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, Final

from pytest_fpharness.engine.case import Case, Clauses, failed, passed, void
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.record import Clause

#: The fields of a documented failure point, as its page must have them (C14).
FIELDS: Final = ("location", "impact", "detection", "healing", "dashboard", "test")
#: A page may leave out all but so many of the last statuses.
LAST_STATUSES: Final = 5
_STATISTICS: Final = ("statistics.failures", "statistics.rate", "statistics.patterns")


def asks_pages(plan: Plan) -> bool:
    """Whether the pages of its failure point are opened at the end of its run."""
    return not plan.twin and plan.flow is None


def statuses(case: Case) -> list[str]:
    """The statuses that the failure point changed to in this run, from OK on."""
    seen = [s.facts["status"].get(case.plan.fp, "OK") for s in case.evidence.samples]
    return [status for status, _ in itertools.groupby(["OK", *seen])][1:]


def opened(case: Case) -> Clauses:
    """The page of the failure point, and what the bot has learned from its failures."""
    if "details" in case.info.abilities:
        yield from _detail(case, _page(case, "detail"))
    else:
        yield void("detail", "visible", "the target has no details")
    if "statistics" in case.info.abilities:
        yield from _statistics(case, _page(case, "statistics"))
    else:
        yield void("statistics", "visible", "the target has no statistics")


def _page(case: Case, name: str) -> Mapping[str, Any] | None:
    event = case.evidence.first("pages")
    found = event.facts.get(name) if event else None
    return found if isinstance(found, dict) else None


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
    tried = max(total(case, "attempts"), _moments(case))
    if tried:
        told = len(page.get("healing", ()))
        said = f"the page tells {told} heal events of {tried} attempts"
        yield _has("detail.healing", told >= tried, said)
    else:
        yield void("detail.healing", "visible", "nothing was tried")
    yield _logs(case, page)
    yield _has("detail.manual_steps", page.get("manual_steps"), "the page has no manual steps")


def _moments(case: Case) -> int:
    """At how many times the bot said that it had just tried, whatever it counts."""
    claims = [s.facts["healing"].get(case.plan.fp, {}) for s in case.evidence.samples]
    return len({claim.get("last_attempt") for claim in claims} - {None})


def _logs(case: Case, page: Mapping[str, Any]) -> Clause:
    name, fp = "detail.logs", case.plan.fp
    if not statuses(case):
        return void(name, "visible", "nothing happened that would be logged")
    lines = [str(line) for line in page.get("logs", ())]
    strange = next((line for line in lines if fp not in line), None)
    if strange is not None:
        return failed(name, "visible", f"a log line that is not of {fp}: {strange[:60]}")
    return _has(name, lines, "the page shows no log line")


def _has(name: str, holds: object, lacking: str) -> Clause:
    return passed(name, "visible") if holds else failed(name, "visible", lacking)


# -- statistics ----------------------------------------------------------------------------------


def _statistics(case: Case, found: Mapping[str, Any] | None) -> Clauses:
    failures = _failures(case)
    if not failures and not total(case, "attempts"):
        for name in ("statistics", *_STATISTICS):
            yield void(name, "visible", "it did not fail")
        return
    if found is None:
        yield failed("statistics", "visible", f"there are no statistics of {case.plan.fp}")
        return
    yield passed("statistics", "visible")
    told = found.get("failures", 0)
    said = f"counts {told} failures, {failures} were seen"
    yield _has("statistics.failures", told == failures, said)
    yield _rate(case, found)
    patterns = " ".join(map(str, found.get("patterns", ())))
    lacking = [fp for fp in _along(case) if fp not in patterns]
    said = f"no pattern names {', '.join(lacking)}" if lacking else "no patterns are told"
    yield _has("statistics.patterns", patterns and not lacking, said)
    if total(case, "attempts") > total(case, "successes") or _called(case):
        needed = "healing did not do, and no improvement is named"
        yield _has("statistics.improvements", found.get("improvements"), needed)
    else:
        yield void("statistics.improvements", "visible", "nothing is to be improved")


def _rate(case: Case, found: Mapping[str, Any]) -> Clause:
    name = "statistics.rate"
    tried, healed = total(case, "attempts"), total(case, "successes")
    told = (found.get("attempts", 0), found.get("healed", 0))
    if told != (tried, healed):
        said = f"counts {told[1]} of {told[0]} heal attempts as healed, {healed} of {tried} were"
        return failed(name, "visible", said)
    if not tried:
        return void(name, "visible", "nothing was tried")
    rate = found.get("success_rate")
    right = rate is not None and abs(rate - healed / tried) < 0.01
    return _has(name, right, f"the success rate is {rate}, {healed} of {tried} were healed")


def total(case: Case, count: str) -> int:
    """How often the bot's own count of heal attempts or successes rose; it may begin anew."""
    seen = [s.facts["healing"].get(case.plan.fp, {}).get(count, 0) for s in case.evidence.samples]
    return sum(max(0, after - before) for before, after in itertools.pairwise([0, *seen]))


def _failures(case: Case) -> int:
    """How often it left OK."""
    return sum(
        before == "OK" and after != "OK"
        for before, after in itertools.pairwise(["OK", *statuses(case)])
    )


def _along(case: Case) -> list[str]:
    """The other failure points that left OK in the same pass."""
    before: Mapping[str, str] = {}
    found: set[str] = set()
    for sample in case.evidence.samples:
        now = sample.facts["status"]
        new = {fp for fp, status in now.items() if status != "OK" and before.get(fp, "OK") == "OK"}
        if case.plan.fp in new:
            found |= new - {case.plan.fp}
        before = now
    return sorted(found)


def _called(case: Case) -> bool:
    """Whether the bot called for a person."""
    return any(
        s.facts["healing"].get(case.plan.fp, {}).get("state") in ("manual", "failed")
        for s in case.evidence.samples
    )
