"""Clauses for the questions healed and recovered."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from pytest_fpharness.judge.case import (
    Case,
    Clauses,
    failed,
    in_window,
    not_applicable,
    passed,
    unreached,
)
from pytest_fpharness.judge.marks import asks_orders, lines_after, new_entry
from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.plan import HealRule, Predicate
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.timeline import Event
from .attempts import (
    attempts_on,
    bounded,
    claimed,
    counted,
    gave_up,
    monitor_write,
    only_failed_unit,
)
from .detection import NOT_DETECTED
from .registry import FAULT_ENDS, Reads, clause

#: More calls per minute than this to a failing host are a storm.
STORM = 40

#: Healing is judged by claims, repairs, the state of the world, calls and orders.
HEALING_READS: Final[tuple[Reads, ...]] = (
    "sample", "check", "process.restart", "process.start_limit", "file.write", "http", "log",
    "order.submitted", "order.filled", "order.rejected", "end", *FAULT_ENDS,
)  # fmt: skip


@clause("healed", reads=HEALING_READS)
def healed(case: Case) -> Clauses:
    """The scenario's ``heal``, judged by its effect in the world."""
    if "detected" not in case.marks:
        yield unreached("heal", "healed", NOT_DETECTED)
        return
    rule = case.plan.heal
    if rule.gives_up:
        yield from _gives_up(case, rule)
    else:
        yield from _KINDS[rule.kind](case, rule)


# -- auto: the bot repairs it --------------------------------------------------------------------


def _auto(case: Case, rule: HealRule) -> Clauses:
    begin, end = case.marks["detected"], case.marks["detected"] + rule.within
    at = case.marks.get("healed")
    yield in_window("heal", "healed", at, min(begin, at or begin), end, _unverified(case, at))
    yield _cleared_by_bot(case)
    attempts = attempts_on(case, rule, case.marks["injected"], case.evidence.end)
    yield bounded(attempts, rule)
    if rule.restart:
        yield only_failed_unit(attempts, rule)
    yield claimed(case)
    yield counted(case, rule)


def _unverified(case: Case, at: int | None) -> str:
    """What was due: "healed", and if it never was, the verify lines that did not hold."""
    broken = _unmet(case, case.plan.heal.verify if at is None else ())
    return f"healed (unmet: {broken})" if broken else "healed"


def _unmet(case: Case, lines: Sequence[Predicate]) -> str:
    """The predicates that failed at the last check."""
    last = case.evidence.checks[-1].at if case.evidence.checks else 0
    return "; ".join(line.text for line in lines if not case.evidence.holds(line, last))


def _cleared_by_bot(case: Case) -> Clause:
    """The bot cleared the fault, not the world or a person (S20)."""
    cleared = case.evidence.of("fault.clear", case.marks["injected"])
    others = [e for e in cleared if e.facts["by"] not in case.info.processes]
    if others:
        who = others[0].facts["by"] or "the world"
        return failed("heal.by", "healed", f"cleared by {who}, not by the bot", others[0].at)
    if not cleared:
        return not_applicable("heal.by", "healed", "the fault was never cleared")
    return passed("heal.by", "healed", cleared[-1].at)


def _declared(case: Case, rule: HealRule) -> Clauses:
    """The service manager may repair it by the restart policy that the target declares (S9)."""
    begin, end = case.marks["detected"], case.marks["detected"] + rule.within
    at = case.marks.get("healed")
    yield in_window("heal", "healed", at, min(begin, at or begin), end, _unverified(case, at))
    cleared = case.evidence.of("fault.clear", case.marks["injected"])
    allowed = ("supervisor", *case.info.processes)
    others = [e for e in cleared if e.facts["by"] not in allowed]
    if others:
        who = others[0].facts["by"] or "the world"
        reason = f"cleared by {who}, not by the declared restart policy"
        yield failed("heal.declared", "healed", reason, others[0].at)
    else:
        yield passed("heal.declared", "healed", cleared[-1].at if cleared else None)


