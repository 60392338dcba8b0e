"""Signal mutants: a recorded timeline with one signal muted, frozen, doubled, delayed or forged.

Each is judged again in every run, for microseconds: a clause that none of them makes fail is
unproven (S18, S31).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from pytest_fpharness.engine.case import Case
from pytest_fpharness.engine.evidence import Evidence
from pytest_fpharness.engine.judge import judge
from pytest_fpharness.model.duration import HOUR
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.timeline import Event, Timeline
from pytest_fpharness.model.verdict import Verdict

Events = list[Event]
Mutate = Callable[[Case, Events], Iterable[Event]]

MUTANTS: dict[str, Mutate] = {}


def mutant(function: Mutate) -> Mutate:
    """Register a mutant under its name."""
    MUTANTS[function.__name__.strip("_")] = function
    return function


def prove(case: Case, clauses: list[Clause]) -> list[Clause]:
    """The clauses, each with the mutants that made it fail."""
    killers: dict[str, list[str]] = {clause.name: [] for clause in clauses}
    for name, mutate in MUTANTS.items():
        for clause in judge(_mutated(case, mutate)):
            if clause.name in killers and killed(clause):
                killers[clause.name].append(name)
    return [
        replace(clause, killed_by=tuple(killers[clause.name]))
        if clause.verdict is Verdict.PASS
        else clause
        for clause in clauses
    ]


def killed(clause: Clause) -> bool:
    """Whether it failed by itself: a clause that was only "not reached" proves nothing (S21)."""
    failed = clause.verdict in (Verdict.FAIL, Verdict.VACUOUS)
    return failed and not clause.reason.startswith("not reached")


def _mutated(case: Case, mutate: Mutate) -> Case:
    events = sorted(mutate(case, list(case.evidence.timeline.events)), key=lambda e: e.at)
    evidence = Evidence(Timeline(events), case.evidence.layout)
    residue = ("a mutant's residue",) if mutate is _residue else case.residue
    return Case(case.plan, evidence, case.info, case.control, residue)


def _changed(events: Events, kind: str, change: Callable[[Event], dict[str, Any] | None]) -> Events:
    """Events with other facts for one kind; None drops the event."""
    out = []
    for event in events:
        if event.kind != kind:
            out.append(event)
            continue
        facts = change(event)
        if facts is not None:
            out.append(Event(event.at, event.kind, event.actor, facts))
    return out


def _injected(case: Case) -> int:
    return case.marks.get("injected", 0)


# -- the monitor ---------------------------------------------------------------------------------


@mutant
def blind(case: Case, events: Events) -> Events:
    """The monitor says that everything is fine."""

    def change(event: Event) -> dict[str, Any]:
        facts = dict(event.facts)
        facts["status"] = dict.fromkeys(facts["status"], "OK")
        return {**facts, "readiness": "GREEN", "healing": {}}

    return _changed(events, "sample", change)


@mutant
def always_shouts(case: Case, events: Events) -> Events:
    """The monitor says that everything is wrong, all the time."""

    def change(event: Event) -> dict[str, Any]:
        facts = dict(event.facts)
        status = {**dict.fromkeys(facts["status"], "ERROR"), case.plan.fp: "ERROR"}
        return {**facts, "status": status, "readiness": "RED"}

    return _changed(events, "sample", change)


@mutant
def mute(case: Case, events: Events) -> Events:
    """No pass of a monitor is ever seen."""
    return [event for event in events if event.kind != "sample"]


@mutant
def late_monitor(case: Case, events: Events) -> Events:
    """Every claim comes an hour late."""
    return [replace(e, at=e.at + HOUR) if e.kind == "sample" else e for e in events]


@mutant
def wrong_colour(case: Case, events: Events) -> Events:
    """The statuses are right, the colour is not."""
    other = {"GREEN": "YELLOW", "YELLOW": "RED", "RED": "YELLOW", "UNKNOWN": "GREEN"}
    change = lambda e: {**e.facts, "readiness": other[e.facts["readiness"]]}  # noqa: E731
    return _changed(events, "sample", change)


@mutant
def relapse(case: Case, events: Events) -> Events:
    """After the recovery the colour turns again."""
    since = case.marks.get("recovered", 1 << 62) + case.check
    other = {"GREEN": "RED", "YELLOW": "GREEN", "RED": "GREEN", "UNKNOWN": "GREEN"}

    def change(event: Event) -> dict[str, Any]:
        turned = other[event.facts["readiness"]] if event.at >= since else event.facts["readiness"]
        return {**event.facts, "readiness": turned}

    return _changed(events, "sample", change)


@mutant
def no_heal_claim(case: Case, events: Events) -> Events:
    """The bot says nothing of its healing."""
    return _changed(events, "sample", lambda e: {**e.facts, "healing": {}})


@mutant
def not_steady(case: Case, events: Events) -> Events:
    """The world's truth is never known."""
    return [event for event in events if event.kind != "check"]


