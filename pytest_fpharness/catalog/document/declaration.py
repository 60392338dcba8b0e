"""Read categories, requirements, checklist and rules of the owner's document from ``catalog.yaml``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

from pytest_fpharness.catalog.models import Value
from pytest_fpharness.catalog.syntax.keys import (
    CHECKLIST,
    DEMAND,
    FP_ID,
    REQUIREMENT,
    REQUIREMENT_ID,
    RULES,
    Key,
)
from pytest_fpharness.catalog.syntax.reader import Reader, unknown_keys
from pytest_fpharness.catalog.syntax.strict_yaml import Node
from pytest_fpharness.model.document import ChecklistItem, Demand, Document, Requirement

T = TypeVar("T")

_CATEGORY: Final = re.compile(r"FP-[1-9][0-9]*")


def read_document_keys(root: Node, base: Document, reader: Reader) -> Document:
    """The document of one ``catalog.yaml`` over that of ``base``.

    Categories are replaced one by one; ``requirements`` and ``checklist`` are replaced whole, and
    ``none`` empties them.
    """
    categories = dict(base.categories)
    for key, node in _entries(root, "categories", reader):
        if _CATEGORY.fullmatch(key) is None:
            _fail_key(root, "categories", key, f"'{key}' is not a category; write FP-1", reader)
        categories[key] = reader.role(node) or ""
    requirements, checklist = base.requirements, base.checklist
    if root.get("requirements") is not None:
        requirements = tuple(_requirements(root, reader))
    if (lines := root.get("checklist")) is not None:
        checklist = tuple(_items(lines, "checklist", reader, _checklist_item))
    return Document(categories, requirements, checklist)


def read_rules(root: Node, base: Mapping[str, Value], reader: Reader) -> Mapping[str, Value]:
    """The ``rules`` of one ``catalog.yaml`` over those of ``base``, key by key."""
    node = root.get("rules")
    if node is None:
        return base
    values = dict(base)
    for key, value in _entries(root, "rules", reader):
        values[key] = Value(value, "catalog.yaml: rules")
    if node.is_map:
        reader.problems += unknown_keys(node, RULES.keys, "'rules'")
    for key, rule in values.items():
        if key in RULES.keys and rule.node.data is not None:
            _check_rule(key, rule.node, reader)
    return values


def _check_rule(key: str, node: Node, reader: Reader) -> None:
    value = reader.read(RULES.keys[key], node)
    ids = value if key == "exits_continue" else (value,) if key == "monitor" else ()
    for id in ids or ():
        if FP_ID.fullmatch(id) is None and not (
            key == "exits_continue" and _CATEGORY.fullmatch(id)
        ):
            reader.fail(node, f"'{id}' is not the id of a failure point or category")


def _requirements(root: Node, reader: Reader) -> Iterator[Requirement]:
    for id, node in _entries(root, "requirements", reader):
        if REQUIREMENT_ID.fullmatch(id) is None:
            _fail_key(root, "requirements", id, f"'{id}' is not an id; write M-1", reader)
        if not node.is_map:
            reader.fail(node, f"requirement '{id}' needs a mapping of title, rule and bullets")
            continue
        values = _values(node, REQUIREMENT.keys, f"requirement '{id}'", reader)
        bullets = node.get("bullets")
        if not values.get("title"):
            reader.fail(node, f"requirement '{id}' needs 'title'")
        if bullets is None:
            reader.fail(node, f"requirement '{id}' needs 'bullets'")
        demands = () if bullets is None else tuple(_items(bullets, "bullets", reader, _demand))
        yield Requirement(id, values.get("title", ""), values.get("rule", ""), demands)


def _demand(node: Node, reader: Reader) -> Demand:
    values = _values(node, DEMAND.keys, "a bullet", reader)
    for key in ("says", "clauses"):
        if not values.get(key):
            reader.fail(node, f"a bullet of a requirement needs '{key}'")
    of = values.get("of", "each")
    if of not in ("each", "critical", "some") and not str(of).startswith("TEST-"):
        reader.fail(node.get("of") or node, f"'{of}' is not each, critical, some or a flow test")
    values["document"] = values.get("document", values.get("says", "")).lower()
    return Demand(**{"says": "", **values})


def _checklist_item(node: Node, reader: Reader) -> ChecklistItem:
    values = _values(node, CHECKLIST.keys, "a line of the checklist", reader)
    for key in ("text", "check"):
        if not values.get(key):
            reader.fail(node, f"a line of the checklist needs '{key}'")
    if values.get("check") == "flow" and not values.get("flow"):
        reader.fail(node, "'check: flow' needs 'flow', such as TEST-1")
    return ChecklistItem(**{"text": "", "check": "complete", **values})


def _values(node: Node, keys: Mapping[str, Key], what: str, reader: Reader) -> dict[str, Any]:
    """The values of a mapping's plain keys; keys with a bad value are left out."""
    reader.problems += unknown_keys(node, keys, what)
    parts = {name: node.get(name) for name, key in keys.items() if key.type in _TYPES}
    values = {name: reader.read(keys[name], part) for name, part in parts.items() if part}
    return {name: value for name, value in values.items() if value is not None}


#: Types of values that are read here; others are mappings or lists with a reader of their own.
_TYPES: Final = ("text", "texts", "choice", "flag", "count")


def _items(node: Node, what: str, reader: Reader, read: Callable[[Node, Reader], T]) -> Iterator[T]:
    if node.data == "none":
        return
    for item in node.data if node.is_list else [node]:
        if item.is_map:
            yield read(item, reader)
        else:
            reader.fail(item, f"'{what}' needs a list of mappings, or none")


def _entries(root: Node, what: str, reader: Reader) -> list[tuple[str, Node]]:
    node = root.get(what)
    if node is None or node.data == "none":
        return []
    if not node.is_map:
        reader.fail(node, f"'{what}' needs a mapping")
        return []
    return list(node.data.items())


def _fail_key(root: Node, what: str, key: str, message: str, reader: Reader) -> None:
    node = root.get(what)
    reader.problems.append((node or root).key_problem(key, message))
