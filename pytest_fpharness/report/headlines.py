"""The first screen of the report: what a session showed about the bot, in a few lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from pytest_fpharness.model.health import NOT_IN_HEALTH
from pytest_fpharness.model.questions import question
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.text import and_more
from pytest_fpharness.model.verdict import Verdict
from .findings import first_failure, is_gap

#: The most lines of a first screen.
MOST: Final = 8
_SHOWN: Final = 4
#: Failures that do not belong to one question.
_OTHERS: Final[Mapping[str, str]] = {
    "unknown": "missing in the bot's health",
    "alarm": "false alarm over a healthy twin",
    "control": "not healthy without any fault",
}
_WORST_FIRST: Final = (
    "safe", "unknown", "detected", "alarm", "control", "healed", "alerted", "escalated", "coloured",
    "visible", "recovered", "quiet",
)  # fmt: skip


def headlines(records: Sequence[Record]) -> tuple[str, ...]:
    """Failed runs grouped by their first failure; a failure point may be in several groups."""
    groups: dict[str, set[str]] = {}
    for record in records:
        if record.verdict is Verdict.FAIL:
            groups.setdefault(_kind(record), set()).add(record.fp)
    order = _in_order(records)
    lines = []
    for kind in dict.fromkeys((*_WORST_FIRST, *groups)):
        if fps := [fp for fp in order if fp in groups.get(kind, ())]:
            lines.append(f"{_points(fps)}: {_text(kind)}")
    lines += [*_lacks(records), *_proved_nothing(records)]
    return tuple(lines[:MOST])


def _text(kind: str) -> str:
    entry = question(kind)
    return entry.finding if entry else _OTHERS.get(kind, f"failed, {kind}")


def _kind(record: Record) -> str:
    clause = first_failure(record)
    if clause.question == "detected" and clause.reason.startswith(NOT_IN_HEALTH):
        return "unknown"
    if any(c.question == "safe" and c.verdict is Verdict.FAIL for c in record.clauses):
        return "safe"
    return "alarm" if record.twin else clause.question


def _in_order(records: Iterable[Record]) -> list[str]:
    return list(dict.fromkeys(record.fp for record in records))


def _points(fps: Sequence[str]) -> str:
    shown = and_more(fps, _SHOWN)
    return f"{len(fps)} failure points ({shown})" if len(fps) > 1 else shown


def _lacks(records: Sequence[Record]) -> Iterator[str]:
    lacks = list(dict.fromkeys(name for record in records for name in record.lacks))
    count = sum(record.verdict is Verdict.MISSING and not is_gap(record) for record in records)
    if lacks and (count or any(record.verdict is Verdict.FAIL for record in records)):
        also = f"; {count} runs need it" if count > 1 else ""
        yield f"the adapter does not offer {', '.join(lacks)}{also}"


def _proved_nothing(records: Sequence[Record]) -> Iterator[str]:
    vacuous = [record for record in records if record.verdict is Verdict.VACUOUS]
    if vacuous:
        count = f"{len(vacuous)} runs were" if len(vacuous) > 1 else "1 run was"
        yield f"{count} inconclusive, for example because the bot never met the fault"
