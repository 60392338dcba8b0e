"""Take one thing away from the bot: its failure point fails and says what is missing, no other does.

Every removal against its own failure point, and one of the others in turn;
``benchmarks/removal_matrix.py`` runs all of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from pytest_fpharness.model.plan import HealRule, Injection
from pytest_fpharness.model.record import Record
from pytest_fpharness.model.verdict import Verdict
from tests.support.removals import (
    EXCEPTIONS,
    PAPERS,
    SHOWS,
    Worlds,
    applies,
    cases,
    clauses,
    companions_of,
    independent,
    plans,
    says,
    showing,
    without,
)

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    result = Worlds()
    yield result
    result.close()


@pytest.mark.parametrize(
    ("fp", "what"), [case for case in cases() if case[1] not in PAPERS], ids=str
)
def test_its_failure_point_fails_and_names_it(fp: str, what: str, worlds: Worlds) -> None:
    plan = showing(fp, what)

    record = worlds.run(without(plan, fp, what), companions=companions_of(plan, what))

    assert record.verdict is Verdict.FAIL, record.reasons
    assert says(record, clauses(fp, what)), record.reasons


@pytest.mark.parametrize("fp", plans())
def test_history_statistics_and_manual_steps_are_named_each_by_itself(
    fp: str, worlds: Worlds
) -> None:
    taken = [what for what in PAPERS if (fp, what) in cases()]
    plan = showing(fp, taken[0])

    record = worlds.run(without(plan, fp, "papers"))

    assert record.verdict is Verdict.FAIL, record.reasons
    for what in taken:
        assert says(record, clauses(fp, what)), (what, record.reasons)
    assert not [name for name in failed(record) if not name.startswith(NAMED)], record.reasons


def failed(record: Record) -> list[str]:
    return [clause.name for clause in record.clauses if clause.verdict is Verdict.FAIL]


#: A page without manual steps, and a person who is called without them, are the same thing missing.
NAMED = ("row.trend", "statistics", "detail.manual_steps", "heal.steps", "heal.manual", "page")


def one_of_each() -> list[tuple[str, str, str]]:
    """One thing of one failure point beside each other one that can do without it, all in turn."""
    result, every = [], cases()
    for turn, other in enumerate(plans()):
        # 7 is prime to the number of cases: kinds and failure points both change at every turn.
        order = (every[(turn * 7 + k) % len(every)] for k in range(len(every)))
        fp, what = next(case for case in order if other in independent(*case))
        result.append((fp, what, other))
    return result


@pytest.mark.parametrize(("fp", "what", "other"), one_of_each(), ids=str)
def test_another_that_does_not_depend_on_it_passes(
    fp: str, what: str, other: str, worlds: Worlds
) -> None:
    record = worlds.run(without(plans()[other][0], fp, what))

    assert record.verdict is Verdict.PASS, record.reasons


@pytest.mark.parametrize("fp", plans())
def test_a_fault_that_does_nothing_proves_nothing(fp: str, worlds: Worlds) -> None:
    plan = plans()[fp][0]
    # Nothing ever happens in it, so there is no need to wait for its end.
    short = dataclasses.replace(plan, lift=None, recover=0, heal=HealRule(within=0))

    record = worlds.run(dataclasses.replace(short, inject=(Injection("test.nothing"),)))

    assert record.verdict is Verdict.VACUOUS
    assert says(record, ["met: no process of the bot met the fault"])


def test_the_tables_speak_of_what_there_is() -> None:
    for fp, what in (*SHOWS, *EXCEPTIONS):
        assert any(applies(what, plan) for plan in plans()[fp]), (fp, what)
