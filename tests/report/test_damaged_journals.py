"""Whatever stands in a journal, it is judged or refused: a gate does not crash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fpharness.report.coverage import coverage
from pytest_fpharness.report.gate import gate
from pytest_fpharness.report.journal import JournalError, read_journal
from pytest_fpharness.report.marked_tests import MarkedTest
from pytest_fpharness.report.render.html import render
from pytest_fpharness.report.render.markdown import markdown
from tests.support.report_factory import session, write_journal

#: Places of one list that are tried: its others are of the same kind.
PLACES: Final = 3
VALUES: Final = st.sampled_from([None, True, 3, -1, 1.5, "", "x", [], [1], {}, {"a": 1}])
MARKED: Final = MarkedTest("tests/a.py::one", ("FP-1.3",), "passed")


def paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a JSON value."""
    inside: Any = ()
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list):
        inside = enumerate(value[:PLACES])
    for key, item in inside:
        yield (*before, key)
        yield from paths(item, (*before, key))


def damaged(line: str, path: tuple[Any, ...], value: Any) -> str:
    data = json.loads(line)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(data)


@cache
def whole(path: Path) -> tuple[str, ...]:
    """The lines of a journal in which everything passed."""
    lines = write_journal(path, session(tests={MARKED.id: MARKED})).read_text().splitlines()
    return (*lines[:-1], json.dumps({"kind": "test", **vars(MARKED)}), lines[-1])


@settings(deadline=None)  # the first one loads the templates
@given(data=st.data())
def test_a_journal_with_another_value_is_judged_or_refused(
    data: st.DataObject, tmp_path_factory: Any
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.jsonl"
    lines = [*whole(path.with_name("whole.jsonl"))]
    number = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.sampled_from(list(paths(json.loads(lines[number])))))
    lines[number] = damaged(lines[number], place, data.draw(VALUES))
    path.write_text("\n".join([*lines, ""]))
    try:
        measured = coverage(read_journal(path))
    except JournalError:
        return
    result = gate(measured)
    assert result.code in range(6)
    assert markdown(measured, result) and render(measured, result)