def _exhausted(case: Case, rule: HealRule) -> Clause:
    """The declared restarts reach their limit, and so do the monitor's own attempts."""
    name, begin = "heal.exhausted", case.marks["injected"]
    attempts = attempts_on(case, rule, begin, case.evidence.end)
    limit = case.evidence.first("process.start_limit", begin, process=rule.restart)
    if limit is None:
        return failed(name, "healed", "the declared restart policy was never exhausted")
    if len(attempts) > rule.max_attempts:
        reason = f"{len(attempts)} further attempts, at most {rule.max_attempts} are allowed"
        return failed(name, "healed", reason, attempts[rule.max_attempts].at)
    return passed(name, "healed", limit.at)


def _gives_up(case: Case, rule: HealRule) -> Clauses:
    """The healing fails: after bounded attempts the bot shows manual steps (SH-1, SH-2)."""
    if rule.kind == "declared":
        yield _exhausted(case, rule)
    elif rule.restart or rule.rewrite:
        attempts = attempts_on(case, rule, case.marks["injected"], case.evidence.end)
        yield bounded(attempts, rule)
    if rule.kind == "retry" and rule.retries is not None:
        yield _retried(case, rule.retries)
        yield _untouched(case)
    states = [
        (s.at, s.facts["healing"].get(case.plan.fp, {}))
        for s in case.evidence.samples
        if s.at >= case.marks["injected"]
    ]
    given_up = [(at, h) for at, h in states if h.get("state") in ("failed", "manual")]
    if not given_up:
        yield failed("heal.gives_up", "healed", "the healing never gave up")
    else:
        yield gave_up(case, rule, given_up[0][0])
        yield from _handed_over(case, given_up[0][0], bool(given_up[-1][1].get("manual_steps")))
    if rule.restart or rule.rewrite:
        yield counted(case, rule)


def _handed_over(case: Case, at: int, steps: bool) -> Clauses:
    """A person is shown the manual steps, and a log has what was tried (SH-2)."""
    if steps:
        yield passed("heal.steps", "healed", at)
    else:
        yield failed("heal.steps", "healed", "no manual steps are shown", at)
    if not any(role.startswith("log.") for role in case.info.layout.files):
        yield not_applicable("heal.logged", "healed", "the target has no log roles")
        return
    # From the pass in which it gave up; earlier lines are about the detection.
    lines = case.evidence.of("log", max(case.marks["injected"], at - case.check))
    line = next((e.at for e in lines if case.plan.fp in e.facts["text"]), None)
    if line is None:
        reason = f"no log line about {case.plan.fp} since the bot gave up"
        yield failed("heal.logged", "healed", reason, at)
    else:
        yield passed("heal.logged", "healed", line)


# -- the other kinds -----------------------------------------------------------------------------


def _retry(case: Case, rule: HealRule) -> Clauses:
    """The bot retries without a storm until the host recovers, or at most ``retries`` times."""
    tries = _refused_calls(case)
    if rule.retries is not None:
        yield _retried(case, rule.retries)
    elif len(tries) < 2:
        yield failed("heal.retry", "healed", f"{len(tries)} calls while it failed: no retry")
        return
    else:
        worst = max(bisect_left(tries, at + MINUTE) - i for i, at in enumerate(tries))
        if worst > STORM:
            yield failed("heal.retry", "healed", f"{worst} calls within a minute: a storm")
        else:
            yield passed("heal.retry", "healed", tries[0])
    yield _untouched(case)


def _refused_calls(case: Case) -> list[int]:
    """When calls failed during the fault: no answer, a server error, or status 429."""
    begin = case.marks["injected"]
    end = case.over if case.over is not None else case.evidence.end
    return [
        e.at
        for e in case.evidence.of("http", begin, end)
        if e.facts.get("error") or (status := int(e.facts.get("status", 0))) >= 500 or status == 429
    ]


def _retried(case: Case, allowed: int) -> Clause:
    """A refused call is made again at most ``allowed`` times while the fault is active."""
    name, tries = "heal.retry", _refused_calls(case)
    if not tries:
        return failed(name, "healed", "no call was refused")
    if len(tries) > 1 + allowed:
        reason = (
            f"called {len(tries)} times while it was refused, at most {1 + allowed} are allowed"
        )
        return failed(name, "healed", reason, tries[1 + allowed])
    return passed(name, "healed", tries[0])


