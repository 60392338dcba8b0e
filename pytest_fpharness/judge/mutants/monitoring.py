"""Mutants of the bot's monitor, alerts, healing, dashboard and logs."""

from __future__ import annotations

import re
from typing import Any, Final

from pytest_fpharness.judge.case import Case
from pytest_fpharness.model.duration import HOUR
from pytest_fpharness.model.timeline import Event
from .registry import Events, changed, injected, mutant

_OTHER_KIND: Final = re.compile(r"\b(fire|repeat|page|resolved)\b")

# -- the monitor ---------------------------------------------------------------------------------


@mutant("sample")
def blind(case: Case, events: Events) -> Events:
    """The monitor reports that everything is fine."""

    def change(event: Event) -> dict[str, Any]:
        facts = dict(event.facts)
        facts["status"] = dict.fromkeys(facts["status"], "OK")
        return {**facts, "readiness": "GREEN", "healing": {}}

    return changed(events, change)


@mutant("sample")
def always_shouts(case: Case, events: Events) -> Events:
    """The monitor reports that everything is wrong, all the time."""

    def change(event: Event) -> dict[str, Any]:
        facts = dict(event.facts)
        status = {**dict.fromkeys(facts["status"], "ERROR"), case.plan.fp: "ERROR"}
        return {**facts, "status": status, "readiness": "RED"}

    return changed(events, change)


@mutant("sample")
def mute(case: Case, events: Events) -> Events:
    """No monitor ever runs."""
    return []


@mutant("sample")
def late_monitor(case: Case, events: Events) -> Events:
    """Every sample of the monitor is an hour late."""
    return [e._replace(at=e.at + HOUR) for e in events]


@mutant("sample")
def wrong_colour(case: Case, events: Events) -> Events:
    """The statuses are right, but the colour is wrong."""
    other = {"GREEN": "YELLOW", "YELLOW": "RED", "RED": "YELLOW", "UNKNOWN": "GREEN"}
    change = lambda e: {**e.facts, "readiness": other[e.facts["readiness"]]}  # noqa: E731
    return changed(events, change)


@mutant("sample")
def relapse(case: Case, events: Events) -> Events:
    """The colour changes again after the recovery."""
    since = case.marks.get("recovered", 1 << 62) + case.check
    other = {"GREEN": "RED", "YELLOW": "GREEN", "RED": "GREEN", "UNKNOWN": "GREEN"}

    def change(event: Event) -> dict[str, Any]:
        turned = other[event.facts["readiness"]] if event.at >= since else event.facts["readiness"]
        return {**event.facts, "readiness": turned}

    return changed(events, change)


@mutant("sample")
def no_heal_claim(case: Case, events: Events) -> Events:
    return changed(events, lambda e: {**e.facts, "healing": {}})


@mutant("check")
def not_steady(case: Case, events: Events) -> Events:
    """No signal of the world has a known value."""
    return []


@mutant("check")
def crossed(case: Case, events: Events) -> Events:
    """Every number in the world's truth is a thousand too high."""

    def change(event: Event) -> dict[str, Any]:
        truth = {
            key: value + 1000 if type(value) in (int, float) else value
            for key, value in event.facts["truth"].items()
        }
        return {**event.facts, "truth": truth}

    return changed(events, change)


# -- alerts --------------------------------------------------------------------------------------


@mutant("alert")
def silent(case: Case, events: Events) -> Events:
    """The bot sends no alert."""
    return []


@mutant("alert")
def no_repeats(case: Case, events: Events) -> Events:
    """Alerts are neither repeated nor escalated."""
    keep = ("fire", "resolved")
    return [e for e in events if e.facts["kind"] in keep]


@mutant("alert")
def storm(case: Case, events: Events) -> Events:
    """Every alert is sent twelve times."""
    return [event for event in events for _ in range(12)]


@mutant("alert")
def repeat_storm(case: Case, events: Events) -> Events:
    """Each first alert is repeated every second."""
    out = list(events)
    for event in events:
        if event.facts["kind"] == "fire":
            again = {**event.facts, "kind": "repeat"}
            out += [Event(event.at + n * 10**9, "alert", event.actor, again) for n in range(1, 30)]
    return out


@mutant("alert")
def wordless(case: Case, events: Events) -> Events:
    return changed(events, lambda e: {**e.facts, "text": "", "severity": "info"})


