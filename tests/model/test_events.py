"""No kind of event and no fact is misspelt anywhere in the package."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

import pytest_fpharness
from pytest_fpharness.model.events import EVENTS, FREE, Kind, undeclared

PACKAGE = Path(pytest_fpharness.__file__).parent
#: The facts of any kind; code that handles several kinds at once reads them by name.
FACTS = {name for facts in EVENTS.values() for name in facts}
MODULES = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if "reference_bot" not in path.parts and path.name != "events.py"
]


def test_every_kind_is_described() -> None:
    assert set(EVENTS) == set(get_args(Kind))


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in names:
                yield node


def literal(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def emitted(tree: ast.AST) -> Iterator[tuple[str, list[str]]]:
    for call in calls(tree, "emit"):
        if call.args and literal(call.args[0]):
            yield literal(call.args[0]), [word.arg for word in call.keywords if word.arg]


def read(tree: ast.AST) -> Iterator[str]:
    """The names in ``event.facts["name"]`` and ``event.facts.get("name")``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and getattr(node.value, "attr", "") == "facts":
            yield literal(node.slice)
    for call in calls(tree, "get"):
        if getattr(getattr(call.func, "value", None), "attr", "") == "facts":
            yield literal(call.args[0])


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_emits_and_reads_declared_facts_only(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert list(undeclared(emitted(tree))) == []
    assert set(read(tree)) - FACTS - {""} == set()


def test_an_unknown_kind_and_an_unknown_fact_are_named() -> None:
    events = [("order.filed", ["id"]), ("order.filled", ["id", "prize"]), ("mark", ["name"])]
    assert list(undeclared(events)) == ["order.filed", "order.filled: prize"]


def test_the_bot_may_write_any_fact_of_a_cycle() -> None:
    assert list(undeclared([(kind, ["anything"]) for kind in FREE])) == []
