"""A new question is an entry of the table and a clause function, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_fpharness.judge.case import Case, Clauses, failed
from pytest_fpharness.judge.clauses import FUNCTIONS, clause
from pytest_fpharness.model.questions import QUESTIONS, Question
from pytest_fpharness.model.record import Record
from pytest_fpharness.report.cell_state import CellState
from pytest_fpharness.report.headlines import headlines
from pytest_fpharness.report.texts import headline
from tests.support.judge_bench import Story
from tests.support.report_factory import covered, failing, twin


@pytest.fixture
def paced() -> Iterator[None]:
    """A question that the bot of the story fails: does it keep to its rate limit?"""
    QUESTIONS.append(
        Question("paced", "safe", "the bot called too often", "the bot calls too often", ("fault",))
    )

    @clause("paced", reads=("sample",))
    def kept_its_pace(case: Case) -> Clauses:
        yield failed("paced", "paced", "9 calls in a second")

    yield
    del QUESTIONS[-1], FUNCTIONS[-1]


@pytest.fixture
def hasty(paced: None) -> Record:
    return failing("paced", "paced", "9 calls in a second")


def test_a_new_question_is_asked_of_its_scope(paced: None) -> None:
    assert Story().judge()["paced"].reason == "9 calls in a second"


def test_a_new_question_is_asked_of_no_other_scope(paced: None) -> None:
    assert "paced" not in Story().quiet_run().judge(twin=True)


def test_a_new_question_shows_in_its_column(hasty: Record) -> None:
    assert covered([hasty, twin()]).rows[0].cells["safe"].state is CellState.FAIL


def test_a_new_question_has_its_headlines(hasty: Record) -> None:
    assert headline(hasty) == "the bot called too often"
    assert headlines([hasty]) == (f"{hasty.fp}: the bot calls too often",)


def test_a_clause_needs_a_question() -> None:
    with pytest.raises(LookupError, match="no question is called 'pace'"):
        clause("pace", reads=())(lambda case: iter(()))
