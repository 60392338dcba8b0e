from __future__ import annotations

import pytest

from pytest_fpharness.catalog.syntax.problems import Problem
from pytest_fpharness.catalog.syntax.strict_yaml import Node, read_yaml


def read(text: str) -> tuple[Node | None, list[Problem]]:
    problems: list[Problem] = []
    return read_yaml(text, "a.yaml", problems), problems


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("null", None),
        ("~", None),
        ("12", 12),
        ("-1.5", -1.5),
        ("yes", "yes"),
        ("off", "off"),
        ("True", "True"),
        ("12:30:45", "12:30:45"),
        ("2026-01-06", "2026-01-06"),
        ("0o17", "0o17"),
        ("010", "010"),
        ("1e3", "1e3"),
        ("'true'", "true"),
        ('"12"', "12"),
    ],
)
def test_only_plain_words_become_other_types(text: str, value: object) -> None:
    node, problems = read(f"key: {text}")
    assert problems == []
    assert node is not None
    assert node.plain() == {"key": value}
    assert type(node.plain()["key"]) is type(value)


def test_keys_and_values_know_their_places() -> None:
    node, _ = read("a: 1\nb:\n  - x\n  - {c: y}\n")
    assert node is not None
    inner = node.data["b"].data[1]
    assert node.keys["b"] == (2, 1)
    assert (inner.data["c"].line, inner.data["c"].column) == (4, 9)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\na: 2", "a.yaml:2:1: duplicate key 'a', first in line 1"),
        ("a: &x 1", "a.yaml:1:4: anchors are refused: &x"),
        ("a: &x 1\nb: *x", "a.yaml:2:4: aliases are refused: write the value of *x out"),
        ("a: !!str 1", "a.yaml:1:4: tags are refused: tag:yaml.org,2002:str"),
        ("a:", "a.yaml:1:3: a value is missing; write null for no value"),
        ("a: 1\n---\nb: 2", "a.yaml:1:1: a scenario file must contain exactly one YAML document"),
        ("", "a.yaml:1:1: a scenario file must contain exactly one YAML document"),
        ("? [x]\n: 1", "a.yaml:1:3: a key must be plain text"),
    ],
)
def test_refuses(text: str, reason: str) -> None:
    assert reason in [str(problem) for problem in read(text)[1]]


def test_a_syntax_error_has_its_place() -> None:
    node, problems = read("a: [1\nb: 2")
    assert node is None
    assert [problem.line for problem in problems] == [2]


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a:\n\tb: 1", "indent with spaces, not with a tab"),
        ("a:\n   b: 1\n  c: 2", "the indentation does not fit the lines above"),
        ("a: one: two", "put a text with a colon in quotes"),
        ("a: {b: 1\nc: 2", "a bracket in the lines above is not closed"),
    ],
)
def test_a_syntax_error_says_what_is_mostly_behind_it(text: str, advice: str) -> None:
    assert read(text)[1][0].message.endswith(f"; {advice}")
