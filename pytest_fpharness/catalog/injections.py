"""The faults of a scenario: ``{fault: value}``, ``{fault: {parameter: value}}``, or a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_fpharness.catalog.models import Value
from pytest_fpharness.catalog.reader import DAMAGE, one_of
from pytest_fpharness.catalog.settle import Settler, show
from pytest_fpharness.catalog.strict_yaml import Node
from pytest_fpharness.model.duration import format_duration, parse_duration
from pytest_fpharness.model.plan import Injection, Plan
from pytest_fpharness.model.vocabulary import FaultSpec, ParamSpec, Vocabulary


def settle_injections(settler: Settler) -> tuple[Injection, ...]:
    """The faults of ``inject`` and ``then``, in the order of their times."""
    found: list[Injection] = []
    for key in ("inject", "then"):
        value = settler.scenario.values.get(key)
        if value is not None:
            found += _of(settler, key, value)
    if not found and "inject" not in settler.scenario.values:
        problem = settler.point.source.problem(f"'{settler.scenario.id}' has no 'inject'")
        settler.reader.problems.append(problem)
    return tuple(sorted(found, key=lambda injection: injection.at))


def _of(settler: Settler, key: str, value: Value) -> Iterator[Injection]:
    for group in value.node.data if value.node.is_list else [value.node]:
        if not group.is_map:  # a fault without parameters, by its name alone
            name = settler.reader.role(group) or ""
            empty = Node({}, group.file, group.line, group.column)
            places = {name: (group.line, group.column)}
            group = Node({name: empty}, group.file, group.line, group.column, places)
        stated = group.get("at")
        at = settler.reader.duration(stated) or 0 if stated is not None else 0
        for name, node in group.data.items():
            spec = settler.reader.vocabulary.faults.get(name)
            if name == "at":
                continue
            if spec is None:
                _unknown(settler, group, name)
                continue
            yield _injection(settler, key, spec, node, at)


def _unknown(settler: Settler, group: Node, name: str) -> None:
    line, column = group.keys.get(name, (group.line, group.column))
    place = Node(name, group.file, line, column)
    known = settler.reader.vocabulary.faults
    settler.reader.problems.append(one_of(place, name, known, "fault"))


def _injection(settler: Settler, key: str, spec: FaultSpec, node: Node, at: int) -> Injection:
    given = _given(settler, spec, node)
    params: dict[str, Any] = {}
    texts: list[str] = []
    for param in spec.params:
        if (part := given.get(param.name)) is not None:
            value = settler.reader.parameter(param, part)
        else:
            value = _implied(settler, param)
            if param.required and not (param.type in DAMAGE and _generated(settler)):
                settler.reader.fail(node, f"fault '{spec.name}' needs '{param.name}'")
        params[param.name] = value
        if value is not None and (part is not None or value != param.default):
            texts.append(f"{param.name}={show(value, param.type)}")
    when = f" at {format_duration(at)}" if at else ""
    origin = f"{settler.point.file}:{node.line}"
    settler.note(key, spec.name, ", ".join(texts) + when, origin)
    return Injection(spec.name, params, at, node.line)


def _generated(settler: Settler) -> bool:
    return "generate" in settler.scenario.values


def _given(settler: Settler, spec: FaultSpec, node: Node) -> dict[str, Node]:
    """The nodes of the parameters; a value alone is the first one's."""
    names = [param.name for param in spec.params]
    if not node.is_map:
        if names:
            return {names[0]: node}
        if node.data is not True:
            settler.reader.fail(node, f"fault '{spec.name}' takes no value; write true")
        return {}
    for name in node.data:
        if name not in names:
            line, column = node.keys[name]
            place = Node(name, node.file, line, column)
            problem = one_of(place, name, names, f"parameter of '{spec.name}'")
            settler.reader.problems.append(problem)
    return {name: part for name, part in node.data.items() if name in names}


def _implied(settler: Settler, param: ParamSpec) -> Any:
    """What the scenario's limit says for ``probe`` and ``frees``, else the default."""
    limit = settler.scenario.values.get("limit")
    frees = limit.node.get("frees") if limit is not None else None
    if param.name == "frees" and frees is not None:
        return list(settler.reader.texts(frees))
    probe = settler.scenario.sets.get("probe")
    if param.name == "probe" and probe is not None:
        return settler.reader.span(str(probe.value))
    return _plain(param)


def _plain(param: ParamSpec) -> Any:
    value = param.default
    if param.type == "duration" and isinstance(value, str) and value not in param.choices:
        return parse_duration(value)
    return list(value) if isinstance(value, tuple) else value


def roles_of(plan: Plan, vocabulary: Vocabulary) -> list[str]:
    """The files and hosts that a plan's faults name; a process may be a bystander."""
    roles: list[str] = []
    for injection in plan.inject:
        spec = vocabulary.faults.get(injection.fault)
        for param in spec.params if spec is not None else ():
            value = injection.params.get(param.name)
            if param.type in ("file", "host") and isinstance(value, str) and value:
                roles.append(value)
    return roles
