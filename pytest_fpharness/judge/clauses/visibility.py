"""Clauses for the questions visible, logged, quiet and clean."""

from __future__ import annotations

from typing import Any, Final

from pytest_fpharness.judge.case import Case, Clauses, failed, missing, not_applicable, passed
from pytest_fpharness.judge.evidence import signal_key
from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.plan import ShowRule
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.timeline import Event
from .detail_pages import LAST_STATUSES, health_history
from .registry import FAULT_ENDS, Reads, clause


@clause("visible", reads=("sample", "check", "end", *FAULT_ENDS))
def visible(case: Case) -> Clauses:
    """The dashboard agrees with health, is up to date and shows true values (C12)."""
    if not case.able("dashboard"):
        yield missing("row", "visible", "dashboard")
        return
    samples = [s for s in case.evidence.samples if s.at >= case.marks["injected"]]
    if not samples:
        yield failed("row", "visible", "no monitor pass after the fault: nothing was shown")
        return
    yield _row(case, samples)
    yield _last_check(case, samples)
    yield _healing(case, samples)
    yield _trend(case, samples[-1])
    yield _indicator(samples)
    for show in case.plan.shows:
        yield _value(case, show)


def _row(case: Case, samples: list[Event]) -> Clause:
    fp = case.plan.fp
    for sample in samples:
        row = _shown(sample)
        if not row:
            return failed("row", "visible", f"the dashboard has no row for {fp}", sample.at)
        status = sample.facts["status"].get(fp)
        if row["status"] != status:
            reason = f"the dashboard shows {row['status']}, health reports {status}"
            return failed("row", "visible", reason, sample.at)
    return passed("row", "visible", samples[0].at)


def _shown(sample: Event) -> dict[str, Any]:
    """The failure point's row on the dashboard; empty if it has none."""
    return (sample.facts["dashboard"] or {}).get("row") or {}


def _last_check(case: Case, samples: list[Event]) -> Clause:
    """The time of the last check is shown, and advances."""
    name, wall = "row.last_check", None
    for sample in samples:
        last = _shown(sample).get("last_check")
        if last is None or (wall is not None and last < wall[0] and sample.at > wall[1]):
            return failed(name, "visible", "last_check is missing or goes back", sample.at)
        stale = wall is not None and last == wall[0] and sample.at - wall[1] > 3 * case.check
        if stale and sample.facts["status"].get(case.plan.rules.monitor, "OK") == "OK":
            return failed(name, "visible", "last_check does not advance", sample.at)
        if wall is None or last != wall[0]:
            wall = (last, sample.at)
    return passed(name, "visible", samples[0].at)


def _healing(case: Case, samples: list[Event]) -> Clause:
    """The row shows the state of the healing that health reports."""
    for sample in samples:
        state = sample.facts["healing"].get(case.plan.fp, {}).get("state", "idle")
        shown = _shown(sample).get("healing", "")
        if shown != state:
            reason = f"the healing is shown as {shown}, health reports {state}"
            if not shown:
                reason = f"the dashboard does not show the state of the healing, which is {state}"
            return failed("row.healing", "visible", reason, sample.at)
    return passed("row.healing", "visible", samples[0].at)


def _trend(case: Case, last: Event) -> Clause:
    """The last row's trend has the statuses of the run, or at least the last of them."""
    name, went = "row.trend", health_history(case).statuses
    if not went:
        return not_applicable(name, "visible", "its status never changed")
    shown = list(_shown(last).get("trend", ()))
    if not shown:
        return failed(name, "visible", "the dashboard shows no trend", last.at)
    enough = min(len(went), LAST_STATUSES)
    if len(shown) < enough or shown[-enough:] != went[-enough:]:
        reason = f"the trend is shown as {', '.join(shown)}, it was {', '.join(went)}"
        return failed(name, "visible", reason, last.at)
    return passed(name, "visible", last.at)


def _indicator(samples: list[Event]) -> Clause:
    """The readiness indicator on the page has the colour of health (D-2)."""
    name = "indicator"
    colours = [(s, _shown(s).get("readiness")) for s in samples]
    if not any(colour for _, colour in colours):
        return not_applicable(name, "visible", "the target has no readiness indicator")
    for sample, colour in colours:
        if colour != sample.facts["readiness"]:
            reason = f"the indicator is {colour}, readiness is {sample.facts['readiness']}"
            return failed(name, "visible", reason, sample.at)
    return passed(name, "visible", samples[0].at)


def _value(case: Case, show: ShowRule) -> Clause:
    """Compare a shown value with the truth at its monitor pass; skip passes that did not renew it."""
    name, key = f"shows.{show.value}", signal_key(show.signal, show.argument)
    own = case.info.layout.values.get(show.value, show.value)  # the bot's own name for it
    last: float | None = None
    at: int | None = None
    for sample in case.evidence.samples:
        dashboard = sample.facts["dashboard"] or {}
        row = dashboard.get("row") or {}
        old, last = last, row.get("last_check")
        if sample.at < case.marks["injected"] or (last == old and last is not None):
            continue
        values, at = row.get("values", {}), sample.at
        truths = [sample.facts[when].get(key) for when in ("truth", "began")]
        if own not in values:
            return failed(name, "visible", f"the dashboard does not show {own}", sample.at)
        if not any(_equals(values[own], truth, show) for truth in truths):
            reason = f"shows {values[own]!r}, the truth is {_in_seconds(truths[0], show)!r}"
            return failed(name, "visible", reason, sample.at)
    if at is None:
        return failed(name, "visible", f"{show.value} was not updated after the fault")
    return passed(name, "visible", at)


