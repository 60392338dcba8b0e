from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fpharness.model.record import Clause, Record
from pytest_fpharness.model.verdict import Verdict, worst

#: The precedence of SEMANTICS S29, the worst first.
PRECEDENCE = (Verdict.ERROR, Verdict.VACUOUS, Verdict.FAIL, Verdict.MISSING, Verdict.PASS)
some = st.lists(st.sampled_from(Verdict), max_size=6)


@given(some)
def test_the_worst_is_the_first_by_precedence(verdicts: list[Verdict]) -> None:
    live = [v for v in verdicts if v is not Verdict.NOT_APPLICABLE] or [Verdict.PASS]
    assert worst(verdicts) is min(live, key=PRECEDENCE.index)


@given(some)
def test_a_broken_always_true_line_outranks_all_but_an_error(verdicts: list[Verdict]) -> None:
    expected = Verdict.ERROR if Verdict.ERROR in verdicts else Verdict.FAIL
    assert worst(verdicts, safe=False) is expected


@given(some, some)
def test_more_clauses_never_make_it_better(some: list[Verdict], more: list[Verdict]) -> None:
    assert PRECEDENCE.index(worst([*some, *more])) <= PRECEDENCE.index(worst(some))


@given(some)
def test_the_order_of_verdicts_does_not_matter(verdicts: list[Verdict]) -> None:
    assert worst(verdicts) is worst(reversed(verdicts))


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], None),
        ([Verdict.NOT_APPLICABLE], Verdict.NOT_APPLICABLE),
        ([Verdict.NOT_APPLICABLE, Verdict.PASS], Verdict.PASS),
        ([Verdict.PASS, Verdict.MISSING], Verdict.MISSING),
    ],
)
def test_the_verdict_of_one_question(verdicts: list[Verdict], expected: Verdict | None) -> None:
    clauses = tuple(Clause(str(n), "healed", v) for n, v in enumerate(verdicts))
    record = Record("a", "b", "c", Verdict.PASS, clauses=clauses)
    assert record.verdict_of("healed") is expected
    assert record.verdict_of("logged") is None
