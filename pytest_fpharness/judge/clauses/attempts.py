"""Clauses about heal attempts: their number, spacing and target, and how the bot counts them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from pytest_fpharness.judge.case import Case, failed, not_applicable, passed
from pytest_fpharness.model.duration import format_duration
from pytest_fpharness.model.plan import HealRule
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.timeline import Event
from .detail_pages import health_history


def attempts_on(case: Case, rule: HealRule, begin: int, end: int) -> list[Event]:
    """Heal attempts on the unit or file that failed, under any failure point (S27)."""
    evidence = case.evidence
    if rule.restart:
        return [
            e
            for e in evidence.of("process.restart", begin, end)
            if rule.restart in e.facts["processes"] and e.actor != "operator"
        ]
    if rule.rewrite:
        return [
            e
            for e in evidence.of("file.write", begin, end)
            if e.facts["role"] == rule.rewrite and e.actor in case.info.processes
        ]
    return []


def bounded(attempts: Sequence[Event], rule: HealRule) -> Clause:
    """Attempts are bounded and spaced; a file's owner may write it again once it is healed."""
    name, count = "heal.attempts", len(attempts)
    if count < rule.min_attempts:
        return failed(name, "healed", f"{count} attempts, at least {rule.min_attempts} are due")
    if rule.restart and count > rule.max_attempts:
        reason = f"{count} attempts, at most {rule.max_attempts} are allowed"
        return failed(name, "healed", reason, attempts[rule.max_attempts].at)
    if rule.restart:
        for first, second in itertools.pairwise(attempts):
            if second.at - first.at < rule.spacing:
                gap = format_duration(second.at - first.at)
                return failed(name, "healed", f"two attempts within {gap}", second.at)
    return passed(name, "healed", attempts[0].at if attempts else None)


def gave_up(case: Case, rule: HealRule, at: int) -> Clause:
    """After the bot has given up, no monitor tries again: a person takes over."""
    name, monitors = "heal.gives_up", case.monitors
    tries = attempts_on(case, rule, at + 1, case.evidence.end)
    again = next((e for e in tries if e.actor in monitors), None)
    if again is None:
        return passed(name, "healed", at)
    what = again.facts.get("unit") or again.facts.get("role")
    reason = f"{again.actor} tried {what} again after the healing gave up"
    return failed(name, "healed", reason, again.at)


def monitor_write(case: Case) -> Event | None:
    """The first write of a monitor to a file that a fault holds."""
    files = {injection.params.get("file") for injection in case.plan.inject} - {None}
    writes = case.evidence.of("file.write", case.marks["injected"], case.over) if files else []
    monitors = case.monitors
    return next((e for e in writes if e.facts["role"] in files and e.actor in monitors), None)


def only_failed_unit(attempts: Sequence[Event], rule: HealRule) -> Clause:
    """Only the failed process is restarted: its unit contains no other (blast radius)."""
    for attempt in attempts:
        others = [name for name in attempt.facts["processes"] if name != rule.restart]
        if others:
            reason = f"{attempt.facts['unit']} restarts {', '.join(others)} as well"
            return failed("heal.alone", "healed", reason, attempt.at)
    return passed("heal.alone", "healed", attempts[0].at if attempts else None)


def claimed(case: Case) -> Clause:
    """The bot counts the attempt under this failure point, not under another one (S27)."""
    begin = case.marks["injected"]
    for sample in case.evidence.samples:
        healing = sample.facts["healing"].get(case.plan.fp, {})
        if sample.at >= begin and healing.get("attempts", 0) >= 1:
            return passed("heal.claim", "healed", sample.at)
    others = sorted(
        {
            fp
            for s in case.evidence.samples
            if s.at >= begin
            for fp, h in s.facts["healing"].items()
            if h.get("attempts") and fp != case.plan.fp
        }
    )
    reason = f"the bot claims no heal attempt for {case.plan.fp}"
    if others:
        reason += f", but for {', '.join(others)}"
    return failed("heal.claim", "healed", reason)


def _attempts_elsewhere(case: Case) -> int:
    """Attempts that the bot counts under other failure points; they may be on the same unit."""
    most: dict[str, int] = {}
    for sample in case.evidence.samples:
        for fp, healing in sample.facts["healing"].items():
            if fp != case.plan.fp:
                most[fp] = max(most.get(fp, 0), healing.get("attempts", 0))
    return sum(most.values())


def counted(case: Case, rule: HealRule) -> Clause:
    """The bot counts as many attempts as were made, and no success that did not last (M-3)."""
    name, begin = "heal.counted", case.marks["injected"]
    seen = [e for e in attempts_on(case, rule, begin, case.evidence.end) if e.actor != "supervisor"]
    claims = health_history(case)
    count, healed = claims.attempts, claims.successes
    lost = len(seen) - count if rule.restart else 0  # a file is monitor_write by its owner as well
    if lost < 0 or (lost and (not count or lost > _attempts_elsewhere(case))):
        reason = f"the bot counts {count} attempts, there were {len(seen)}"
        return failed(name, "healed", reason)
    if not rule.gives_up and not healed:
        if "healed" not in case.marks:
            return not_applicable(name, "healed", "there is no success to count")
        return failed(name, "healed", "it healed, but the bot counts no success")
    if rule.gives_up and count and healed >= count:
        return failed(name, "healed", f"no repair lasted, but the bot counts {healed} successes")
    return passed(name, "healed", seen[0].at if seen else None)
