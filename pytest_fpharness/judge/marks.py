"""Find the marks of a run: ``steady``, ``injected``, ``detected`` and so on (S19, S20)."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fpharness.model.plan import Plan, Predicate
from .evidence import Evidence, status_in

Marks = dict[str, int]


def steady_at(evidence: Evidence, steady: Sequence[Predicate], begin: int) -> int | None:
    """The second of the first two consecutive checks from ``begin`` on at which every line holds."""
    held = False
    for check in evidence.checks:
        if check.at < begin:
            continue
        holds = all(evidence.holds(line, check.at) for line in steady)
        if holds and held:
            return check.at
        held = holds
    return None


def find_marks(plan: Plan, evidence: Evidence) -> Marks:
    """Every mark that the run reached, in ns, in the order of S20."""
    marks: Marks = {}
    steady = steady_at(evidence, plan.steady, 0)
    if steady is not None:
        marks["steady"] = steady
    injected = evidence.first("fault.inject")
    if injected is None:
        return marks
    marks["injected"] = injected.at
    _add(marks, "detected", _detected(plan, evidence, injected.at))
    _add(marks, "alerted", _alerted(plan, evidence, injected.at))
    if plan.again is not None:
        again = evidence.first("mark", name="again")
        _add(marks, "again", again.at if again else None)
    page = evidence.first("alert", injected.at, key=plan.fp, kind="page")
    _add(marks, "paged", page.at if page else None)
    ended = _ended(plan, evidence, injected.at)
    if ended is not None:
        marks[ended[0]] = ended[1]
        _add(marks, "recovered", _recovered(plan, evidence, ended[1]))
    marks["end"] = evidence.end
    return marks


def _add(marks: Marks, name: str, at: int | None) -> None:
    if at is not None:
        marks[name] = at


def _detected(plan: Plan, evidence: Evidence, begin: int) -> int | None:
    if plan.detect.by == "gate":
        return _blocked(plan, evidence, begin)
    return next(
        (
            s.at
            for s in evidence.samples
            if s.at >= begin and status_in(s.facts, plan.fp).value == plan.detect.status
        ),
        None,
    )


def _blocked(plan: Plan, evidence: Evidence, begin: int) -> int | None:
    """When the gate first blocks a candidate; with a limit: its symbol, once the limit began."""
    began = evidence.first("limit.begins")
    if plan.limit and began is None:
        return None
    for event in evidence.of("decision", began.at if began else begin):
        facts = event.facts
        blocks_symbol = plan.limit is None or facts["symbol"] == plan.limit.blocks
        if blocks_symbol and facts["action"] == "block" and facts["gate"] == plan.detect.gate:
            return event.at
    return None


def _alerted(plan: Plan, evidence: Evidence, begin: int) -> int | None:
    alert = evidence.first("alert", begin, key=plan.fp, kind="fire")
    return alert.at if alert else None


def _ended(plan: Plan, evidence: Evidence, begin: int) -> tuple[str, int] | None:
    """The mark ``healed`` or ``lifted``, once the last fault is over."""
    over = evidence.over(plan.lift is not None)
    came = 2 if plan.again is not None and evidence.first("mark", name="again") else 1
    if not over or len(evidence.of("fault.inject")) < came * len(plan.inject):
        return None
    last = max(over, key=lambda event: event.at)
    if any(event.kind == "fault.lift" for event in over):
        return "lifted", last.at
    verified = _verified(plan, evidence, last.at)
    return ("healed", verified) if verified is not None else None


def _verified(plan: Plan, evidence: Evidence, begin: int) -> int | None:
    """The first check from ``begin`` on at which all ``verify`` predicates hold."""
    if not plan.heal.verify:
        return begin
    return next(
        (
            check.at
            for check in evidence.checks
            if check.at >= begin and all(evidence.holds(p, check.at) for p in plan.heal.verify)
        ),
        None,
    )


def _recovered(plan: Plan, evidence: Evidence, begin: int) -> int | None:
    """When it is steady at 2 consecutive checks again, after a new entry order (S20)."""
    entry = new_entry(evidence, begin)
    if entry is None and asks_orders(plan):
        return None
    return steady_at(evidence, lines_after(plan), max(begin, entry or 0))


def lines_after(plan: Plan) -> list[Predicate]:
    """The steady lines, with the colour that the scenario expects afterwards."""
    colour = plan.readiness_after
    after = Predicate("readiness", "is", colour, text=f"readiness is {colour}")
    stays = colour != "GREEN"
    return [after if stays and line.signal == "readiness" else line for line in plan.steady]


def asks_orders(plan: Plan) -> bool:
    """Whether a steady line is about orders: then recovery needs a new entry."""
    return any(line.signal.startswith("orders.") for line in plan.steady)


def new_entry(evidence: Evidence, begin: int) -> int | None:
    """The first entry order from ``begin`` on."""
    orders = evidence.of("order.submitted", begin)
    return next((e.at for e in orders if e.facts.get("intent") == "entry"), None)
