"""A project's own tests about failure points, marked ``@pytest.mark.fp("FP-6.3")`` (C6).

In a session that runs the catalog, their outcomes go into the journal and the report, beside the
scenarios of their failure points.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import pytest

from pytest_fpharness.model.suggestions import did_you_mean
from .collection import ASSIGNMENT, ScenarioItem

MARK: Final = "fp"
#: The attribute of a report that carries the outcome of a marked test.
REPORT_DATA: Final = "fpharness_tests"
#: Failure points of each marked test that was collected, until the first report carries them.
PLANNED: pytest.StashKey[dict[str, list[str]]] = pytest.StashKey()


def select(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect marked tests of failure points outside ``--fp-only``, and remember the others.

    A signal_state test without a result is reported as not run.
    """
    assignment = config.stash.get(ASSIGNMENT, None)
    if assignment is None:
        return
    deselected = [item for item in items if assignment.only and _is_other(item, assignment.only)]
    if deselected:
        items[:] = [item for item in items if item not in deselected]
        config.hook.pytest_deselected(items=deselected)
    planned = config.stash.setdefault(PLANNED, {})
    for item in items:
        if ids := failure_points_of(item):
            planned[item.nodeid] = ids
            item.user_properties += [("fp", id) for id in ids]


def failure_points_of(item: pytest.Item) -> list[str]:
    """Return the failure points of an ordinary test, the nearest mark first."""
    if isinstance(item, ScenarioItem):
        return []
    ids = [str(id) for mark in item.iter_markers(MARK) for id in mark.args]
    return list(dict.fromkeys(ids))


def _is_other(item: pytest.Item, only: Iterable[str]) -> bool:
    """Whether a test is marked for failure points that are all outside ``only``."""
    ids = failure_points_of(item)
    return bool(ids) and not set(ids) & set(only)


def check(item: pytest.Item) -> None:
    """Fail a test whose mark names no failure point or an unknown one."""
    assignment = item.config.stash.get(ASSIGNMENT, None)
    if assignment is None or isinstance(item, ScenarioItem):
        return
    for message in _mistakes(item, assignment.points):
        path, line, _ = item.location
        place = path if line is None else f"{path}:{line + 1}"
        pytest.fail(f"{place}: {message}", pytrace=False)


def _mistakes(item: pytest.Item, known: Iterable[str]) -> Iterator[str]:
    for mark in item.iter_markers(MARK):
        if not mark.args or mark.kwargs:
            yield 'the mark needs failure points: @pytest.mark.fp("FP-6.3")'
        for id in mark.args:
            if id not in known:
                hint = did_you_mean(str(id), known)
                yield f"no failure point {id!r} in the catalog or the document{hint}"


def attach(item: pytest.Item, report: pytest.TestReport) -> None:
    """Attach the outcome of a marked test to its report, as records are."""
    data: dict[str, Any] = {}
    if planned := item.config.stash.get(PLANNED, None):
        data["planned"] = planned
        item.config.stash[PLANNED] = {}
    # A setup or teardown that passed says nothing about the test.
    if (ids := failure_points_of(item)) and (report.when == "call" or report.outcome != "passed"):
        data["test"] = {
            "id": item.nodeid,
            "fp": ids,
            "outcome": "xfailed" if hasattr(report, "wasxfail") else report.outcome,
            "reason": _reason(report),
            "wall": round(report.duration, 4),
        }
    if data:
        setattr(report, REPORT_DATA, data)


def _reason(report: pytest.TestReport) -> str:
    """Return why a test did not pass, in one line."""
    if hasattr(report, "wasxfail"):
        return str(report.wasxfail)
    if report.outcome == "passed":
        return ""
    if isinstance(report.longrepr, tuple):  # a skip: file, line, reason
        return str(report.longrepr[2])
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message if crash is not None else report.longrepr)
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
