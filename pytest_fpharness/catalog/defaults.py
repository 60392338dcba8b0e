"""``catalog.yaml``: steady lines, world, defaults by severity, causes, and the owner's document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pytest_fpharness.catalog.document.declaration import read_document_keys, read_rules
from pytest_fpharness.catalog.syntax.keys import CATALOG, FP_ID, SCENARIO, SEVERITIES
from pytest_fpharness.catalog.syntax.reader import Reader, unknown_keys
from pytest_fpharness.catalog.syntax.strict_yaml import Node
from .models import Cause, Defaults, Value

NAME = "catalog.yaml"


def read_defaults(root: Node, base: Defaults, reader: Reader) -> Defaults:
    """The defaults of one ``catalog.yaml`` over those of ``base``, key by key."""
    if not root.is_map:
        reader.fail(root, "catalog.yaml needs a mapping")
        return base
    reader.problems += unknown_keys(root, CATALOG, NAME)
    version = root.get("fpharness")
    if version is None or version.data != 1:
        reader.fail(version or root, "'fpharness: 1' is missing: the version of the format")
    steady = root.get("steady")
    if steady is not None:
        reader.predicates(steady)
    world, causes = root.get("world"), root.get("causes")
    own_world = {key: Value(node, NAME) for key, node in _items(world, "world", reader)}
    severities = {**base.severities, **dict(_severities(root.get("severities"), base, reader))}
    own_causes = {
        fp: tuple(_causes(fp, node, reader)) for fp, node in _items(causes, "causes", reader)
    }
    for fp in own_causes:
        if FP_ID.fullmatch(fp) is None and causes is not None:
            reader.problems.append(
                causes.key_problem(fp, f"'{fp}' is not the id of a failure point")
            )
    return replace(
        base,
        steady=base.steady if steady is None else Value(steady, NAME),
        world={**base.world, **own_world},
        severities=severities,
        causes={**base.causes, **own_causes},
        rules=read_rules(root, base.rules, reader),
        document=read_document_keys(root, base.document, reader),
    )


def _items(node: Node | None, what: str, reader: Reader) -> list[tuple[str, Node]]:
    if node is None:
        return []
    if not node.is_map:
        reader.fail(node, f"'{what}' needs a mapping")
        return []
    return list(node.data.items())


def _severities(
    node: Node | None, base: Defaults, reader: Reader
) -> Iterator[tuple[str, dict[str, Value]]]:
    if node is not None and node.is_map:
        reader.problems += unknown_keys(node, SEVERITIES, "'severities'")
    for name, body in _items(node, "severities", reader):
        own = _items(body, name, reader)
        if body.is_map:
            reader.problems += unknown_keys(body, SCENARIO, f"severity '{name}'")
        values = {key: Value(value, f"{NAME}: {name}") for key, value in own}
        yield name, {**base.severities.get(name, {}), **values}


def _causes(fp: str, node: Node, reader: Reader) -> Iterator[Cause]:
    """``[{fp: FP-1.3, after: 9m}]``, or shorter ``{FP-1.3: 9m}``."""
    if node.is_map:
        pairs = [(key, value, value) for key, value in node.data.items()]
    else:
        pairs = []
        for item in node.data if node.is_list else [node]:
            target, after = item.get("fp"), item.get("after")
            if target is None or after is None:
                reader.fail(item, "a cause needs fp: and after:, or {FP-1.3: 9m}")
                continue
            reader.problems += unknown_keys(item, ("fp", "after"), "a cause")
            pairs.append((str(target.data), after, target))
    for name, after, place in pairs:
        if FP_ID.fullmatch(name) is None:
            reader.fail(place, f"'{name}' is not the id of a failure point")
        elif reader.duration(after) is not None:
            yield Cause(name, Value(after, f"{NAME}: causes of {fp}"))