@mutant
def crossed(case: Case, events: Events) -> Events:
    """Every count of the world is a thousand too high."""

    def change(event: Event) -> dict[str, Any]:
        truth = {
            key: value + 1000 if type(value) in (int, float) else value
            for key, value in event.facts["truth"].items()
        }
        return {**event.facts, "truth": truth}

    return _changed(events, "check", change)


# -- alerts --------------------------------------------------------------------------------------


@mutant
def silent(case: Case, events: Events) -> Events:
    """No alert leaves the bot."""
    return [event for event in events if event.kind != "alert"]


@mutant
def no_repeats(case: Case, events: Events) -> Events:
    """Alerts are not repeated, nor escalated."""
    keep = ("fire", "resolved")
    return [e for e in events if e.kind != "alert" or e.facts["kind"] in keep]


@mutant
def storm(case: Case, events: Events) -> Events:
    """Every alert is sent twelve times."""
    out = []
    for event in events:
        out += [event] * (12 if event.kind == "alert" else 1)
    return out


@mutant
def repeat_storm(case: Case, events: Events) -> Events:
    """After each first alert, a repeat every second."""
    out = list(events)
    for event in events:
        if event.kind == "alert" and event.facts["kind"] == "fire":
            again = {**event.facts, "kind": "repeat"}
            out += [Event(event.at + n * 10**9, "alert", event.actor, again) for n in range(1, 30)]
    return out


@mutant
def wordless(case: Case, events: Events) -> Events:
    """Alerts say nothing."""
    return _changed(events, "alert", lambda e: {**e.facts, "text": "", "severity": "info"})


@mutant
def false_alarm(case: Case, events: Events) -> Events:
    """An alert and a page of this failure point just after the fault, and one of another."""
    at = _injected(case) + 1
    out = list(events)
    for key, kind in ((case.plan.fp, "fire"), (case.plan.fp, "page"), ("FP-0.0", "fire")):
        facts = {"key": key, "kind": kind, "severity": "critical", "text": "?"}
        out.append(Event(at, "alert", "monitor", facts))
    return out


# -- healing -------------------------------------------------------------------------------------


@mutant
def nobody_heals(case: Case, events: Events) -> Events:
    """The fault is never over, and nobody tried."""
    gone = (
        "fault.clear", "fault.lift", "process.restart", "process.start_limit", "file.write",
    )  # fmt: skip
    return [event for event in events if event.kind not in gone]


@mutant
def healed_by_the_world(case: Case, events: Events) -> Events:
    """Somebody else ends the fault."""
    return _changed(events, "fault.clear", lambda e: {**e.facts, "by": "operator"})


@mutant
def restart_storm(case: Case, events: Events) -> Events:
    """Every unit is restarted again and again."""
    actor = next((p for p in case.info.processes if p != "bot"), "monitor")
    units = case.info.layout.units
    out = list(events)
    for name in case.info.processes:
        facts = {"unit": units.get(name, name), "processes": [name]}
        at = _injected(case) + 2
        out += [Event(at + n, "process.restart", actor, facts) for n in range(9)]
    everything = {"unit": "everything", "processes": list(case.info.processes)}
    out.append(Event(_injected(case) + 1, "process.restart", actor, everything))
    return out


@mutant
def no_retry(case: Case, events: Events) -> Events:
    """The bot never calls anybody."""
    return [event for event in events if event.kind != "http"]


@mutant
def call_storm(case: Case, events: Events) -> Events:
    """The bot calls a failing host a hundred times a second."""
    facts = {"role": "broker", "method": "GET", "path": "/v2/account", "error": "refused"}
    at = _injected(case) + 5
    return [*events, *(Event(at + n, "http", "bot", facts) for n in range(100))]


@mutant
def resends(case: Case, events: Events) -> Events:
    """A rejected order is sent again and again."""
    out = list(events)
    for event in events:
        if event.kind == "order.rejected":
            out += [
                Event(event.at + n, "order.rejected", event.actor, event.facts) for n in range(1, 6)
            ]
    return out


# -- dashboard, logs -----------------------------------------------------------------------------


@mutant
def hidden_row(case: Case, events: Events) -> Events:
    """The dashboard shows nothing of it."""
    change = lambda e: {**e.facts, "dashboard": {"shown": {}, "row": None}}  # noqa: E731
    return _changed(events, "sample", change)