def _in_seconds(truth: Any, show: ShowRule) -> Any:
    return truth / SECOND if _is_duration(show) and isinstance(truth, int) else truth


def _is_duration(show: ShowRule) -> bool:
    return show.signal.endswith((".age", "_age", ".remaining"))


def _equals(shown: Any, truth: Any, show: ShowRule) -> bool:
    truth = _in_seconds(truth, show)
    if isinstance(shown, bool) or isinstance(truth, bool):
        return shown is truth
    if isinstance(shown, int | float) and isinstance(truth, int | float):
        return abs(shown - truth) <= show.tolerance
    return bool(shown == truth)


@clause("logged", reads=("log",))
def logged(case: Case) -> Clauses:
    """The log has the lines of the scenario's ``logs`` (C13)."""
    base = case.marks.get("detected", case.marks["injected"])
    for rule in case.plan.logs:
        name = f"log.{rule.role.removeprefix('log.')}"
        if rule.role not in case.info.layout.files:
            yield missing(name, "logged", rule.role)
            continue
        lines = case.evidence.of("log", case.marks["injected"], base + rule.within)
        line_at = next(
            (e.at for e in lines if e.facts["role"] == rule.role and rule.says in e.facts["text"]),
            None,
        )
        if line_at is None:
            yield failed(name, "logged", f"{rule.role} has no line with {rule.says!r}")
        else:
            yield passed(name, "logged", line_at)


QUIET_READS: Final[tuple[Reads, ...]] = (
    "sample", "alert", "process.exit", "process.restart", "process.stop", "end", *FAULT_ENDS,
)  # fmt: skip


@clause("quiet", reads=QUIET_READS)
def quiet(case: Case) -> Clauses:
    """Nothing unexpected happens, except the cascades of ``causes`` (C7, S25, S26)."""
    wrong = next(_noise(case), None)
    if wrong is None:
        yield passed("quiet", "quiet")
    else:
        yield failed("quiet", "quiet", wrong[1], wrong[0])
    yield _complete(case)


def _complete(case: Case) -> Clause:
    """Health still lists every failure point that it listed before the fault."""
    name, begin = "quiet.complete", case.marks["injected"]
    before = [s.facts["status"].keys() for s in case.evidence.samples if s.at < begin]
    known = set(before[-1]) if before else set()
    for sample in case.evidence.of("sample", begin):
        gone = known - sample.facts["status"].keys()
        if gone and sample.facts.get("checked_at", 0) is not None:
            reason = f"health no longer lists {', '.join(sorted(gone)[:3])}"
            return failed(name, "quiet", reason, sample.at)
    return passed(name, "quiet")


def _noise(case: Case) -> Any:
    plan, begin = case.plan, case.marks["injected"]
    if not plan.flow:
        yield from _ended_processes(case)
    end = case.marks.get("recovered", case.evidence.end) + case.check
    for sample in case.evidence.of("sample", begin, end):
        for fp, status in sample.facts["status"].items():
            if status != "OK" and not _is_allowed(case, fp, sample.at):
                yield sample.at, f"{fp} became {status}, {case.text(sample.at)}"
    for alert in case.evidence.of("alert", begin):
        if not _is_allowed(case, alert.facts["key"], alert.at):
            yield alert.at, f"an alert for {alert.facts['key']} ({alert.facts['kind']})"
    if plan.flow:
        return  # the effects of its faults are judged in the scenarios of those failure points
    for restart in case.evidence.of("process.restart", begin):
        healing = not plan.twin and plan.heal.restart in restart.facts["processes"]
        if restart.actor in case.info.processes and not healing:
            yield restart.at, f"{restart.actor} restarted {restart.facts['unit']}"


def _ended_processes(case: Case) -> Any:
    """Processes that another process of the bot ended, except the failed one."""
    for kind in ("process.exit", "process.stop"):
        for event in case.evidence.of(kind, case.marks["injected"]):
            name = event.facts["process"]
            expected = name in (event.actor, case.plan.heal.restart)
            if event.actor in case.info.processes and not expected:
                yield event.at, f"{event.actor} ended {name}"


def _is_allowed(case: Case, fp: str, at: int) -> bool:
    plan = case.plan
    if fp == plan.fp:
        return not plan.twin
    after = plan.allowed.get(fp)
    return after is not None and at - case.marks["injected"] >= after


@clause("clean", reads=("escape", "reading.acts", "secret.leaked"))
def clean(case: Case) -> Clauses:
    """Nothing is left behind, reading the bot changed nothing, and nothing left the world."""
    acts = case.evidence.of("reading.acts")
    if acts:
        reason = f"reading health or the dashboard caused: {', '.join(acts[0].facts['what'])}"
        yield failed("reading", "clean", reason, acts[0].at)
    else:
        yield passed("reading", "clean")
    escapes = case.evidence.of("escape")
    if escapes:
        facts = escapes[0].facts
        place = f", at {facts['place']}" if facts.get("place") else ""
        reason = f"left the world: {facts['what']} {facts['detail']}{place}"
        yield failed("escape", "clean", reason, escapes[0].at)
    else:
        yield passed("escape", "clean")
    leaks = case.evidence.of("secret.leaked")
    if leaks:
        yield failed(
            "discreet", "clean", f"a key appears in {leaks[0].facts['where']}", leaks[0].at
        )
    else:
        yield passed("discreet", "clean")
    if case.residue:
        yield failed("residue", "clean", "left behind: " + "; ".join(case.residue))
    else:
        yield passed("residue", "clean")
