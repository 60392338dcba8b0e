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
def sober() -> Iterator[None]:
    """A question whether the bot stayed sober; it never does."""
    QUESTIONS.append(
        Question("sober", "safe", "the bot was drunk", "the bot drinks at work", ("fault",))
    )

    @clause("sober", reads=("sample",))
    def stayed_sober(case: Case) -> Clauses:
        yield failed("sober", "sober", "it sang")

    yield
    del QUESTIONS[-1], FUNCTIONS[-1]


@pytest.fixture
def drunk(sober: None) -> Record:
    return failing("sober", "sober", "it sang")


def test_a_new_question_is_asked_of_its_scope(sober: None) -> None:
    assert Story().judge()["sober"].reason == "it sang"


def test_a_new_question_is_asked_of_no_other_scope(sober: None) -> None:
    assert "sober" not in Story().quiet_run().judge(twin=True)


def test_a_new_question_shows_in_its_column(drunk: Record) -> None:
    assert covered([drunk, twin()]).rows[0].cells["safe"].state is CellState.FAIL


def test_a_new_question_has_its_headlines(drunk: Record) -> None:
    assert headline(drunk) == "the bot was drunk"
    assert headlines([drunk]) == (f"{drunk.fp}: the bot drinks at work",)


def test_a_clause_needs_a_question() -> None:
    with pytest.raises(LookupError, match="no question is called 'sobre'"):
        clause("sobre", reads=())(lambda case: iter(()))
