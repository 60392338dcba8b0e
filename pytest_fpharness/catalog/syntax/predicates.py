"""One-line predicates over the typed vocabulary: ``signal(argument) op value [within time]``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from pytest_fpharness.model.plan import Predicate
from pytest_fpharness.model.suggestions import closest
from pytest_fpharness.model.vocabulary import SignalSpec, Vocabulary
from .keys import COLOURS, STATUSES

_SIGNAL: Final = re.compile(r"([A-Za-z_][\w.]*)\s*(?:\(([^()]*)\))?")
_OPS: Final = ("is not", "is", "<=", ">=", "==", "<", ">", "in", "increases", "unchanged")
_OP: Final = re.compile(r"<=|>=|==|<|>|(?:is\s+not|is|in|increases|unchanged)(?!\w)")
_ORDERED: Final = ("<=", ">=", "<", ">", "increases")
_NUMERIC: Final = ("duration", "count", "number")
_WITHIN: Final = re.compile(r"(?:^|\s+)within\s+(\S+(?:\s+(?:checks?|cycles?))?)$")


class PredicateError(ValueError):
    """A malformed predicate, with the likely right word."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def parse_signal(text: str, vocabulary: Vocabulary) -> tuple[SignalSpec, str, str]:
    """The signal that a text begins with, its argument and the rest; raises PredicateError."""
    match = _SIGNAL.match(text.strip())
    if match is None:
        raise PredicateError(f"{text!r} does not begin with a signal")
    name, argument = match[1], (match[2] or "").strip()
    spec = vocabulary.signals.get(name)
    if spec is None:
        raise PredicateError(f"unknown signal '{name}'", closest(name, vocabulary.signals))
    if spec.argument and not argument:
        raise PredicateError(f"signal '{name}' needs its {spec.argument}: {name}({spec.argument})")
    if argument and not spec.argument:
        raise PredicateError(f"signal '{name}' takes no argument")
    return spec, argument, text.strip()[match.end() :].strip()


def parse_predicate(text: str, vocabulary: Vocabulary, span: Callable[[str], int]) -> Predicate:
    """The predicate of one line; ``span`` settles durations to ns; raises PredicateError."""
    spec, argument, rest = parse_signal(text, vocabulary)
    within = None
    if (match := _WITHIN.search(rest)) is not None:
        within, rest = _span(match[1], span), rest[: match.start()].strip()
    match = _OP.match(rest)
    op = re.sub(r"\s+", " ", match[0]) if match is not None else ""
    if match is None:
        word = rest.split(" ")[0] if rest else ""
        raise PredicateError(
            f"'{word}' is not an operator; use {', '.join(_OPS)}", closest(word, _OPS)
        )
    if op in _ORDERED and spec.type not in _NUMERIC:
        raise PredicateError(f"'{op}' does not fit {spec.name}, which is a {spec.type}")
    value = _operand(rest[match.end() :].strip(), op, spec, span)
    return Predicate(spec.name, op, value, argument, within, text.strip(), spec.type)


def _operand(text: str, op: str, spec: SignalSpec, span: Callable[[str], int]) -> Any:
    if op in ("increases", "unchanged"):
        if text:
            raise PredicateError(f"'{op}' takes no value, but found '{text}'")
        return None
    if not text:
        raise PredicateError(f"a value is missing after '{op}'")
    if op != "in":
        return _typed(text, spec, span)
    if not (text.startswith("[") and text.endswith("]")):
        raise PredicateError(f"'in' needs a list such as [{text}]")
    return [_typed(item.strip(), spec, span) for item in text[1:-1].split(",")]


def _typed(text: str, spec: SignalSpec, span: Callable[[str], int]) -> Any:
    if spec.type == "duration":
        return _span(text, span)
    if spec.type in ("count", "number"):
        return _number(text, spec)
    words = {"flag": ("true", "false"), "colour": COLOURS, "status": STATUSES}.get(spec.type)
    if words is None:
        return text
    if text not in words:
        raise PredicateError(
            f"{spec.name} is {' or '.join(words)}, not '{text}'", closest(text, words)
        )
    return text == "true" if spec.type == "flag" else text


def _number(text: str, spec: SignalSpec) -> int | float:
    try:
        return int(text) if spec.type == "count" else float(text)
    except ValueError:
        raise PredicateError(f"{spec.name} is a {spec.type}, and '{text}' is not") from None


def _span(text: str, span: Callable[[str], int]) -> int:
    try:
        return span(text)
    except ValueError as error:
        raise PredicateError(str(error)) from None
