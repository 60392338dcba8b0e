from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_fpharness.model.plain import from_plain, to_plain
from pytest_fpharness.model.plan import (
    AlertRule,
    Detect,
    EscalateRule,
    FlowRule,
    HealRule,
    Injection,
    LimitRule,
    LogRule,
    Plan,
    Predicate,
    ShowRule,
)
from pytest_fpharness.model.record import Clause, CompanionRun, Cost, Record
from pytest_fpharness.model.timeline import Timeline
from pytest_fpharness.model.verdict import Verdict

SMALL = settings(
    max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None, database=None
)

words = st.text(max_size=8)
counts = st.integers(-(2**53), 2**53)
leaves = st.none() | st.booleans() | counts | st.floats(allow_nan=False) | words
values = st.recursive(
    leaves, lambda v: st.lists(v, max_size=2) | st.dictionaries(words, v, max_size=2), max_leaves=3
)
verdicts = st.sampled_from(Verdict)
few = {"max_size": 2}


def made(kind: type[Any], /, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, **fields)


def tuples(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(of, max_size=2).map(tuple)


predicates = made(
    Predicate, signal=words, op=words, value=values, argument=words, within=st.none() | counts
)
plans = made(
    Plan,
    fp=words,
    variant=words,
    twin=st.booleans(),
    covers=tuples(words),
    world=st.dictionaries(words, values, max_size=2),
    steady=tuples(predicates),
    inject=tuples(
        made(Injection, fault=words, params=st.dictionaries(words, values, max_size=2), at=counts)
    ),
    lift=st.none() | counts,
    detect=made(Detect, status=words, within=counts),
    alert=st.none() | made(AlertRule, within=counts, contains=tuples(words)),
    escalate=st.none() | made(EscalateRule, after=counts),
    heal=made(HealRule, kind=words, verify=tuples(predicates), retries=st.none() | counts),
    limit=st.none() | made(LimitRule, gate=words, blocks=words, until=counts),
    flow=st.none() | made(FlowRule, symbol=words, score=st.floats(allow_nan=False)),
    shows=tuples(made(ShowRule, value=words, signal=words, tolerance=st.floats(0, 9))),
    logs=tuples(made(LogRule, role=words, says=words)),
    allowed=st.dictionaries(words, counts, max_size=2),
)
clauses = made(
    Clause,
    name=words,
    question=words,
    verdict=verdicts,
    reason=words,
    begin=st.none() | counts,
    provable=st.booleans(),
    killed_by=tuples(words),
)
records = made(
    Record,
    id=words,
    fp=words,
    variant=words,
    verdict=verdicts,
    clauses=tuples(clauses),
    marks=st.dictionaries(words, counts, max_size=2),
    cost=made(Cost, blind=counts, alerted=st.booleans(), dollars=st.floats(0, 9)),
    companions=tuples(made(CompanionRun, name=words, verdict=verdicts, clauses=tuples(clauses))),
    timeline=tuples(st.lists(values, max_size=2)),
    wall=st.floats(0, 99),
)


@SMALL
@given(plans)
def test_a_plan_comes_back_from_json(plan: Plan) -> None:
    assert from_plain(Plan, json.loads(json.dumps(to_plain(plan)))) == plan


@SMALL
@given(records)
def test_a_record_comes_back_from_json(record: Record) -> None:
    assert from_plain(Record, json.loads(json.dumps(to_plain(record)))) == record


def test_fields_with_their_default_are_omitted() -> None:
    assert to_plain(Plan("FP-1.3", "age", lift=0)) == {"fp": "FP-1.3", "variant": "age", "lift": 0}


@pytest.mark.parametrize(
    "data",
    [
        {"fp": "FP-1.3"},
        {"fp": "FP-1.3", "variant": "x", "verdict": "PASS"},
        {"fp": 1, "variant": "x"},
        {"fp": "FP-1.3", "variant": "x", "line": True},
        {"fp": "FP-1.3", "variant": "x", "twin": 1},
        {"fp": "FP-1.3", "variant": "x", "inject": {}},
    ],
)
def test_data_of_another_shape_are_refused(data: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        from_plain(Plan, data)


def test_an_unknown_verdict_is_refused() -> None:
    data = {"id": "a", "fp": "b", "variant": "c", "verdict": "MAYBE"}
    with pytest.raises(ValueError, match="MAYBE"):
        from_plain(Record, data)


def test_a_timeline_comes_back_from_its_rows_with_its_digest() -> None:
    facts = Timeline()
    facts.add(1, "http", "bot", status=200)
    facts.add(2, "alert", key="FP-1.3")
    again = Timeline.from_rows(json.loads(json.dumps(facts.to_rows())))
    assert again.events == facts.events
    assert again.digest() == facts.digest()
    again.add(3, "mark", name="again")
    assert again.digest() != facts.digest()


@dataclass(frozen=True)
class Tree:
    """Holds its own kind."""

    name: str
    below: tuple[Tree, ...] = ()


def test_a_type_that_holds_its_own_kind_is_read() -> None:
    tree = Tree("a", (Tree("b", (Tree("c"),)), Tree("d")))
    assert from_plain(Tree, to_plain(tree)) == tree
