"""A file's variants, axes and twins, as scenarios with stable ids (C5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_fpharness.catalog.syntax.keys import AXIS, NAME, SCENARIO, Fact
from pytest_fpharness.catalog.syntax.reader import Reader, unknown_keys
from pytest_fpharness.catalog.syntax.strict_yaml import Node
from pytest_fpharness.model.duration import SECOND, format_duration
from .models import Scenario, Value


@dataclass
class Expansion:
    """Expands one file with the facts of one reader."""

    source: Node
    file: str  # its name, for origins
    values: Mapping[str, Value]  # the file's own scenario keys
    reader: Reader
    scenarios: list[Scenario] = field(default_factory=list)

    def run(self) -> tuple[Scenario, ...]:
        """The base, then variants, then twins, in the order of the file."""
        self._base()
        for key, twin in (("variants", False), ("twins", True)):
            for name, node in self._named(key):
                self._name(key, name)
                if node.get("boundary") is not None or node.get("values") is not None:
                    self._axis(name, node, twin)
                else:
                    self._add(name, node, twin)
        return tuple(self.scenarios)

    def _named(self, key: str) -> Iterator[tuple[str, Node]]:
        section = self.source.get(key)
        if section is None:
            return
        if not section.is_map:
            self.reader.fail(section, f"'{key}' needs a mapping of names")
            return
        for name, node in section.data.items():
            if node.is_map:
                yield name, node
            else:
                self.reader.fail(node, f"'{name}' needs a mapping of replacements")

    def _name(self, key: str, name: str) -> None:
        if NAME.fullmatch(name) is None or name.endswith(".twin"):
            section = self.source.get(key)
            message = (
                f"'{name}' is not a name: use a-z, 0-9, dot, dash, underscore; not .twin at the end"
            )
            self.reader.problems.append((section or self.source).key_problem(name, message))

    def _base(self) -> None:
        if "inject" not in self.values or self._uses_axis():
            return
        until = self._until()
        if until is None:
            self._add("main", Node({}, self.source.file, self.source.line, 1), False)
            return
        for probe in (until - SECOND, until, until + SECOND):
            text = format_duration(probe)
            empty = Node({}, self.source.file, self.source.line, 1)
            self._add(f"main.{text}", empty, False, {"probe": self._fact("probe", text, empty)})

    def _until(self) -> int | None:
        limit = self.values.get("limit")
        until = limit.node.get("until") if limit is not None else None
        return None if until is None else self.reader.duration(until)

    def _uses_axis(self) -> bool:
        names = []
        for name, node in self._axes():
            sets = node.get("sets")
            names.append(name if sets is None else str(sets.data))
        texts = [str(scalar.data) for scalar in self.values["inject"].node.scalars()]
        return any(f"${{{name}}}" in text for name in names for text in texts)

    def _axes(self) -> Iterator[tuple[str, Node]]:
        for key in ("variants", "twins"):
            section = self.source.get(key)
            for name, node in (section.data if section and section.is_map else {}).items():
                if node.get("boundary") is not None or node.get("values") is not None:
                    yield name, node

    def _axis(self, name: str, node: Node, twin: bool) -> None:
        shared = Node(
            {key: value for key, value in node.data.items() if key not in AXIS},
            node.file,
            node.line,
            node.column,
            node.keys,
        )
        self.reader.problems += unknown_keys(node, (*AXIS, *SCENARIO), f"axis '{name}'")
        sets = node.get("sets")
        variable = name if sets is None else str(sets.data)
        if (values := node.get("values")) is not None:
            for item in values.data if values.is_list else [values]:
                value = self.reader.scalar(item) if item.is_scalar else "?"
                fact = self._fact(variable, value, item)
                self._add(f"{name}.{_slug(value)}", shared, twin, {variable: fact})
        if node.get("boundary") is not None:
            self._boundary(name, node, shared, variable)

    def _boundary(self, name: str, node: Node, shared: Node, variable: str) -> None:
        point = self._point(node.get("boundary"))
        if point is None:
            return
        middle, timed = point
        stated = self._point(node.get("step"))
        step = stated[0] if stated is not None else SECOND if timed else 1
        for end, value in (("below", middle - step), ("equal", middle), ("above", middle + step)):
            choice = node.get(end)
            if choice is None:
                continue
            text = format_duration(value) if timed else value
            fact = self._fact(variable, text, node)
            self._end(f"{name}.{text}", choice, shared, {variable: fact})

    def _end(self, id: str, choice: Node, shared: Node, sets: Mapping[str, Fact]) -> None:
        if choice.is_map:
            data = {**shared.data, **choice.data}
            keys = {**shared.keys, **choice.keys}
            merged = Node(data, choice.file, choice.line, choice.column, keys)
            self._add(id, merged, False, sets)
        elif choice.data in ("twin", "fault"):
            self._add(id, shared, choice.data == "twin", sets)
        else:
            self.reader.fail(choice, "twin, fault, or a mapping of replacements is needed")

    def _point(self, node: Node | None) -> tuple[int, bool] | None:
        """A boundary or step, and whether it is a time in ns."""
        if node is None:
            return None
        value = self.reader.scalar(node)
        if isinstance(value, int) and not isinstance(value, bool):
            return value, False
        time = self.reader.signed(node)
        return None if time is None else (time, True)

    def _fact(self, name: str, value: Any, node: Node) -> Fact:
        return Fact(name, value, f"{self.file}:{node.line}")

    def _add(self, id: str, node: Node, twin: bool, sets: Mapping[str, Fact] | None = None) -> None:
        id = f"{id}.twin" if twin else id
        self.reader.problems += unknown_keys(node, SCENARIO, f"variant '{id}'")
        if any(scenario.id == id for scenario in self.scenarios):
            self.reader.fail(node, f"two variants are called '{id}'")
        own = {
            key: Value(value, f"{self.file}:{node.keys.get(key, (value.line, 0))[0]}")
            for key, value in node.data.items()
            if key in SCENARIO
        }
        values = {**self.values, **own}
        # ``lift: null`` takes the file's value away; the default of the severity is left.
        values = {key: value for key, value in values.items() if value.node.data is not None}
        scenario = Scenario(id, twin, values, sets or {}, tuple(own), self.source.file, node.line)
        self.scenarios.append(scenario)


def _slug(value: object) -> str:
    word = "null" if value is None else str(value).lower()
    return re.sub(r"[^a-z0-9_.-]+", "_", word)
