"""Take one thing away from every failure point: the requirements that ask for it fail, no other does.

Judged over one fault with its control and its broken healer; the states of all bullets are compared
with those of the whole bot.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from pytest_fpharness.model.plan import Plan
from pytest_fpharness.report.cell_state import CellState
from pytest_fpharness.report.coverage import coverage
from pytest_fpharness.report.documentation import FailurePointFacts
from pytest_fpharness.report.journal import Header, JournalData
from pytest_fpharness.report.requirements import BulletRow
from tests.support.removals import Worlds, plans, shipped

pytestmark = pytest.mark.acceptance

#: What is taken away; the bullets that must fail, and what their reasons must say.
REMOVED: dict[str, tuple[set[str], str]] = {
    "history": ({"M-1.b4", "D-1.b4", "SH-3.b1", "SH-3.b3"}, "no trend|counts 0 failures|patterns"),
    "trend": ({"M-1.b4", "D-1.b4"}, "no trend"),
    "statistics": ({"SH-3.b1"}, "no statistics"),
    "counts": ({"M-3.b1", "M-3.b2", "SH-3.b2"}, "attempt"),
    "escalation": ({"M-2.b2", "SH-2.b1"}, "page: never"),
    "alert": ({"M-2.b1", "M-2.b2", "SH-2.b1"}, "alert: never|page: never"),
    "log": ({"M-2.b3", "D-3.b3", "SH-2.b2"}, "not in any log|no log line"),
    "manual_steps": ({"SH-2.b3", "D-3.b4"}, "no manual steps"),
    "page": ({"D-3.b1"}, "no detail page"),
    "row": (
        {"TEST-3.b4", "D-3.b1", *(f"{row}.b{n}" for row in ("M-1", "D-1") for n in (1, 2, 3, 4))},
        "no row|no detail page|missing|does not show|no trend",
    ),
    "colour": ({"D-2.b3"}, "GREEN instead of RED"),
}
#: What shows in the run itself; the others need the companion in which the healing is broken.
IN_THE_RUN = ("history", "trend", "statistics", "counts", "page", "row", "colour")
FP = "FP-1.1"


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    result = Worlds()
    yield result
    result.close()


def bullets(worlds: Worlds, plan: Plan, *, companions: bool) -> dict[str, BulletRow]:
    record = worlds.run(plan, companions=companions)
    header = Header(
        ids=(record.id,), failure_points=(FailurePointFacts(FP),), document=shipped().document
    )
    result = coverage(JournalData(header, {record.id: record}))
    return {f"{row.id}.{item.id}": item for row in result.requirements for item in row.bullets}


@pytest.fixture(scope="module")
def whole(worlds: Worlds) -> dict[bool, dict[str, BulletRow]]:
    """Of the bot from which nothing is taken, with and without further companions."""
    return {
        companions: bullets(worlds, plans()[FP][0], companions=companions)
        for companions in (True, False)
    }


def test_the_whole_bot_shows_all_but_what_this_fault_cannot(
    whole: dict[bool, dict[str, BulletRow]],
) -> None:
    states = {id: item.state for id, item in whole[True].items()}
    beside = {id for id, state in states.items() if state is CellState.UNTESTED}
    assert {id for id, state in states.items() if state is not CellState.PASS} == beside
    # The flows are other runs, no failure of this one is YELLOW, and its healing does what it should.
    assert {id for id in beside if not id.startswith(("TEST-1", "TEST-2"))} == {"D-2.b2", "SH-3.b4"}


@pytest.mark.parametrize("what", REMOVED)
def test_exactly_the_rows_that_ask_for_it_fail(
    what: str, worlds: Worlds, whole: dict[bool, dict[str, BulletRow]]
) -> None:
    ids, reasons = REMOVED[what]
    plan = plans()[FP][0]
    more = f"log.monitor {FP}" if what == "log" else ""
    world = {**plan.world, "without": f"all {what} {more}".strip()}

    companions = what not in IN_THE_RUN
    result = bullets(worlds, dataclasses.replace(plan, world=world), companions=companions)

    failed = {id for id, item in result.items() if item.state is CellState.FAIL}
    assert {id: result[id].reason for id in failed} == {id: result[id].reason for id in ids}
    for id in ids:
        assert any(word in result[id].reason for word in reasons.split("|")), result[id].reason
    rows = {id.partition(".")[0] for id in ids}
    changed = {id for id, item in result.items() if item.state is not whole[companions][id].state}
    # The row is read with the page's indicator: without one D-2 does not fail, and is not shown.
    unseen = {"D-2"} if what == "row" else set()
    assert {id.partition(".")[0] for id in changed} == rows | unseen
