"""The timeline: all events of one run, in order, on the virtual clock."""

from __future__ import annotations

import hashlib
import json
import marshal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from .events import Kind

_NO_FACTS: Mapping[str, Any] = MappingProxyType({})


class Event(NamedTuple):
    """One event of a run.

    Attributes:
        at: ns since the start of the run.
        kind: The kind of the event, such as ``http`` or ``order.submitted``.
        actor: The process that acted; "" for the world.
        facts: Further facts by name.
    """

    at: int
    kind: Kind
    actor: str = ""
    facts: Mapping[str, Any] = _NO_FACTS

    def to_row(self) -> list[Any]:
        """Return the event as a JSON row."""
        return [self.at, self.kind, self.actor, dict(self.facts)]


class Kept(Sequence[Any]):
    """Rows of a timeline in a compact form; every access builds all rows, so use ``list(rows)``."""

    def rows(self) -> list[Any]:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self.rows())

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows())

    def __getitem__(self, index: Any) -> Any:
        return self.rows()[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self.rows() == list(other)

    def __hash__(self) -> int:
        return hash(str(self.rows()))


class Rows(Kept):
    """Rows as the JSON text in which they travel between processes."""

    def __init__(self, text: str) -> None:
        self.text = text

    def rows(self) -> list[Any]:
        return list(json.loads(self.text))


class Packed(Kept):
    """Rows marshalled within this process, twice as fast to read as JSON."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._packed, self._count = marshal.dumps(list(rows)), len(rows)

    def rows(self) -> list[Any]:
        return list(marshal.loads(self._packed))

    def __len__(self) -> int:
        return self._count


class Timeline:
    """Events in the order in which they happened; append only."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.events: list[Event] = list(events)

    def add(self, at: int, kind: Kind, actor: str = "", /, **facts: Any) -> Event:
        event = Event(at, kind, actor, facts)
        self.events.append(event)
        return event

    def of(self, *kinds: Kind) -> Iterator[Event]:
        return (event for event in self.events if event.kind in kinds)

    def to_rows(self) -> list[list[Any]]:
        """JSON rows ``[at, kind, actor, facts]``."""
        return [event.to_row() for event in self.events]

    @classmethod
    def from_rows(cls, rows: Iterable[list[Any]]) -> Timeline:
        """Build a timeline from the rows of ``to_rows``."""
        return cls(map(Event._make, rows))

    def digest(self) -> str:
        """Hash the whole timeline; the same plan gives the same digest (S33)."""
        text = json.dumps(self.to_rows(), sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