@mutant("alert")
def false_alarm(case: Case, events: Events) -> Events:
    """Just after the fault: an alert, a page and an all-clear, and an alert of another one."""
    at = injected(case) + 1
    out = list(events)
    alarms = [(case.plan.fp, kind) for kind in ("fire", "page", "resolved")]
    for key, kind in (*alarms, ("FP-0.0", "fire")):
        facts = {"key": key, "kind": kind, "severity": "critical", "text": "?"}
        out.append(Event(at, "alert", "monitor", facts))
    return out


# -- healing -------------------------------------------------------------------------------------


@mutant("fault.clear", "fault.lift", "process.restart", "process.start_limit", "file.write")
def nobody_heals(case: Case, events: Events) -> Events:
    """The fault never ends, and no healing is tried."""
    return []


@mutant("fault.clear")
def healed_by_the_world(case: Case, events: Events) -> Events:
    """Another actor ends the fault."""
    return changed(events, lambda e: {**e.facts, "by": "operator"})


@mutant("process.restart")
def restart_storm(case: Case, events: Events) -> Events:
    """Every unit is restarted again and again."""
    actor = next((p for p in case.info.processes if p != case.info.layout.trader), "monitor")
    units = case.info.layout.units
    out = list(events)
    for name in case.info.processes:
        facts = {"unit": units.get(name, name), "processes": [name]}
        at = injected(case) + 2
        out += [Event(at + n, "process.restart", actor, facts) for n in range(9)]
    everything = {"unit": "everything", "processes": list(case.info.processes)}
    out.append(Event(injected(case) + 1, "process.restart", actor, everything))
    return out


@mutant("http")
def no_retry(case: Case, events: Events) -> Events:
    """The bot never calls a host."""
    return []


@mutant("http")
def call_storm(case: Case, events: Events) -> Events:
    """The bot calls a failing host a hundred times a second."""
    facts = {"role": "broker", "method": "GET", "path": "/v2/account", "error": "refused"}
    at = injected(case) + 5
    trader = case.info.layout.trader
    return [*events, *(Event(at + n, "http", trader, facts) for n in range(100))]


@mutant("order.rejected")
def resends(case: Case, events: Events) -> Events:
    """A rejected order is sent again and again."""
    out = list(events)
    for event in events:
        out += [event._replace(at=event.at + n) for n in range(1, 6)]
    return out


# -- dashboard, logs -----------------------------------------------------------------------------


@mutant("sample", "pages")
def hidden_row(case: Case, events: Events) -> Events:
    """The dashboard has no row for the failure point."""
    change = lambda e: {**e.facts, "dashboard": {"row": None}}  # noqa: E731
    return changed([e for e in events if e.kind == "sample"], change)


@mutant("sample")
def wrong_values(case: Case, events: Events) -> Events:
    """The row has wrong values and the message of another; all attempts count as successes."""

    def change(event: Event) -> dict[str, Any]:
        healing = {
            fp: {**claim, "successes": claim.get("attempts", 0)}
            for fp, claim in event.facts["healing"].items()
        }
        other = {"healing": healing, "message": "FP-0.0: all is well"}
        shown = event.facts["dashboard"] or {}
        row = shown.get("row")
        if row is None:
            return {**event.facts, **other}
        forged = {**row, "values": dict.fromkeys(row.get("values", {}), "forged")}
        return {**event.facts, **other, "dashboard": {**shown, "row": forged}}

    return changed(events, change)


@mutant("sample", "pages")
def bare_pages(case: Case, events: Events) -> Events:
    """Pages show a status only; health has no other failure point and no manual steps."""

    def bare(event: Event) -> dict[str, Any]:
        if event.kind == "pages":
            return {name: {} for name in event.facts}
        shown = event.facts["dashboard"] or {}
        row = shown.get("row") and {"status": shown["row"]["status"], "readiness": "?"}
        healing = {
            fp: {name: value for name, value in claim.items() if name != "manual_steps"}
            for fp, claim in event.facts["healing"].items()
        }
        status = {fp: s for fp, s in event.facts["status"].items() if fp == case.plan.fp}
        alone = {"status": status, "healing": healing, "dashboard": {**shown, "row": row}}
        return {**event.facts, **alone}

    return changed(events, bare)


@mutant("log")
def mute_logs(case: Case, events: Events) -> Events:
    return []


@mutant("log")
def logs_of_another_kind(case: Case, events: Events) -> Events:
    """Log lines about alerts of this failure point name another kind."""
    fp = case.plan.fp
    return [
        event._replace(facts={**event.facts, "text": _OTHER_KIND.sub("other", event.facts["text"])})
        if fp in event.facts["text"]
        else event
        for event in events
    ]
