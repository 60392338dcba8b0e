"""Take one thing away from the bot: its failure point fails and says what is missing, no other does.

Every removal against its own failure point, and one of the others in turn;
``benchmarks/removal_matrix.py`` runs all of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from removals import (
    EXCEPTIONS,
    SHOWS,
    Worlds,
    applies,
    cases,
    clauses,
    independent,
    legs_of,
    plans,
    says,
    showing,
    without,
)

from pytest_fpharness.model.plan import HealRule, Injection
from pytest_fpharness.model.verdict import Verdict


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    found = Worlds()
    yield found
    found.close()


@pytest.mark.parametrize(("fp", "what"), cases(), ids=str)
def test_its_failure_point_fails_and_names_it(fp: str, what: str, worlds: Worlds) -> None:
    plan = showing(fp, what)

    record = worlds.run(without(plan, fp, what), legs=legs_of(plan, what))

    assert record.verdict is Verdict.FAIL, record.reasons
    assert says(record, clauses(fp, what)), record.reasons


def one_of_each() -> list[tuple[str, str, str]]:
    """One thing of one failure point beside each other one that can do without it, all in turn."""
    found, every = [], cases()
    for turn, other in enumerate(plans()):
        # 7 is prime to the number of cases: kinds and failure points both change at every turn.
        order = (every[(turn * 7 + k) % len(every)] for k in range(len(every)))
        fp, what = next(case for case in order if other in independent(*case))
        found.append((fp, what, other))
    return found


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
