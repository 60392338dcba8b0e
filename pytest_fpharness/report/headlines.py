"""What a session has shown of the bot, in a few lines: the first screen of the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from pytest_fpharness.model.health import NOT_IN_HEALTH
from pytest_fpharness.model.questions import question
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.report.findings import first_failure, is_gap

#: The most that a first screen tells.
MOST: Final = 8
_SHOWN: Final = 4
#: Failures that are no question of their own.
_OTHERS: Final[Mapping[str, str]] = {
    "unknown": "unknown to the bot's health",
    "alarm": "a false alarm over a healthy look-alike",
    "control": "not healthy without any fault",
}
_WORST_FIRST: Final = (
    "safe", "unknown", "detected", "alarm", "control", "healed", "alerted", "escalated", "coloured",
    "visible", "recovered", "quiet",
)  # fmt: skip


def headlines(records: Sequence[Record]) -> tuple[str, ...]:
    """Groups of failed runs by what each says first; a failure point may be in several."""
    groups: dict[str, set[str]] = {}
    for record in records:
        if record.verdict is Verdict.FAIL:
            groups.setdefault(_kind(record), set()).add(record.fp)
    order = _in_order(records)
    lines = []
    for kind in dict.fromkeys((*_WORST_FIRST, *groups)):
        if found := [fp for fp in order if fp in groups.get(kind, ())]:
            lines.append(f"{_points(found)}: {_text(kind)}")
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
    shown = ", ".join(fps[:_SHOWN]) + (
        f" and {len(fps) - _SHOWN} more" if len(fps) > _SHOWN else ""
    )
    return f"{len(fps)} failure points ({shown})" if len(fps) > 1 else shown


def _lacks(records: Sequence[Record]) -> Iterator[str]:
    lacks = list(dict.fromkeys(name for record in records for name in record.lacks))
    count = sum(record.verdict is Verdict.MISSING and not is_gap(record) for record in records)
    if lacks and (count or any(record.verdict is Verdict.FAIL for record in records)):
        also = f"; {count} runs need what it lacks" if count > 1 else ""
        yield f"the adapter offers no {', '.join(lacks)}{also}"


def _proved_nothing(records: Sequence[Record]) -> Iterator[str]:
    found = [record for record in records if record.verdict is Verdict.VACUOUS]
    if found:
        count = f"{len(found)} runs" if len(found) > 1 else "1 run"
        yield f"{count} proved nothing, as where the bot never met the fault"
