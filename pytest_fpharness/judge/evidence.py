"""A timeline, indexed once for the judge."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pytest_fpharness.model.duration import format_duration
from pytest_fpharness.model.events import Kind
from pytest_fpharness.model.health import Readiness, Status
from pytest_fpharness.model.layout import Layout
from pytest_fpharness.model.plan import Predicate
from pytest_fpharness.model.timeline import Event, Timeline


class Evidence:
    """The events of one run by kind, with the queries that clauses need."""

    def __init__(self, timeline: Timeline, layout: Layout) -> None:
        self.timeline, self.layout = timeline, layout
        self.by_kind: dict[Kind, list[Event]] = {}
        self._end = 0
        self._indexed = 0
        self._times: dict[Kind, list[int]] = {}  # of the events of a kind, filled on first use
        self.memory: dict[str, Any] = {}  # cache of what clauses derive from the samples
        self.update()

    def update(self) -> None:
        """Index events that were added since the last call."""
        events, by_kind = self.timeline.events, self.by_kind
        for event in events[self._indexed :]:
            if event.kind in by_kind:
                by_kind[event.kind].append(event)
            else:
                by_kind[event.kind] = [event]
        self._indexed = len(events)
        self.memory = {}
        self._end = events[-1].at if events else 0

    def but(self, others: Mapping[Kind, list[Event]]) -> Evidence:
        """Return a copy with other events of some kinds, each list ordered by time."""
        changed = Evidence(Timeline(), self.layout)
        changed.by_kind = {**self.by_kind, **others}
        changed._times = {kind: t for kind, t in self._times.items() if kind not in others}
        changed.memory = {} if "sample" in others else self.memory
        changed._end = max(
            (events[-1].at for events in changed.by_kind.values() if events), default=0
        )
        return changed

    def between(self, begin: int, end: int) -> Evidence:
        """Return the events within a closed window, and all checks up to its end."""
        part = Evidence(Timeline(), self.layout)
        part.by_kind = {kind: self.of(kind, begin, end) for kind in self.by_kind}
        part.by_kind["check"] = self.of("check", 0, end)
        part._end = max((events[-1].at for events in part.by_kind.values() if events), default=0)
        return part

    @property
    def end(self) -> int:
        """Time of the last event, ns."""
        return self._end

    def _all(self, kind: Kind) -> list[Event]:
        return self.by_kind.get(kind, [])

    def of(self, kind: Kind, begin: int = 0, end: int | None = None) -> list[Event]:
        """The events of a kind within a closed window."""
        events, times = self._all(kind), self._times_of(kind)
        first = bisect.bisect_left(times, begin)
        return events[first : len(times) if end is None else bisect.bisect_right(times, end)]

    def _times_of(self, kind: Kind) -> list[int]:
        times, events = self._times.setdefault(kind, []), self._all(kind)
        if len(times) < len(events):
            times += [event.at for event in events[len(times) :]]
        return times

    def first(self, kind: Kind, begin: int = 0, /, **facts: Any) -> Event | None:
        """The first event of a kind with the given facts."""
        for event in self.of(kind, begin):
            if all(event.facts.get(k) == v for k, v in facts.items()):
                return event
        return None

    def over(self, lifts: bool) -> list[Event]:
        """The ends of all faults, or [] while one is still active.

        Without a lift in the plan, faults that only a lift can end are ignored.
        """
        awaited = {
            e.facts["id"] for e in self.of("fault.inject") if lifts or e.facts["ends"] != "lift"
        }
        ends = [*self._all("fault.clear"), *self._all("fault.lift")]
        done = {event.facts["id"] for event in ends}
        return ends if ends and awaited <= done else []

    # -- the bot's claims ---------------------------------------------------------------------

    @property
    def samples(self) -> Sequence[Event]:
        """Samples of the bot's health, one at the end of each monitor pass."""
        return self._all("sample")

    def claims(self, at: int) -> Mapping[str, Any] | None:
        """The last sample at a time; None before the first and after 3 missed passes (S16)."""
        times = self._times_of("sample")
        index = bisect.bisect_right(times, at) - 1
        if index < 0 or at - times[index] > 3 * self.layout.check:
            return None
        return self.samples[index].facts

    def readiness(self, at: int) -> Readiness:
        """The colour of the last sample at a time."""
        claims = self.claims(at)
        return Readiness(claims["readiness"]) if claims else Readiness.UNKNOWN

    def status(self, fp: str, at: int) -> Status:
        """The status of a failure point in the last sample at a time."""
        return status_in(self.claims(at), fp)

    # -- the world's truth --------------------------------------------------------------------

    @property
    def checks(self) -> Sequence[Event]:
        """The observer's checks, one per monitor period."""
        return self._all("check")

    def truth(self, key: str, at: int) -> Any:
        """The value of a signal at the last check before or at a time."""
        index = bisect.bisect_right(self._times_of("check"), at) - 1
        return self.checks[index].facts["truth"].get(key) if index >= 0 else None

    def holds(self, predicate: Predicate, at: int) -> bool:
        """Whether a predicate holds at a check; an unknown value satisfies no predicate (S16)."""
        if predicate.op in ("increases", "unchanged"):
            begin = at - (predicate.within or 2 * self.layout.cycle)
            values = [self._value(predicate, e) for e in self.of("check", begin, at)]
            known = [value for value in values if value is not None]
            grew = len(known) > 1 and known[-1] > known[0]
            return grew if predicate.op == "increases" else len(known) > 1 and not grew
        value = self.value(predicate, at)
        return value is not None and compare(predicate.op, value, predicate.value)

    def value(self, predicate: Predicate, at: int) -> Any:
        """The value of a predicate's signal at a time."""
        if predicate.signal == "readiness":
            return self.readiness(at).value
        if predicate.signal == "fp.status":
            return self.status(predicate.argument, at).value
        return self.truth(signal_key(predicate.signal, predicate.argument), at)

    def describe_value(self, predicate: Predicate, at: int) -> str:
        """A signal's value at a time, as text; "" for ``increases`` and ``unchanged``."""
        if predicate.op in ("increases", "unchanged"):
            return ""
        value = self.value(predicate, at)
        if value is None:
            return "unknown"
        return format_duration(value) if predicate.type == "duration" else str(value)

    def _value(self, predicate: Predicate, check: Event) -> Any:
        return check.facts["truth"].get(signal_key(predicate.signal, predicate.argument))


def signal_key(signal: str, argument: str) -> str:
    """The key of a signal in a recorded ``truth``: ``name`` or ``name(argument)``."""
    return f"{signal}({argument})" if argument else signal


def status_in(claims: Mapping[str, Any] | None, fp: str) -> Status:
    """The status of a failure point in one sample; UNKNOWN if absent."""
    if claims is None:
        return Status.UNKNOWN
    return Status(claims["status"].get(fp, "UNKNOWN"))


def compare(op: str, left: Any, right: Any) -> bool:
    """Compare two values; values that cannot be compared give False."""
    try:
        return bool(_COMPARE[op](left, right))
    except TypeError:
        return False


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "is": lambda a, b: a == b,
    "==": lambda a, b: a == b,
    "is not": lambda a, b: a != b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "in": lambda a, b: a in b,
}


def entries_of(evidence: Evidence | None, begin: int = 0, end: int | None = None) -> list[Event]:
    """Entry orders within a closed window; [] without evidence."""
    orders = evidence.of("order.submitted", begin, end) if evidence else []
    return [e for e in orders if e.facts.get("intent") == "entry"]
