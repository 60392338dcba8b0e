"""A project's own tests of failure points, marked ``@pytest.mark.fp("FP-6.3")`` (C6).

What YAML cannot say is a test. In a session that runs the catalog its outcome goes into the journal
and the report, beside the scenarios of its failure point.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import pytest

from pytest_fpharness.model.suggestions import closest
from pytest_fpharness.plugin.collection import ASSIGNMENT, ScenarioItem

MARK: Final = "fp"
#: Failure points of each marked test that was collected; told once, with the first report.
PLANNED: pytest.StashKey[dict[str, list[str]]] = pytest.StashKey()


def select(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out marked tests of failure points that were not asked for; remember the others.

    Remembered, one without a result is known to be missing.
    """
    assignment = config.stash.get(ASSIGNMENT, None)
    if assignment is None:
        return
    out = [item for item in items if assignment.only and _left_out(item, assignment.only)]
    if out:
        items[:] = [item for item in items if item not in out]
        config.hook.pytest_deselected(items=out)
    planned = config.stash.setdefault(PLANNED, {})
    for item in items:
        if ids := marked(item):
            planned[item.nodeid] = ids
            item.user_properties += [("fp", id) for id in ids]


def marked(item: pytest.Item) -> list[str]:
    """The failure points that an ordinary test is about, the nearest mark first."""
    if isinstance(item, ScenarioItem):
        return []
    told = [str(id) for mark in item.iter_markers(MARK) for id in mark.args]
    return list(dict.fromkeys(told))


def _left_out(item: pytest.Item, only: Iterable[str]) -> bool:
    """Whether ``--fp-only`` asks for other failure points than a marked test's."""
    ids = marked(item)
    return bool(ids) and not set(ids) & set(only)


def check(item: pytest.Item) -> None:
    """Fail a test whose mark names no failure point, or one that nobody knows."""
    assignment = item.config.stash.get(ASSIGNMENT, None)
    if assignment is None or isinstance(item, ScenarioItem):
        return
    for said in _mistakes(item, assignment.points):
        path, line, _ = item.location
        place = path if line is None else f"{path}:{line + 1}"
        pytest.fail(f"{place}: {said}", pytrace=False)


def _mistakes(item: pytest.Item, known: Iterable[str]) -> Iterator[str]:
    for mark in item.iter_markers(MARK):
        if not mark.args or mark.kwargs:
            yield 'a mark names its failure points: @pytest.mark.fp("FP-6.3")'
        for id in mark.args:
            if id not in known:
                near = closest(str(id), known)
                hint = f"; did you mean '{near}'?" if near else ""
                yield f"there is no failure point {id!r} in catalog or document{hint}"


def attach(item: pytest.Item, report: pytest.TestReport) -> None:
    """Let the outcome of a marked test travel with its report, as records do."""
    told: dict[str, Any] = {}
    if planned := item.config.stash.get(PLANNED, None):
        told["planned"] = planned
        item.config.stash[PLANNED] = {}
    # A setup or teardown that went well says nothing.
    if (ids := marked(item)) and (report.when == "call" or report.outcome != "passed"):
        told["test"] = {
            "id": item.nodeid,
            "fp": ids,
            "outcome": "xfailed" if hasattr(report, "wasxfail") else report.outcome,
            "reason": _reason(report),
            "wall": round(report.duration, 4),
        }
    if told:
        vars(report)["fpharness_tests"] = told


def _reason(report: pytest.TestReport) -> str:
    """Why it did not pass, in a line."""
    if hasattr(report, "wasxfail"):
        return str(report.wasxfail)
    if report.outcome == "passed":
        return ""
    if isinstance(report.longrepr, tuple):  # a skip: file, line, reason
        return str(report.longrepr[2])
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message if crash is not None else report.longrepr)
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
