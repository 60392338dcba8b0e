"""One record's timeline as lanes of spans and ticks: what is drawn, without how."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pytest_fpharness.model.damage import flow
from pytest_fpharness.model.record import Clause, Record
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.verdict import Verdict
from .timeline_view import TimelineView

_TONES: Final = {
    "GREEN": "ok",
    "OK": "ok",
    "YELLOW": "warn",
    "WARN": "warn",
    "RED": "bad",
    "ERROR": "bad",
}
# These hold all the time and would fill the picture; they are drawn when they broke.
_BACKGROUND: Final = ("steady", "quiet", "safe", "clean")


@dataclass(frozen=True)
class Span:
    """A stretch of a lane, ns; ``tone`` is ok, warn, bad, unknown or fault."""

    begin: int
    end: int
    tone: str
    label: str = ""
    tip: str = ""


@dataclass(frozen=True)
class Tick:
    """An instant on a lane, ns; ``shape`` is tick, up, down, cross, ring or flag."""

    at: int
    shape: str
    tone: str
    label: str = ""
    tip: str = ""


@dataclass(frozen=True)
class Lane:
    name: str
    spans: tuple[Span, ...] = ()
    ticks: tuple[Tick, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.spans or self.ticks)


def brackets(record: Record) -> tuple[Clause, ...]:
    """The clauses whose windows are drawn: those with a window, unless they hold all the time."""
    return tuple(
        clause
        for clause in record.clauses
        if clause.begin is not None
        and clause.end is not None
        and clause.verdict is not Verdict.NOT_APPLICABLE
        and (clause.question not in _BACKGROUND or clause.verdict is not Verdict.PASS)
    )


def lanes_of(view: TimelineView) -> tuple[Lane, ...]:
    """The lanes that have anything on them, top down."""
    record, end = view.record, view.end
    drawn = (
        _fault(view, end, record.fault),
        Lane("met by the bot", ticks=_ticks(view, ("met",), _met)),
        Lane(f"{record.fp} says", spans=_status(record.fp, view, end)),
        Lane("readiness", spans=_steps(view, end, lambda facts: facts.get("readiness"))),
        Lane("alerts", ticks=_ticks(view, ("alert",), _alert(record.fp))),
        Lane("healing", ticks=_healing(record.fp, view)),
        Lane("processes", ticks=_ticks(view, ("process.start", "process.exit"), _process)),
        Lane("decisions", ticks=_ticks(view, ("decision",), _decision)),
        Lane("orders", ticks=_ticks(view, tuple(_ORDERS), _order)),
        Lane("cycles", ticks=_ticks(view, ("task.end", "task.withheld"), _cycle)),
    )
    return tuple(lane for lane in drawn if lane)


def _steps(
    view: TimelineView, end: int, pick: Callable[[Mapping[str, Any]], object]
) -> tuple[Span, ...]:
    """A step function of the samples; nothing before the first, for then it is unknown."""
    changes: list[tuple[int, str]] = []
    for event in view.of("sample"):
        value = pick(event.facts)
        if value is not None and (not changes or changes[-1][1] != str(value)):
            changes.append((event.at, str(value)))
    ends = [*(at for at, _ in changes[1:]), end][: len(changes)]
    return tuple(
        Span(at, until, _TONES.get(value, "unknown"), value)
        for (at, value), until in zip(changes, ends, strict=True)
    )


def _status(fp: str, view: TimelineView, end: int) -> tuple[Span, ...]:
    def pick(facts: Mapping[str, Any]) -> object:
        status = facts.get("status")
        return status.get(fp) if isinstance(status, Mapping) else None

    return _steps(view, end, pick)


def _fault(view: TimelineView, end: int, words: str) -> Lane:
    """Each fault from its injection to what ended it; a fault that never ended runs to the end.

    ``words`` are the record's: ``uw_cache.age (age 10m01s)``, with units that the event lacks.
    """
    ends: dict[Any, tuple[int, str]] = {}
    for event in view.of("fault.clear", "fault.lift"):
        by = event.facts.get("by") or event.actor or "the harness"
        ends.setdefault(event.facts.get("id"), (event.at, f"ended by {by}"))
    spans, before = [], Counter[str]()  # one kind of fault may stand in a plan more than once
    for event in view.of("fault.inject"):
        name = str(event.facts.get("fault", "fault"))
        matches = re.findall(rf"(?:^|; ){re.escape(name)}(?: \(([^)]*)\))?", words)[before[name] :]
        before[name] += 1
        until, how = ends.get(event.facts.get("id"), (end, "held to the end"))
        params = (matches and matches[0]) or _params(event)
        text = f"{name}: {params}" if params else name
        spans.append(Span(event.at, until, "fault", text, f"{name}, {how}"))
    return Lane("fault", spans=tuple(sorted(spans, key=lambda span: span.begin)))


def _params(begin: Event) -> str:
    params = (begin.facts.get("params") or {}).items()
    return ", ".join(f"{k} {flow(v) if isinstance(v, list) else v}" for k, v in params)


def _ticks(
    view: TimelineView, kinds: tuple[str, ...], draw: Callable[[Event], Tick | None]
) -> tuple[Tick, ...]:
    ticks: Iterable[Tick | None] = map(draw, view.of(*kinds))
    return tuple(tick for tick in ticks if tick is not None)


def _met(event: Event) -> Tick:
    who = event.facts.get("process") or event.actor
    return Tick(event.at, "tick", "fault", tip=f"{who} met it: {event.facts.get('what', '')}")


def _alert(fp: str) -> Callable[[Event], Tick]:
    tones = {"fire": "bad", "repeat": "warn", "page": "bad", "resolved": "ok"}

    def draw(event: Event) -> Tick:
        kind, key = str(event.facts.get("kind", "alert")), str(event.facts.get("key", ""))
        label = kind if key == fp else f"{kind} {key}"
        tip = f"{kind} {key}: {event.facts.get('text', '')}"
        return Tick(event.at, "flag", tones.get(kind, "warn"), label, tip)

    return draw


def _healing(fp: str, view: TimelineView) -> tuple[Tick, ...]:
    return tuple(sorted(_heal_ticks(fp, view), key=lambda tick: tick.at))


def _heal_ticks(fp: str, view: TimelineView) -> Iterator[Tick]:
    for event in view.of("process.restart"):
        what = event.facts.get("unit") or event.facts.get("process", "")
        tip = f"{event.actor or 'the world'} restarts {what}"
        yield Tick(event.at, "up", "act", f"restart {what}", tip)
    shown = 0
    for event in view.of("sample"):
        healing = (event.facts.get("healing") or {}).get(fp) or {}
        attempts, state = int(healing.get("attempts") or 0), healing.get("state", "")
        if attempts > shown:
            yield Tick(event.at, "ring", "act", f"attempt {attempts}", f"bot says: {state}")
        shown = attempts


def _process(event: Event) -> Tick:
    name = event.facts.get("process") or event.actor
    if event.kind == "process.start":
        return Tick(event.at, "up", "ok", f"{name} starts", f"pid {event.facts.get('pid', '?')}")
    code = event.facts.get("code")
    return Tick(event.at, "cross", "bad", f"{name} ends", f"{name} ends with {code}")


def _decision(event: Event) -> Tick:
    symbol, action = event.facts.get("symbol", ""), event.facts.get("action", "")
    gate = event.facts.get("gate", "")
    if action == "enter":
        return Tick(event.at, "up", "ok", tip=f"enter {symbol}")
    return Tick(event.at, "cross", "warn", tip=f"{action} {symbol} {f'by {gate}' if gate else ''}")


_ORDERS: Final = {
    "order.submitted": ("tick", "act"),
    "order.filled": ("up", "ok"),
    "order.rejected": ("cross", "bad"),
    "order.canceled": ("ring", "warn"),
}


def _order(event: Event) -> Tick:
    facts = event.facts
    shape, tone = _ORDERS[event.kind]
    if shape == "up" and (facts.get("intent") == "exit" or facts.get("side") == "sell"):
        shape = "down"
    words = (facts.get(name, "") for name in ("intent", "side", "qty", "symbol", "price"))
    text = " ".join(str(word) for word in words if word not in ("", None))
    return Tick(event.at, shape, tone, tip=f"{event.kind.partition('.')[2]}: {text}")


def _cycle(event: Event) -> Tick | None:
    task = str(event.facts.get("task", ""))
    if "cycle" not in task:
        return None
    if event.kind == "task.withheld":
        return Tick(event.at, "cross", "bad", tip=f"{task} withheld")
    return Tick(event.at, "tick", "ok", tip=f"{task} done")
