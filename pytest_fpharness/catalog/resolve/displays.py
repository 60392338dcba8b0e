"""What people must be able to see: dashboard values and log lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_fpharness.catalog.syntax.keys import LOG, SHOW
from pytest_fpharness.catalog.syntax.predicates import PredicateError, parse_signal
from pytest_fpharness.catalog.syntax.reader import unknown_keys
from pytest_fpharness.catalog.syntax.strict_yaml import Node
from pytest_fpharness.model.duration import MINUTE, format_duration
from pytest_fpharness.model.plan import LogRule, ShowRule
from .resolver import Resolver

#: A value is compared with the truth of the pass that showed it: whole seconds, and the pass itself.
PASS_SECONDS: Final = 2.0


def settle_shows(resolver: Resolver) -> Iterator[ShowRule]:
    """The dashboard values and the signals that hold their truth (C12)."""
    value = resolver.scenario.values.get("shows")
    reader = resolver.reader
    for name, node in _entries(resolver, value.node if value else None, "shows"):
        body = node if node.is_map else Node({"truth": node}, node.file, node.line, node.column)
        reader.problems += unknown_keys(body, SHOW.keys, "'shows'")
        truth = body.get("truth")
        if truth is None:
            reader.fail(node, f"'{name}' needs truth: a signal")
            continue
        try:
            spec, argument, rest = parse_signal(reader.role(truth) or "", reader.vocabulary)
        except PredicateError as error:
            reader.fail(truth, str(error), error.hint)
            continue
        if rest:
            reader.fail(truth, f"a signal alone is needed; remove '{rest}'")
        stated = body.get("tolerance")
        usual = PASS_SECONDS if spec.type == "duration" else 0.0
        tolerance = reader.tolerance(stated) if stated is not None else None
        tolerance = float(usual if tolerance is None else tolerance)
        text = f"{spec.name}({argument})" if argument else spec.name
        text += f" +- {tolerance:g}" if tolerance else ""
        resolver.note("shows", name, text, f"{resolver.point.file}:{node.line}")
        yield ShowRule(name, spec.name, argument, tolerance)


def settle_logs(resolver: Resolver) -> Iterator[LogRule]:
    """The lines that must be written (C13)."""
    value = resolver.scenario.values.get("logs")
    reader = resolver.reader
    for role, node in _entries(resolver, value.node if value else None, "logs"):
        for item in node.data if node.is_list else [node]:
            body = item if item.is_map else Node({"says": item}, item.file, item.line, item.column)
            reader.problems += unknown_keys(body, LOG.keys, "'logs'")
            says, within = body.get("says"), body.get("within")
            text = reader.role(says) if says is not None else None
            if not text:
                reader.fail(item, f"'{role}' needs says: the text of a line")
                continue
            limit = reader.duration(within) if within is not None else None
            limit = MINUTE if limit is None else limit
            origin = f"{resolver.point.file}:{item.line}"
            resolver.note("logs", role, f"{text!r} within {format_duration(limit)}", origin)
            yield LogRule(role, text, limit)


def _entries(resolver: Resolver, node: Node | None, what: str) -> list[tuple[str, Node]]:
    if node is None:
        return []
    if not node.is_map:
        resolver.reader.fail(node, f"'{what}' needs a mapping")
        return []
    return list(node.data.items())
