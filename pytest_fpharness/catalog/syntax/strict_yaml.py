"""Strict YAML with places: a small tree that keeps the line and column of every key and value.

Only ``true``/``false`` are booleans and only ``null``/``~`` are null; ``yes``, ``12:30`` and
``2026-01-06`` stay text. Duplicate keys, anchors, aliases and tags are problems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from .problems import Problem

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+")
_WORDS: Final[Mapping[str, Any]] = {"true": True, "false": False, "null": None, "~": None}


@dataclass(frozen=True)
class Node:
    """A mapping (dict of nodes), a sequence (list of nodes) or a scalar, with its place from 1."""

    data: Any
    file: str = ""
    line: int = 0
    column: int = 0
    keys: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # places of the keys

    @property
    def is_map(self) -> bool:
        return isinstance(self.data, dict)

    @property
    def is_list(self) -> bool:
        return isinstance(self.data, list)

    @property
    def is_scalar(self) -> bool:
        """Whether it is text, a number, a flag or null."""
        return not (self.is_map or self.is_list)

    def get(self, key: str) -> Node | None:
        """The value of a key of a mapping, or None."""
        value = self.data.get(key) if self.is_map else None
        return value if isinstance(value, Node) else None

    def plain(self) -> Any:
        if self.is_map:
            return {key: value.plain() for key, value in self.data.items()}
        if self.is_list:
            return [value.plain() for value in self.data]
        return self.data

    def scalars(self) -> Iterator[Node]:
        """Every scalar below, and itself when it is one."""
        if self.is_map:
            for value in self.data.values():
                yield from value.scalars()
        elif self.is_list:
            for value in self.data:
                yield from value.scalars()
        else:
            yield self

    def problem(self, message: str, hint: str = "") -> Problem:
        """A problem at the place of this value."""
        return Problem(self.file, self.line, self.column, message, hint)

    def key_problem(self, key: str, message: str, hint: str = "") -> Problem:
        """A problem at the place of one of this mapping's keys."""
        line, column = self.keys.get(key, (self.line, self.column))
        return Problem(self.file, line, column, message, hint)


def read_yaml(text: str, file: str, problems: list[Problem]) -> Node | None:
    """The tree of one document, or None when there is none; mistakes go to ``problems``."""
    try:
        events = list(yaml.parse(text, Loader=_LOADER))
    except yaml.YAMLError as error:
        problems.append(_syntax(error, file))
        return None
    if sum(isinstance(event, yaml.DocumentStartEvent) for event in events) != 1:
        problems.append(
            Problem(file, 1, 1, "a scenario file must contain exactly one YAML document")
        )
        return None
    body = [e for e in events if isinstance(e, yaml.NodeEvent | yaml.CollectionEndEvent)]
    return _Builder(iter(body), file, problems).build()


def _syntax(error: yaml.YAMLError, file: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    message = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return Problem(file, line, column, f"not YAML: {message}{_advice(message)}")


#: What mostly is behind the words of the YAML library.
_ADVICE: Final = {
    "found character that cannot start any token": "indent with spaces, not with a tab",
    "did not find expected key": "the indentation does not fit the lines above",
    "mapping values are not allowed in this context": "put a text with a colon in quotes",
    "did not find expected ',' or '}'": "a bracket in the lines above is not closed",
    "did not find expected ',' or ']'": "a bracket in the lines above is not closed",
}


def _advice(message: str) -> str:
    return f"; {_ADVICE[message]}" if message in _ADVICE else ""


class _Builder:
    """Builds the tree from parser events, the only place where anchors and tags are still seen."""

    def __init__(self, events: Iterator[Any], file: str, problems: list[Problem]) -> None:
        self.events, self.file, self.problems = events, file, problems

    def build(self) -> Node:
        return self._node(next(self.events))

    def _refuse(self, event: Any, message: str) -> None:
        mark = event.start_mark
        self.problems.append(Problem(self.file, mark.line + 1, mark.column + 1, message))

    def _node(self, event: Any) -> Node:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, f"aliases are refused: write the value of *{event.anchor} out")
            return Node(None, self.file, line, column)
        if event.anchor is not None:
            self._refuse(event, f"anchors are refused: &{event.anchor}")
        if event.tag is not None:
            self._refuse(event, f"tags are refused: {event.tag}")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(line, column)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(line, column)
        return Node(self._scalar(event), self.file, line, column)

    def _sequence(self, line: int, column: int) -> Node:
        items = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._node(event))
        return Node(items, self.file, line, column)

    def _mapping(self, line: int, column: int) -> Node:
        data: dict[str, Node] = {}
        keys: dict[str, tuple[int, int]] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._key(event)
            value = self._node(next(self.events))
            if key in data:
                self._refuse(event, f"duplicate key '{key}', first in line {keys[key][0]}")
            else:
                data[key] = value
                keys[key] = (event.start_mark.line + 1, event.start_mark.column + 1)
        return Node(data, self.file, line, column, keys)

    def _key(self, event: Any) -> str:
        if isinstance(event, yaml.ScalarEvent):
            if event.anchor is not None or event.tag is not None:
                self._refuse(event, "anchors and tags are refused")
            return str(event.value)
        self._refuse(event, "a key must be plain text")
        self._node(event)
        return f"?{event.start_mark.line}:{event.start_mark.column}"

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.style not in (None, ""):
            return text
        if text == "":
            self._refuse(event, "a value is missing; write null for no value")
            return None
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text
