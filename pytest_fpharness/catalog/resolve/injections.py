"""The faults of a scenario: ``{fault: value}``, ``{fault: {parameter: value}}``, or a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_fpharness.catalog.models import Value
from pytest_fpharness.catalog.syntax.reader import DAMAGE, one_of
from pytest_fpharness.catalog.syntax.strict_yaml import Node
from pytest_fpharness.model.duration import format_duration, parse_duration
from pytest_fpharness.model.plan import Injection, Plan
from pytest_fpharness.model.vocabulary import TRADER, FaultSpec, ParamSpec, Vocabulary
from .resolver import Resolver, format_value


def settle_injections(resolver: Resolver) -> tuple[Injection, ...]:
    """The faults of ``inject`` and ``then``, in the order of their times."""
    injections: list[Injection] = []
    for key in ("inject", "then"):
        value = resolver.scenario.values.get(key)
        if value is not None:
            injections += _of(resolver, key, value)
    if not injections and "inject" not in resolver.scenario.values:
        problem = resolver.point.source.problem(f"'{resolver.scenario.id}' has no 'inject'")
        resolver.reader.problems.append(problem)
    return tuple(sorted(injections, key=lambda injection: injection.at))


def _of(resolver: Resolver, key: str, value: Value) -> Iterator[Injection]:
    for group in value.node.data if value.node.is_list else [value.node]:
        if not group.is_map:  # a fault without parameters, by its name alone
            name = resolver.reader.role(group) or ""
            empty = Node({}, group.file, group.line, group.column)
            places = {name: (group.line, group.column)}
            group = Node({name: empty}, group.file, group.line, group.column, places)
        stated = group.get("at")
        at = resolver.reader.duration(stated) or 0 if stated is not None else 0
        for name, node in group.data.items():
            spec = resolver.reader.vocabulary.faults.get(name)
            if name == "at":
                continue
            if spec is None:
                _unknown(resolver, group, name)
                continue
            yield _injection(resolver, key, spec, node, at)


def _unknown(resolver: Resolver, group: Node, name: str) -> None:
    line, column = group.keys.get(name, (group.line, group.column))
    place = Node(name, group.file, line, column)
    known = resolver.reader.vocabulary.faults
    resolver.reader.problems.append(one_of(place, name, known, "fault"))


def _injection(resolver: Resolver, key: str, spec: FaultSpec, node: Node, at: int) -> Injection:
    nodes = _given(resolver, spec, node)
    params: dict[str, Any] = {}
    texts: list[str] = []
    for param in spec.params:
        if (part := nodes.get(param.name)) is not None:
            value = resolver.reader.parameter(param, part)
        else:
            value = _implied(resolver, param)
            if param.required and not (param.type in DAMAGE and _generated(resolver)):
                resolver.reader.fail(node, f"fault '{spec.name}' needs '{param.name}'")
        params[param.name] = value
        unusual = value not in (None, param.default) and param.default != TRADER
        if (part is not None and value is not None) or unusual:
            texts.append(f"{param.name}={format_value(value, param.type)}")
    when = f" at {format_duration(at)}" if at else ""
    origin = f"{resolver.point.file}:{node.line}"
    resolver.note(key, spec.name, ", ".join(texts) + when, origin)
    durations = tuple(param.name for param in spec.params if param.type == "duration")
    return Injection(spec.name, params, at, node.line, durations)


def _generated(resolver: Resolver) -> bool:
    return "generate" in resolver.scenario.values


def _given(resolver: Resolver, spec: FaultSpec, node: Node) -> dict[str, Node]:
    """The nodes of the parameters; a value alone is the first one's."""
    names = [param.name for param in spec.params]
    if not node.is_map:
        if names:
            return {names[0]: node}
        if node.data is not True:
            resolver.reader.fail(node, f"fault '{spec.name}' takes no value; write true")
        return {}
    for name in node.data:
        if name not in names:
            line, column = node.keys[name]
            place = Node(name, node.file, line, column)
            problem = one_of(place, name, names, f"parameter of '{spec.name}'")
            resolver.reader.problems.append(problem)
    return {name: part for name, part in node.data.items() if name in names}


def _implied(resolver: Resolver, param: ParamSpec) -> Any:
    """What the scenario's limit says for ``probe`` and ``frees``, else the default."""
    limit = resolver.scenario.values.get("limit")
    frees = limit.node.get("frees") if limit is not None else None
    if param.name == "frees" and frees is not None:
        return list(resolver.reader.texts(frees))
    probe = resolver.scenario.sets.get("probe")
    if param.name == "probe" and probe is not None:
        return resolver.reader.span(str(probe.value))
    return resolver.reader.trader if param.default == TRADER else _plain(param)


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