@mutant
def wrong_values(case: Case, events: Events) -> Events:
    """The row is there, its values are not true."""

    def change(event: Event) -> dict[str, Any]:
        shown = event.facts["dashboard"] or {}
        row = shown.get("row")
        if row is None:
            return dict(event.facts)
        forged = {**row, "values": dict.fromkeys(row.get("values", {}), "forged")}
        return {**event.facts, "dashboard": {**shown, "row": forged}}

    return _changed(events, "sample", change)


@mutant
def mute_logs(case: Case, events: Events) -> Events:
    """Nothing is logged."""
    return [event for event in events if event.kind != "log"]


# -- the fault, the gates, the orders ------------------------------------------------------------


@mutant
def unmet(case: Case, events: Events) -> Events:
    """The bot never meets the fault."""
    return [event for event in events if event.kind != "met"]


@mutant
def no_orders(case: Case, events: Events) -> Events:
    """After the fault the bot does not trade again."""
    kinds = ("order.submitted", "order.filled")
    return [e for e in events if e.kind not in kinds or e.at < _injected(case)]


@mutant
def unfilled(case: Case, events: Events) -> Events:
    """No order is ever filled."""
    return [event for event in events if event.kind != "order.filled"]


@mutant
def open_gates(case: Case, events: Events) -> Events:
    """No gate blocks anything."""
    change = lambda e: {**e.facts, "action": "enter", "gate": ""}  # noqa: E731
    return _changed(events, "decision", change)


@mutant
def no_trace(case: Case, events: Events) -> Events:
    """Decisions are logged without score and trace."""
    change = lambda e: {**e.facts, "score": None, "trace": ()}  # noqa: E731
    return _changed(events, "decision", change)


@mutant
def stuck_gates(case: Case, events: Events) -> Events:
    """Every gate blocks everything, for ever."""
    gate = case.plan.limit.gate if case.plan.limit else "stuck"
    change = lambda e: {**e.facts, "action": "block", "gate": gate}  # noqa: E731
    return _changed(events, "decision", change)


def _symbol(case: Case) -> str:
    """The symbol of a forged order: the flow's own, or one that nobody trades."""
    return case.plan.flow.symbol if case.plan.flow else "ZZZ"


def _order(case: Case, at: int, **facts: Any) -> Event:
    base = {
        "id": f"mutant-{at}", "client_order_id": "mutant", "symbol": _symbol(case), "side": "buy",
        "qty": "1", "intent": "entry", "notional": 500.0, "sent_client_id": True,
    }  # fmt: skip
    return Event(at, "order.submitted", "bot", {**base, **facts})


@mutant
def reckless(case: Case, events: Events) -> Events:
    """Orders go out while RED, on old data, twice, and against the bot's own decision."""
    at = case.marks.get("detected", _injected(case)) + 3 * case.check
    facts = {"symbol": _symbol(case), "action": "block", "gate": "freeze", "side": "sell"}
    entered = {**facts, "action": "enter"}
    red: dict[str, Any] = {
        "readiness": "RED",
        "status": {},
        "healing": {},
        "dashboard": None,
        "truth": {},
        "began": {},
    }
    old = {"role": "uw_cache", "age": HOUR}
    return [
        *events,
        Event(at - 2, "sample", "monitor", red),
        Event(at - 1, "task.begin", "bot", {"task": "cycle"}),
        Event(at, "file.read", "bot", old),
        Event(at, "decision", "bot", facts),
        Event(at, "decision", "bot", entered),
        _order(case, at),
        _order(case, at + 1),
    ]


@mutant
def cooked_books(case: Case, events: Events) -> Events:
    """Fills above their order and outside the books; torn state; a cycle without a record."""
    at = 1  # from the start: a bot that hangs later has no cycle in which it could be seen
    fill = {"id": f"mutant-{at}", "symbol": "ZZZ", "side": "buy", "qty": "9", "filled_qty": "9"}
    kept = _changed(events, "books", lambda e: {"booked": []})
    kept = [e for e in kept if e.kind != "cycle" or e.at < at]
    cycle = Event(at, "cycle", "bot", {"ok": True})
    torn = Event(at, "file.torn", "", {"role": "state.positions"})
    filled = Event(at + 1, "order.filled", "", {**fill, "complete": True, "price": "1"})
    return [*kept, cycle, _order(case, at), filled, torn]


@mutant
def trapped(case: Case, events: Events) -> Events:
    """Exits are not made."""
    return [e for e in events if e.kind != "order.submitted" or e.facts.get("intent") != "exit"]


@mutant
def careless(case: Case, events: Events) -> Events:
    """Looking changes things, and the bot reaches out of its world."""
    at = _injected(case) + 1
    return [
        *events,
        Event(at, "reading.acts", "reader", {"what": ["process.restart"]}),
        Event(at, "escape", "bot", {"what": "network", "address": "1.2.3.4"}),
    ]


def _residue(case: Case, events: Events) -> Events:
    return events


MUTANTS["residue"] = _residue