def _fallback(case: Case, rule: HealRule) -> Clauses:
    """A rejected order is re-sent at most ``retries`` times, under new ids; others still trade."""
    rejected = case.evidence.of("order.rejected", case.marks["injected"])
    if rule.retries is not None or rejected:  # a fallback may also send smaller orders
        yield _resends(case, rejected, rule.retries or 0)
    if rule.others_trade:
        symbols = {e.facts["symbol"] for e in rejected}
        # While the fault is active, not after the harness has lifted it.
        end = case.over if case.plan.lift is not None else None
        filled = case.evidence.of("order.filled", case.marks["injected"], end)
        entered = [e for e in filled if e.facts.get("intent", "entry") == "entry"]
        other = next((e.at for e in entered if e.facts["symbol"] not in symbols), None)
        if other is None:
            yield failed("heal.others", "healed", "no other symbol was traded")
        else:
            yield passed("heal.others", "healed", other)


def _resends(case: Case, rejected: Sequence[Event], allowed: int) -> Clause:
    name, window = "heal.resends", 45 * SECOND
    ids: list[str] = []
    for order in rejected:
        same = [
            e
            for e in rejected
            if e.facts["symbol"] == order.facts["symbol"] and order.at <= e.at < order.at + window
        ]
        if len(same) > 1 + allowed:
            reason = f"{order.facts['symbol']} was sent {len(same)} times, at most {1 + allowed}"
            return failed(name, "healed", reason, same[-1].at)
        ids.append(str(order.facts.get("client_order_id")))
    if len(set(ids)) < len(ids):
        return failed(name, "healed", "a rejected order was re-sent with its old id")
    return passed(name, "healed", rejected[0].at if rejected else None)


def _expires(case: Case, rule: HealRule) -> Clauses:
    """The fault ends without a repair: nothing is restarted."""
    at = case.ended
    if at is None:
        yield failed("heal", "healed", "it did not end without a repair")
    else:
        yield passed("heal", "healed", at)
    yield _untouched(case)


def _manual(case: Case, rule: HealRule) -> Clauses:
    """Only a person can repair it: the bot shows the manual steps and touches nothing."""
    steps = [
        s.at
        for s in case.evidence.samples
        if s.at >= case.marks["detected"]
        and s.facts["healing"].get(case.plan.fp, {}).get("manual_steps")
    ]
    if steps:
        yield passed("heal.manual", "healed", steps[0])
    else:
        yield failed("heal.manual", "healed", "no manual steps are shown")
    yield _untouched(case)


def _none(case: Case, rule: HealRule) -> Clauses:
    yield _untouched(case)


def _untouched(case: Case) -> Clause:
    """No service is restarted, and no monitor writes a file that only a person may repair."""
    restarts = [
        e
        for e in case.evidence.of("process.restart", case.marks["injected"])
        if e.actor in case.info.processes
    ]
    if restarts:
        reason = f"{restarts[0].actor} restarted {restarts[0].facts['unit']}"
        return failed("heal.none", "healed", reason, restarts[0].at)
    if case.plan.heal.kind == "manual" and (write := monitor_write(case)) is not None:
        reason = f"{write.actor} wrote {write.facts['role']}, which only a person may repair"
        return failed("heal.none", "healed", reason, write.at)
    return passed("heal.none", "healed")


_KINDS = {
    "auto": _auto,
    "declared": _declared,
    "retry": _retry,
    "fallback": _fallback,
    "expires": _expires,
    "manual": _manual,
    "none": _none,
}


# -- after it --------------------------------------------------------------------------------------


@clause("recovered", reads=("check", "sample", "order.submitted", "end"))
def recovered(case: Case) -> Clauses:
    """The bot is steady and trades again in time, once the fault is over (S20)."""
    if case.plan.heal.gives_up and case.ended is None:
        yield not_applicable("recover", "recovered", "the healing is expected to give up")
        return
    if case.ended is None:
        yield unreached("recover", "recovered", "the fault never ended")
        return
    begin, end = case.ended, case.ended + case.plan.recover
    at = case.marks.get("recovered")
    what = "recovered" if at is not None else f"recovered ({_not_steady(case)})"
    yield in_window("recover", "recovered", at, begin, end, what)


def _not_steady(case: Case) -> str:
    """What is missing: a new entry, or the lines that did not hold at the last check."""
    if asks_orders(case.plan) and new_entry(case.evidence, case.ended or 0) is None:
        return "no new entry order"
    broken = _unmet(case, lines_after(case.plan))
    return f"unmet: {broken}" if broken else "not steady at two checks in a row"
