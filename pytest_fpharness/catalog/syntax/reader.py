"""Typed values of nodes: fills in facts, settles durations, collects problems."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_fpharness.model.damage import problem_of
from pytest_fpharness.model.duration import SECOND, parse_span
from pytest_fpharness.model.plan import Predicate
from pytest_fpharness.model.suggestions import closest
from pytest_fpharness.model.vocabulary import ParamSpec, Vocabulary
from .keys import FP_ID, Fact, Key
from .predicates import PredicateError, parse_predicate
from .problems import Problem
from .strict_yaml import Node

#: Types of the parameters that hold damage: to a value, or to the bytes of a file as well.
DAMAGE: Final = ("damage", "file_damage")
_SUM: Final = re.compile(r"\s+([+-])\s+")
_NAME: Final = re.compile(r"\$\{([^}]*)\}")


def one_of(node: Node, word: str, words: Iterable[str], what: str) -> Problem:
    """The problem of an unknown word, with the most similar one."""
    known = list(words)
    suggestion = closest(word, known)
    choices = f"; one of {', '.join(known)}" if not suggestion and len(known) <= 12 else ""
    return node.problem(f"unknown {what} '{word}'{choices}", suggestion)


def unknown_keys(node: Node, allowed: Iterable[str], what: str) -> list[Problem]:
    """A problem for each unknown key of a mapping."""
    known = list(allowed)
    return [
        node.key_problem(key, f"unknown key '{key}' in {what}", closest(key, known))
        for key in node.data
        if key not in known
    ]


@dataclass
class Reader:
    """Reads nodes with the facts and periods of one target; every mistake goes to ``problems``."""

    vocabulary: Vocabulary
    facts: Mapping[str, Fact] = field(default_factory=dict)
    check: int = 30 * SECOND
    cycle: int = 60 * SECOND
    trader: str = "bot"
    problems: list[Problem] = field(default_factory=list)
    used: list[Fact] = field(default_factory=list)  # facts behind the values read last

    def fail(self, node: Node, message: str, hint: str = "") -> None:
        self.problems.append(node.problem(message, hint))

    def span(self, text: str) -> int:
        """Nanoseconds of ``90s``, ``2 checks`` or ``10m + 2 checks``; raises ValueError."""
        first, *rest = _SUM.split(text.strip())
        total = parse_span(first, check=self.check, cycle=self.cycle)
        for sign, part in zip(rest[::2], rest[1::2], strict=True):
            amount = parse_span(part, check=self.check, cycle=self.cycle)
            total += amount if sign == "+" else -amount
        return total

    def scalar(self, node: Node) -> Any:
        """The scalar with its facts filled in; a value that is one ``${fact}`` keeps its type."""
        data = node.data
        if not isinstance(data, str) or "${" not in data:
            return data
        whole = _NAME.fullmatch(data)
        if whole is not None:
            return self._fact(node, whole[1])
        return _NAME.sub(lambda match: str(self._fact(node, match[1])), data)

    def _fact(self, node: Node, name: str) -> str | int | float:
        fact = self.facts.get(name)
        if fact is None:
            self.fail(node, f"unknown fact or axis '{name}'", closest(name, self.facts))
            return "0s"
        self.used.append(fact)
        return fact.value

    def tree(self, node: Node) -> Any:
        """Plain data with facts filled in."""
        if node.is_map:
            return {key: self.tree(value) for key, value in node.data.items()}
        if node.is_list:
            return [self.tree(value) for value in node.data]
        return self.scalar(node)

    # Each method returns None after it has collected a problem: the caller keeps its default.

    def read(self, key: Key, node: Node) -> Any:
        """The typed value of one key of :mod:`keys`, or None when it does not fit."""
        if key.type == "choice":
            return self.choice(node, key.choices)
        method = getattr(self, "role" if key.type == "text" else key.type)
        return method(node)

    def duration(self, node: Node) -> int | None:
        value = self.signed(node)
        if value is not None and value < 0:
            self.fail(node, f"a duration here cannot be negative: {self.scalar(node)}")
            return None
        return value

    def signed(self, node: Node) -> int | None:
        text = self.scalar(node) if node.is_scalar else None
        if isinstance(text, int | float) and not isinstance(text, bool):
            self.fail(node, f"a duration needs its unit: {text}s, {text}m or '{text} checks'")
            return None
        try:
            return self.span(text if isinstance(text, str) else str(node.plain()))
        except ValueError as error:
            self.fail(node, str(error))
            return None

    def role(self, node: Node) -> str | None:
        """Text; a number is taken as it is written."""
        text = self.scalar(node) if node.is_scalar else None
        if text is None or isinstance(text, bool):
            self.fail(node, f"text is needed, not {_kind(node)}")
            return None
        return str(text)

    def choice(self, node: Node, words: Iterable[str]) -> str | None:
        known = list(words)
        text = self.role(node)
        if text is not None and text not in known:
            self.fail(node, f"'{text}' is not one of {', '.join(known)}", closest(text, known))
            return None
        return text

    def flag(self, node: Node) -> bool | None:
        """``true`` or ``false``, and no other word."""
        if isinstance(node.data, bool):
            return node.data
        self.fail(node, f"true or false is needed, not {_kind(node)}")
        return None

    def count(self, node: Node) -> int | None:
        """A whole number from 0."""
        value = self.scalar(node) if node.is_scalar else None
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.fail(node, f"a whole number is needed, not {_kind(node)}")
        return None

    def number(self, node: Node) -> int | float | None:
        value = self.scalar(node) if node.is_scalar else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        self.fail(node, f"a number is needed, not {_kind(node)}")
        return None

    def texts(self, node: Node) -> tuple[str, ...]:
        """A text or a list of them."""
        items = node.data if node.is_list else [node]
        read = [self.role(item) for item in items]
        return tuple(text for text in read if text is not None)

    def allows(self, node: Node) -> dict[str, int]:
        """Failure points, a list of them or ``{FP-1.3: 9m}``: each with its time, in ns."""
        if node.is_map:
            pairs = [(fp, node, self.duration(after)) for fp, after in node.data.items()]
        else:
            items = node.data if node.is_list else [node]
            pairs = [(self.role(item) or "", item, 0) for item in items]
        for fp, place, _ in pairs:
            if FP_ID.fullmatch(fp) is None:
                self.fail(place, f"'{fp}' is not the id of a failure point")
        return {fp: after or 0 for fp, _, after in pairs}

    def tolerance(self, node: Node) -> float | None:
        """A number, or a duration in seconds."""
        if node.is_scalar and isinstance(self.scalar(node), str):
            value = self.duration(node)
            return None if value is None else value / SECOND
        return self.number(node)

    def attempts(self, node: Node) -> tuple[int | None, int | None] | None:
        """``{min, max}``, or the most attempts alone."""
        if not node.is_map:
            most = self.count(node)
            return None if most is None else (None, most)
        self.problems += unknown_keys(node, ("min", "max"), "attempts")
        ends = [node.get("min"), node.get("max")]
        least, most = (None if end is None else self.count(end) for end in ends)
        return least, most

    def predicates(self, node: Node) -> tuple[Predicate, ...]:
        """Lines of ``signal op value [within time]``."""
        predicates = []
        for item in node.data if node.is_list else [node]:
            text = self.role(item)
            try:
                predicates += [parse_predicate(text, self.vocabulary, self.span)] if text else []
            except PredicateError as error:
                self.fail(item, str(error), error.hint)
        return tuple(predicates)

    def parameter(self, spec: ParamSpec, node: Node) -> Any:
        """The value of a fault's parameter by its declared type."""
        if spec.choices:
            if node.is_scalar and self.scalar(node) in spec.choices:
                return self.scalar(node)
            if spec.type in ("choice", "text"):
                return self.choice(node, spec.choices)
        if spec.type == "duration":
            return self.signed(node)
        if spec.type in ("count", "number", "flag"):
            return getattr(self, spec.type)(node)
        if spec.type in ("text", "choice", "process", "file", "host", "symbol"):
            return self.role(node)
        if spec.type in DAMAGE:
            return self.damage(node, bytes_too=spec.type == "file_damage")
        return self.tree(node)

    def damage(self, node: Node, *, bytes_too: bool) -> list[Any] | None:
        if not node.is_list or not node.data:
            self.fail(node, "a list of edits is needed, such as [{drop: SPY/qty}]")
            return None
        edits = [self.tree(item) for item in node.data]
        for item, edit in zip(node.data, edits, strict=True):
            if message := problem_of(edit, bytes_too=bytes_too):
                self.fail(item, message)
        return edits


def _kind(node: Node) -> str:
    if node.is_map:
        return "a mapping"
    return "a list" if node.is_list else f"'{node.data}'" if node.data is not None else "null"
