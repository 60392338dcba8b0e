"""Resolve one scenario: look up each value in its layers and note where it is from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_fpharness.catalog.models import Defaults, FailurePoint, Scenario, Value
from pytest_fpharness.catalog.syntax.keys import CLAUSES, SCENARIO, Shape
from pytest_fpharness.catalog.syntax.reader import Reader, unknown_keys
from pytest_fpharness.catalog.syntax.strict_yaml import Node
from pytest_fpharness.model.damage import flow
from pytest_fpharness.model.duration import format_duration

BUILT_IN = "built in"


@dataclass(frozen=True)
class TrailEntry:
    """One value of the effective scenario, as ``explain`` prints it."""

    section: str
    name: str
    text: str
    origin: str


def format_value(value: Any, kind: str = "") -> str:
    """A value as it is written in a scenario; durations are in ns."""
    if kind == "duration" and isinstance(value, int):
        return format_duration(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "none"
    if kind in ("damage", "file_damage"):
        return flow(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(format_value, value)) or "none"
    return str(value)


@dataclass
class Resolver:
    """One scenario's values over the defaults of its severity."""

    point: FailurePoint
    scenario: Scenario
    defaults: Defaults
    reader: Reader
    trail: list[TrailEntry] = field(default_factory=list)

    def note(self, section: str, name: str, text: str, origin: str) -> None:
        """Keep one line for ``explain``, naming the facts that were used."""
        over = dict.fromkeys(f"${{{fact.name}}} of {fact.origin}" for fact in self.reader.used)
        self.trail.append(TrailEntry(section, name, text, ", ".join([origin, *over])))
        self.reader.used.clear()

    def layers(self, key: str, severity: str = "") -> list[Value]:
        """The values of a key: the scenario's own, then the default of the severity."""
        own = self.scenario.values.get(key)
        default = self.defaults.severities.get(severity or self.point.severity, {}).get(key)
        return [value for value in (own, default) if value is not None]

    def simple(self, key: str, default: Any) -> Any:
        """A key without parts, such as ``lift``."""
        spec = SCENARIO[key]
        for value in self.layers(key):
            result = self.reader.read(spec, value.node)
            if result is None:
                self.reader.used.clear()
                return default
            self.note(key, "", format_value(result, spec.type), value.origin)
            return result
        if default not in (None, (), False):
            self.note(key, "", format_value(default, spec.type), BUILT_IN)
        return default

    def clause(self, key: str, layers: Sequence[Value] | None = None) -> ClauseLayers:
        """A key with parts, such as ``detect``."""
        values = self.layers(key) if layers is None else layers
        return ClauseLayers(self, key, CLAUSES[key], values)


class ClauseLayers:
    """A mapping of parts; a part that the nearest layer lacks comes from the next one."""

    def __init__(
        self, resolver: Resolver, name: str, shape: Shape, layers: Sequence[Value]
    ) -> None:
        self.resolver, self.name, self.shape = resolver, name, shape
        self.word = ""
        self.maps: list[tuple[Node, str]] = []
        for depth, value in enumerate(layers):
            node = value.node
            if node.is_scalar and node.data in shape.words:
                self.word = self.word or (str(node.data) if depth == 0 else "")
                if node.data == "none" or depth:
                    break
                continue
            self.maps.append((self._mapping(node), value.origin))
        self.off = not self.maps

    def _mapping(self, node: Node) -> Node:
        if not node.is_map:
            if not self.shape.short:
                self.resolver.reader.fail(node, f"'{self.name}' needs a mapping")
                return Node({}, node.file, node.line, node.column)
            return Node({self.shape.short: node}, node.file, node.line, node.column)
        self.resolver.reader.problems += unknown_keys(node, self.shape.keys, f"'{self.name}'")
        return node

    def has(self, *keys: str) -> bool:
        """Whether the nearest layer has one of these parts."""
        return bool(self.maps) and any(self.maps[0][0].get(key) is not None for key in keys)

    def get(self, key: str, default: Any, *, note: bool = True) -> Any:
        """The value of one part; its origin goes to the trail."""
        spec, resolver = self.shape.keys[key], self.resolver
        for node, origin in self.maps:
            part = node.get(key)
            if part is None:
                continue
            result = resolver.reader.read(spec, part)
            if result is None:
                break
            if note:
                place = _place(origin, part)
                resolver.note(self.name, key, format_value(result, spec.type), place)
            resolver.reader.used.clear()
            return result
        if note and default not in (None, "", ()):
            resolver.note(self.name, key, format_value(default, spec.type), BUILT_IN)
        return default


def _place(origin: str, part: Node) -> str:
    """The origin with the line of the part, when the origin is a line of a file."""
    name, _, line = origin.rpartition(":")
    return f"{name}:{part.line}" if line.isdigit() else origin


def plain_lines(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Dotted names and texts of a free mapping."""
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from plain_lines(value, f"{prefix}{key}.")
        else:
            yield prefix + key, format_value(value)
