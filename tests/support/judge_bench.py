"""Timelines made by hand: a story in which everything is right, and ways to make it go wrong.

Times are seconds from the start of the run; the story in short: a process dies at 135, its monitor
says ERROR, RED and alerts at 150, restarts it at 215, and all is well again at 240 (passes fall on
multiples of 30, checks 10 s after them, cycles of the bot on 20, 80, 140...).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from pytest_fpharness.judge.case import Case
from pytest_fpharness.judge.evidence import Evidence
from pytest_fpharness.judge.judge import judge
from pytest_fpharness.judge.mutants.prove import prove
from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.events import Kind, undeclared
from pytest_fpharness.model.layout import FileBinding, Layout, TargetInfo
from pytest_fpharness.model.plan import (
    AlertRule,
    Detect,
    HealRule,
    Injection,
    LogRule,
    Plan,
    Predicate,
    Rules,
    ShowRule,
)
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.timeline import Event, Timeline
from pytest_fpharness.model.verdict import Verdict
from tests.support.recording_evidence import undeclared_reads

FP = "FP-1.2"
OTHER = "FP-2.1"
INJECTED, DETECTED, HEALED, OVER, RECOVERED, END = 135, 150, 215, 215, 310, 400

INFO = TargetInfo(
    "hand-made",
    layout=Layout(
        files={
            "log.monitor": FileBinding("monitor.log", codec="text"),
            "log.bot": FileBinding("bot.log", codec="text"),
            "log.cycles": FileBinding("cycles.jsonl", codec="jsonl"),
        },
        units={"feeder": "feeder.service", "bot": "bot.service"},
        check=30 * SECOND,
        cycle=60 * SECOND,
    ),
    processes=("feeder", "bot", "monitor"),
    abilities=("alerts", "dashboard", "details", "statistics", "decisions", "books"),
)
PLAN = Plan(
    FP,
    "kill",
    steady=(
        Predicate("readiness", "is", "GREEN", text="readiness is GREEN"),
        Predicate("process.alive", "is", True, "feeder", text="process.alive(feeder) is true"),
    ),
    inject=(Injection("process.kill", {"process": "feeder"}),),
    detect=Detect(within=MINUTE),
    alert=AlertRule(within=10 * SECOND, contains=("feeder",)),
    heal=HealRule("auto", within=2 * MINUTE, restart="feeder"),
    recover=2 * MINUTE,
    shows=(ShowRule("alive", "process.alive", "feeder"),),
    logs=(LogRule("log.monitor", "feeder is dead"),),
    rules=Rules(10 * MINUTE, exits_continue=True, monitor="FP-6.20"),
)


class Story:
    """The events of a run, to be edited; edits return the story."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.residue: tuple[str, ...] = ()
        self.control: Story | None = None
        self.pages: dict[str, Any] = {}  # other facts on the pages that are opened at the end
        self.logs_alerts = True
        for at in range(0, END + 1, 30):
            self._pass(at)
        for at in range(20, END + 1, 60):
            self._cycle(at)
        self.add(INJECTED, "fault.inject", id=0, fault="process.kill", ends="restart")
        self.add(140, "met", process="bot", fault="process.kill")
        self.add(DETECTED, "alert", "monitor", **alert("fire", text="feeder is dead"))
        self.add(DETECTED, "log", "monitor", role="log.monitor", text="ERROR feeder is dead")
        facts = {"unit": "feeder.service", "processes": ["feeder"]}
        self.add(HEALED, "process.restart", "monitor", **facts)
        self.add(HEALED, "fault.clear", id=0, fault="process.kill", by="monitor")
        self.add(240, "alert", "monitor", **alert("resolved"))

    def _pass(self, at: int) -> None:
        bad = DETECTED <= at < 240
        status = {FP: "ERROR" if bad else "OK", OTHER: "OK"}
        truth = {"process.alive(feeder)": not INJECTED <= at < HEALED}
        row = {"status": status[FP], "last_check": float(at), "values": {"alive": not bad}}
        tried = {FP: {"attempts": 1, "successes": int(at >= 240), "state": "trying"}}
        tried = tried if at >= HEALED else {}
        self.add(
            at, "sample", "monitor", checked_at=float(at), readiness="RED" if bad else "GREEN",
            status=status, healing=tried, message="feeder is dead" if bad else "feeder runs",
            dashboard={"row": row},
            truth=truth, began=truth,
        )  # fmt: skip
        late = at + 10
        self.add(late, "check", truth={"process.alive(feeder)": not INJECTED <= late < HEALED})

    def _cycle(self, at: int) -> None:
        self.add(at, "task.begin", "bot", task="cycle")
        self.add(at, "http", "bot", role="broker", method="GET", path="/v2/orders", status=200)
        self.add(at, "file.read", "bot", role="uw_cache", age=MINUTE)
        if not DETECTED <= at < 240:
            self.order(at, f"S{at}")
        self.add(at + 2, "cycle", "bot", ok=True)
        booked = [e.facts["id"] for e in self.events if e.kind == "order.filled"]
        self.add(at + 2, "books", "bot", booked=booked)
        self.add(at + 3, "task.end", "bot", task="cycle")

    # -- edits --------------------------------------------------------------------------------

    def add(self, at: float, kind: Kind, actor: str = "", /, **facts: Any) -> Story:
        """One more event."""
        self.events.append(Event(round(at * SECOND), kind, actor, facts))
        return self

    def order(self, at: float, symbol: str, /, **facts: Any) -> Story:
        """A decided entry that is sent and filled."""
        side = {"symbol": symbol, "side": "buy"}
        name = {"id": f"o-{symbol}-{at}", "client_order_id": f"c-{symbol}-{at}"}
        self.add(at, "decision", "bot", **side, action="enter", gate="", score=3.0)
        sent = {"qty": "2", "intent": "entry", "notional": 500.0, "sent_client_id": True}
        sent |= {"type": "limit", "limit_price": 250.5, "quote": 250.0}
        self.add(at, "order.submitted", "bot", **{**side, **name, **sent, **facts})
        fill = {**side, **name, "qty": "2", "filled_qty": "2", "complete": True}
        return self.add(at + 1, "order.filled", "", **fill)

    def drop(self, kind: str, begin: float = 0, end: float = END, /, **facts: Any) -> Story:
        """Without these events."""
        self.events = [e for e in self.events if not _is(e, kind, begin, end, facts)]
        return self

    def change(self, kind: str, begin: float = 0, end: float = END, /, **facts: Any) -> Story:
        """Other facts for these events."""
        self.events = [
            e._replace(facts={**e.facts, **facts}) if _is(e, kind, begin, end, {}) else e
            for e in self.events
        ]
        return self

    def move(self, kind: str, to: float, /, **facts: Any) -> Story:
        """These events happen at another time."""
        at = round(to * SECOND)
        self.events = [e._replace(at=at) if _is(e, kind, 0, END, facts) else e for e in self.events]
        return self

    def status(self, fp: str, status: str, begin: float, end: float = END) -> Story:
        """What the monitor says of a failure point; its row says the same."""
        for sample in [e for e in self.events if _is(e, "sample", begin, end, {})]:
            facts = {**sample.facts, "status": {**sample.facts["status"], fp: status}}
            if fp == FP:
                row = {**sample.facts["dashboard"]["row"], "status": status}
                facts["dashboard"] = {**sample.facts["dashboard"], "row": row}
            self.events[self.events.index(sample)] = sample._replace(facts=facts)
        return self

    def colour(self, colour: str, begin: float, end: float = END) -> Story:
        """The colour that the monitor shows."""
        return self.change("sample", begin, end, readiness=colour)

    def healing(self, begin: float = 0, /, **facts: Any) -> Story:
        """What the monitor says of the healing of this failure point."""
        return self.change("sample", begin, healing={FP: facts} if facts else {})

    def row(self, begin: float = 0, end: float = END, /, **facts: Any) -> Story:
        """Other facts in the dashboard's row."""
        for sample in [e for e in self.events if _is(e, "sample", begin, end, {})]:
            shown = sample.facts["dashboard"]
            changed = {**shown, "row": {**shown["row"], **facts}}
            new = sample._replace(facts={**sample.facts, "dashboard": changed})
            self.events[self.events.index(sample)] = new
        return self

    def quiet_run(self) -> Story:
        """The fault is met, and the bot does not react."""
        for kind in ("alert", "process.restart", "fault.clear", "log"):
            self.drop(kind)
        return self.status(FP, "OK", 0).colour("GREEN", 0).healing()

    def books(self) -> Story:
        """Every fill is in the bot's books."""
        fills = [e.facts["id"] for e in self.events if e.kind == "order.filled"]
        return self.change("books", booked=fills)

    # -- judging ------------------------------------------------------------------------------

    def finished(self) -> list[Event]:
        """The events, with what follows from them: the rest of each row, logged alerts, pages."""
        trend: list[str] = []
        done: list[Event] = []
        for event in sorted(self.events, key=lambda e: e.at):
            facts = event.facts
            if event.kind == "sample":
                status = facts["status"].get(FP, "OK")
                trend += [status] * (status != (trend[-1] if trend else "OK"))
                shown = facts["dashboard"] or {}
                if row := shown.get("row"):
                    healing = facts["healing"].get(FP, {}).get("state", "idle")
                    rest = {"readiness": facts["readiness"], "healing": healing}
                    row = {**rest, "trend": trend[-5:], **row}
                    facts = {**facts, "dashboard": {**shown, "row": row}}
            done.append(event._replace(facts=facts))
            if event.kind == "alert" and self.logs_alerts:
                text = f"{facts['key']}: {facts['kind']} delivered"
                line = {"role": "log.monitor", "text": text}
                done.append(Event(event.at, "log", "monitor", line))
        end = max([END * SECOND, *(event.at for event in done)])
        return [*done, Event(end, "pages", "", self._pages(done, trend))]

    def _pages(self, done: Sequence[Event], trend: Sequence[str]) -> dict[str, Any]:
        claims = [e.facts["healing"].get(FP, {}) for e in done if e.kind == "sample"]
        tried = max((claim.get("attempts", 0) for claim in claims), default=0)
        healed = max((claim.get("successes", 0) for claim in claims), default=0)
        fields = ("location", "impact", "detection", "healing", "dashboard", "test")
        detail = {
            "documentation": dict.fromkeys(fields, "text"),
            "message": "feeder is dead",
            "healing": ["restarted"] * tried,
            "logs": [f"{FP}: feeder is dead"],
            "manual_steps": ["restart it"],
        }
        statistics = {
            "failures": sum(status != "OK" for status in trend),
            "attempts": tried,
            "healed": healed,
            "success_rate": healed / tried if tried else None,
            "patterns": ["lasts 1.5 minutes on average"],
            "improvements": ["fix its cause"],
        }
        return {"detail": detail, "statistics": statistics, **self.pages}

    def page(self, name: str, /, **facts: Any) -> Story:
        """Other facts on a page, ``detail`` or ``statistics``."""
        events = self.finished()
        self.pages[name] = {**events[-1].facts[name], **facts}
        return self

    def case(self, plan: Plan = PLAN, info: TargetInfo = INFO, **changes: Any) -> Case:
        """What the judge gets."""
        evidence = Evidence(Timeline(self.finished()), info.layout)
        rows = ((event.kind, event.facts) for event in evidence.timeline.events)
        assert list(undeclared(rows)) == []
        past = self.control.case().evidence if self.control else None
        return Case(dataclasses.replace(plan, **changes), evidence, info, past, self.residue)

    def judge(
        self, plan: Plan = PLAN, info: TargetInfo = INFO, **changes: Any
    ) -> dict[str, Clause]:
        """The clauses by name."""
        case = self.case(plan, info, **changes)
        assert not (reads := undeclared_reads(case)), reads
        return {clause.name: clause for clause in judge(case)}

    def proven(self, plan: Plan = PLAN, **changes: Any) -> list[Clause]:
        """The clauses with the mutants that made each fail."""
        case = self.case(plan, **changes)
        assert not (reads := undeclared_reads(case)), reads
        return prove(case, judge(case))


def alert(kind: str, key: str = FP, severity: str = "critical", text: str = "") -> dict[str, str]:
    """The facts of an alert."""
    return {"key": key, "kind": kind, "severity": severity, "text": text}


def lacking(*abilities: str) -> TargetInfo:
    """The target without these abilities."""
    have: Sequence[str] = [a for a in INFO.abilities if a not in abilities]
    return dataclasses.replace(INFO, abilities=tuple(have))


Edit = Callable[[Story], object]


def check(
    edit: Edit, clause: str, reason: str, verdict: Verdict = Verdict.FAIL, **changes: Any
) -> None:
    """Assert what a clause says of the story after an edit."""
    story = Story()
    edit(story)
    result = story.judge(**changes)[clause]
    assert (result.verdict, result.reason) == (verdict, reason)


def _is(event: Event, kind: str, begin: float, end: float, facts: dict[str, Any]) -> bool:
    inside = begin * SECOND <= event.at <= end * SECOND
    return event.kind == kind and inside and all(event.facts.get(k) == v for k, v in facts.items())
