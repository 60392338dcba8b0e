"""A record with its timeline read once: events by kind, marks, and what stretch of it counts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Final

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.timeline import Event

#: The marks that are drawn, in the order in which they are due.
MARKS: Final = ("injected", "detected", "alerted", "healed", "lifted", "recovered", "again", "end")


class TimelineView:
    """One run for its picture and table; it holds the whole timeline, so keep few at a time."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.events = [Event._make(row) for row in record.timeline]
        self._kinds: dict[str, list[tuple[int, Event]]] = {}
        for number, event in zip(count(), self.events):
            self._kinds.setdefault(event.kind, []).append((number, event))
        #: When each mark was set, ns, in order of time.
        self.marks = self._marks()
        #: What stretch to draw, ns: a little before the fault up to the last thing that counts.
        self.begin, self.end = self._view()

    def of(self, *kinds: str) -> Iterator[Event]:
        pairs = [pair for kind in kinds for pair in self._kinds.get(kind, ())]
        pairs.sort()
        return (event for _, event in pairs)

    def _marks(self) -> dict[str, int]:
        marks = {str(event.facts.get("name", "")): event.at for event in self.of("mark")}
        marks |= self.record.marks
        known = {name: marks[name] for name in MARKS if name in marks}
        return dict(sorted(known.items(), key=lambda item: (item[1], MARKS.index(item[0]))))

    def _view(self) -> tuple[int, int]:
        last = max(self.marks.get("end", 0), SECOND, *(event.at for event in self.events[-1:]))
        first = self.marks.get("injected", 0)
        lead = max(MINUTE, (last - first) // 10)
        return max(0, first - lead), last
