"""The part of a file that describes the failure point: prose, bullets, steps and facts (C14)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pytest_fpharness.catalog.syntax.keys import FILE, FP_ID, NAME, SCENARIO, Fact
from pytest_fpharness.catalog.syntax.reader import Reader, unknown_keys
from pytest_fpharness.catalog.syntax.strict_yaml import Node
from pytest_fpharness.model.duration import parse_duration
from .models import Bullet, FailurePoint, Value

_BULLET_KEYS = ("says", "untestable")


def describe(root: Node, file: str, reader: Reader) -> FailurePoint | None:
    """The failure point without its scenarios, or None when it has no valid id."""
    unknown = unknown_keys(root, (*FILE, *SCENARIO), "a scenario file")
    reader.problems += unknown
    meant = {problem.hint for problem in unknown}  # one typo is one mistake
    for key in ("fp", "title", "severity"):
        if root.get(key) is None and key not in meant:
            reader.fail(root, f"'{key}' is missing")
    fp = _word(root, "fp", reader)
    if fp and FP_ID.fullmatch(fp) is None:
        node = root.get("fp") or root
        reader.fail(node, f"'{fp}' is not the id of a failure point; write FP-1.3")
    shows = root.get("shows")
    return FailurePoint(
        fp=fp,
        title=_word(root, "title", reader),
        severity=_word(root, "severity", reader) or "critical",
        since=_word(root, "since", reader),
        location=_word(root, "location", reader),
        impact=_word(root, "impact", reader),
        detection=tuple(_bullets(root.get("detection"), "d", reader)),
        healing=tuple(_bullets(root.get("healing"), "h", reader)),
        dashboard=_word(root, "dashboard", reader),
        test=_word(root, "test", reader),
        manual_steps=_texts(root, "manual_steps", reader),
        facts=dict(_facts(root.get("facts"), file, reader)),
        shows=tuple(shows.data) if shows is not None and shows.is_map else (),
        path=root.file,
        line=root.keys.get("fp", (root.line, 1))[0],
        values={
            key: Value(node, f"{file}:{root.keys[key][0]}")
            for key, node in root.data.items()
            if key in SCENARIO
        },
        source=root,
    )


def _word(root: Node, key: str, reader: Reader) -> str:
    node = root.get(key)
    value = None if node is None else reader.read(FILE[key], node)
    return str(value) if value is not None else ""


def _texts(root: Node, key: str, reader: Reader) -> tuple[str, ...]:
    node = root.get(key)
    return () if node is None else reader.texts(node)


def _bullets(node: Node | None, letter: str, reader: Reader) -> Iterator[Bullet]:
    if node is None:
        return
    if not node.is_map:
        reader.fail(node, f"bullets need their ids: {letter}1: text, {letter}2: text")
        return
    for id, body in node.data.items():
        if re.fullmatch(rf"{letter}[1-9][0-9]*", id) is None:
            message = f"'{id}' is not a bullet id here; write {letter}1, {letter}2, ..."
            reader.problems.append(node.key_problem(id, message))
        line = node.keys[id][0]
        if not body.is_map:
            yield Bullet(id, reader.role(body) or "", "", line)
            continue
        reader.problems += unknown_keys(body, _BULLET_KEYS, f"bullet '{id}'")
        says, why = (body.get(key) for key in _BULLET_KEYS)
        if says is None:
            reader.fail(body, f"bullet '{id}' needs 'says'")
        texts = [reader.role(part) if part is not None else "" for part in (says, why)]
        yield Bullet(id, texts[0] or "", texts[1] or "", line)


def _facts(node: Node | None, file: str, reader: Reader) -> Iterator[tuple[str, Fact]]:
    if node is None:
        return
    if not node.is_map:
        reader.fail(node, "facts need a mapping of names")
        return
    for name, body in node.data.items():
        if NAME.fullmatch(name) is None:
            reader.problems.append(node.key_problem(name, f"'{name}' is not the name of a fact"))
        if _number(body.data) or reader.signed(body) is not None:
            yield name, Fact(name, body.data, f"{file}:{body.line}")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def override(fact: Fact, text: str) -> Fact | None:
    """The fact with a target's value, or None when it is of another kind than the file's."""
    value: str | int | float = text.strip()
    try:
        if isinstance(fact.value, str):
            parse_duration(text)
        else:
            value = float(text) if "." in text else int(text)
    except ValueError:
        return None
    return Fact(fact.name, value, "target")
