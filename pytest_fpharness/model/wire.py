"""A record as text: between processes as ``head TAB timeline``, in a journal as one JSON object.

The timeline is most of a record and is read by few: it stays text until somebody asks for a row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pytest_fpharness.model.plain import from_plain, to_plain
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.timeline import Rows

RECORD: Final = "record\t"  # how a line begins that is a record, among others that are JSON


def to_text(record: Record) -> str:
    """One line of ASCII, for :func:`from_text`."""
    return f"{_head(record)}\t{_rows(record.timeline)}"


def plain_to_text(plain: Mapping[str, Any]) -> str:
    """The same for a record that is plain data already."""
    head = {name: value for name, value in plain.items() if name != "timeline"}
    return f"{json.dumps(head, default=str)}\t{_rows(plain.get('timeline', ()))}"


def from_text(text: str) -> Record:
    """The record of a line; raises ValueError or TypeError for any other text."""
    head, _, rows = text.partition("\t")
    return replace(from_plain(Record, json.loads(head)), timeline=Rows(rows.strip() or "[]"))


def to_json(record: Record) -> str:
    """One JSON object on one line of ASCII, as ``to_plain`` has it."""
    return f'{_head(record)[:-1]}, "timeline": {_rows(record.timeline)}}}'


def _head(record: Record) -> str:
    return json.dumps(to_plain(replace(record, timeline=())), default=str)


def _rows(timeline: Sequence[Any]) -> str:
    return timeline.text if isinstance(timeline, Rows) else json.dumps(list(timeline), default=str)
