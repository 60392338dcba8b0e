"""A record as text: between processes as ``head TAB timeline``, in a journal as one JSON object.

The timeline is the largest part of a record and rarely read: it stays text until a row is needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from .plain import from_plain, to_plain
from .record import Record
from .timeline import Rows

RECORD: Final = "record\t"  # prefix of lines that are records, among lines of JSON


def to_text(record: Record) -> str:
    """Convert a record to one line of ASCII, for :func:`from_text`."""
    return f"{_head(record)}\t{_rows(record.timeline)}"


def plain_to_text(plain: Mapping[str, Any]) -> str:
    """Do the same for a record that is already plain data."""
    head = {name: value for name, value in plain.items() if name != "timeline"}
    return f"{json.dumps(head, default=str)}\t{_rows(plain.get('timeline', ()))}"


def from_text(text: str) -> Record:
    """Read the record of a line; raises ValueError or TypeError for other text."""
    head, _, rows = text.partition("\t")
    return replace(from_plain(Record, json.loads(head)), timeline=Rows(rows.strip() or "[]"))


def to_json(record: Record) -> str:
    """Convert a record to one JSON object on one line of ASCII, equal to ``to_plain``."""
    return f'{_head(record)[:-1]}, "timeline": {_rows(record.timeline)}}}'


def _head(record: Record) -> str:
    return json.dumps(to_plain(replace(record, timeline=())), default=str)


def _rows(timeline: Sequence[Any]) -> str:
    return timeline.text if isinstance(timeline, Rows) else json.dumps(list(timeline), default=str)
