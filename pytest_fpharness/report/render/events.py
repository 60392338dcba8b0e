"""One record's events as a short table: changes, without repeated readings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.verdict import Verdict
from .timeline_view import MARKS, TimelineView

#: The most rows of one table; the rest is in the journal. Of a run that passed fewer are read.
MOST: Final = 90
MOST_PASSED: Final = 30
_ALWAYS: Final = ("fault.", "alert", "process.", "order.rejected", "order.canceled")
# Shown when they differ from the last of their kind, actor and subject.
_CHANGES: Final = ("decision", "http", "order.filled", "order.submitted", "met")
_CHATTER: Final = ("log", "http", "met", "decision", "order.submitted", "order.filled")
_SUBJECTS: Final = ("symbol", "host", "fault", "role")


@dataclass(frozen=True)
class TimelineRow:
    """One row: time (ns), process, kind of event, and the facts as text."""

    at: int
    actor: str
    kind: str
    text: str


def events_of(view: TimelineView) -> tuple[tuple[TimelineRow, ...], int]:
    """The rows that are shown, and how many more events the journal holds."""
    most = MOST_PASSED if view.record.verdict is Verdict.PASS else MOST
    marks = (TimelineRow(at, "", "mark", name) for name, at in view.marks.items())
    chosen = [*marks, *_kept(view, chatter=False)][:most]
    # Chatter is left out first: the decisive events must stay.
    chosen += islice(_kept(view, chatter=True), most - len(chosen))
    shown = sorted(chosen, key=lambda row: row.at)
    return tuple(shown), max(0, len(view.events) - len(shown))


def _kept(view: TimelineView, *, chatter: bool) -> Iterator[TimelineRow]:
    last: dict[tuple[str, ...], str] = {}
    for event in view.events:
        if (event.kind in _CHATTER) is chatter and event.at >= view.begin:
            row = _row_of(event, view.record.fp, last)
            if row is not None:
                yield row


def _row_of(event: Event, fp: str, last: dict[tuple[str, ...], str]) -> TimelineRow | None:
    if event.kind == "mark":
        name = str(event.facts.get("name", ""))
        return None if name in MARKS else TimelineRow(event.at, event.actor, "mark", name)
    key: tuple[str, ...] = (event.kind, event.actor)
    if event.kind == "sample":
        text = _sample(event.facts, fp)
    elif event.kind.startswith(_ALWAYS) or event.kind == "log":
        return TimelineRow(event.at, event.actor, event.kind, _phrase(_unpacked(event.facts)))
    elif event.kind in _CHANGES:
        text = _changing(event)
        key += tuple(str(event.facts.get(s, "")) for s in _SUBJECTS)
    else:
        return None
    if last.get(key) == text:
        return None
    last[key] = text
    return TimelineRow(event.at, event.actor, event.kind, text)


def _sample(facts: Mapping[str, Any], fp: str) -> str:
    parts = [f"readiness {facts['readiness']}"] if "readiness" in facts else []
    status = (facts.get("status") or {}).get(fp)
    healing = (facts.get("healing") or {}).get(fp) or {}
    if status is not None:
        parts.append(f"{fp} {status}")
    if healing.get("state", "idle") != "idle":
        parts.append(f"healing {healing['state']}, attempts {healing.get('attempts', 0)}")
    return ", ".join(parts)


def _changing(event: Event) -> str:
    if event.kind != "http":
        return _phrase(event.facts)
    kept = ("host", "method", "path", "status", "error")
    return _phrase({name: event.facts[name] for name in kept if name in event.facts})


def _unpacked(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The facts of a log line that is a JSON object, without its time, which has its own column."""
    text = facts.get("text")
    try:
        line = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        line = None
    if not isinstance(line, dict):
        return facts
    rest = {name: value for name, value in facts.items() if name != "text"}
    return {**rest, **{name: value for name, value in line.items() if name not in ("ts", *rest)}}


def _phrase(facts: Mapping[str, Any]) -> str:
    words = (f"{name} {_value(value)}" for name, value in facts.items() if value not in ("", None))
    return ", ".join(words)[:240]


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name}={item}" for name, item in value.items())
    return str(value)
