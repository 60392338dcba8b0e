"""The gaps file: what a target may lack, who accepted it, why and until when (S30)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pytest_fpharness.catalog.syntax.problems import CatalogError, Problem
from pytest_fpharness.catalog.syntax.strict_yaml import Node, read_yaml
from pytest_fpharness.model.plan import Plan
from pytest_fpharness.model.suggestions import closest

_KEYS: Final = ("fp", "id", "owner", "reason", "until")


@dataclass(frozen=True)
class Gap:
    """One accepted gap: of a whole failure point, of one variant, or of a requirement."""

    id: str  # FP-1.3, FP-1.3/age.10m01s or D-3
    owner: str
    reason: str
    until: dt.date
    place: str  # file:line

    def expired(self, today: dt.date) -> bool:
        return today > self.until

    def matches(self, plan: Plan) -> bool:
        """Whether the gap is about this plan."""
        return self.id in (plan.fp, plan.id)

    def text(self) -> str:
        return f"{self.reason} ({self.owner}, until {self.until})"


def read_gaps(
    path: Path, plans: Iterable[Plan], requirements: Iterable[str] = ()
) -> tuple[Gap, ...]:
    """Read the gaps of a file; raise CatalogError with every mistake in it."""
    problems: list[Problem] = []
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError([Problem(str(path), 0, 0, f"cannot read the file: {error}")]) from error
    root = read_yaml(text, str(path), problems)
    known = list(dict.fromkeys(id for plan in plans for id in (plan.fp, plan.id)))
    known += requirements
    gaps = [_gap(entry, known, problems) for entry in _entries(root, problems)]
    if problems:
        raise CatalogError(problems)
    return tuple(gap for gap in gaps if gap is not None)


def _entries(root: Node | None, problems: list[Problem]) -> Iterator[Node]:
    if root is None or root.data is None:
        return
    if not root.is_list:
        problems.append(root.problem("a gaps file is a list of {fp, owner, reason, until}"))
        return
    for entry in root.data:
        if entry.is_map:
            yield entry
        else:
            problems.append(entry.problem("a gap needs fp (or id), owner, reason and until"))


def _gap(entry: Node, known: Sequence[str], problems: list[Problem]) -> Gap | None:
    before = len(problems)
    for key in entry.data:
        if key not in _KEYS:
            message = f"unknown key '{key}' in a gap"
            problems.append(entry.key_problem(key, message, closest(key, _KEYS)))
    id_node = entry.get("fp") or entry.get("id")
    if id_node is None:
        problems.append(entry.problem("a gap needs fp: or id:"))
        return None
    id = str(id_node.data)
    if id not in known:
        message = f"no failure point, variant or requirement is named '{id}'"
        problems.append(id_node.problem(message, closest(id, known)))
    owner, reason = (_text(entry, key, problems) for key in ("owner", "reason"))
    until = _date(entry, problems)
    if len(problems) > before or until is None:
        return None
    return Gap(id, owner, reason, until, f"{entry.file}:{entry.line}")


def _text(entry: Node, key: str, problems: list[Problem]) -> str:
    node = entry.get(key)
    text = "" if node is None or node.data is None else str(node.data).strip()
    if not text:
        problems.append(entry.problem(f"a gap needs {key}:"))
    return text


def _date(entry: Node, problems: list[Problem]) -> dt.date | None:
    text = _text(entry, "until", problems)
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        node = entry.get("until") or entry
        problems.append(node.problem(f"'{text}' is not a date; write YYYY-MM-DD: 2027-01-31"))
        return None
