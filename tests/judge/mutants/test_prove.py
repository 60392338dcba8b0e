"""Mutants prove that clauses can fail."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache

import pytest

from pytest_fpharness.judge.judge import judge
from pytest_fpharness.judge.mutants.prove import MUTANTS, killed, mutate
from pytest_fpharness.judge.record_builder import build_record
from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.outcome import Outcome
from pytest_fpharness.model.plan import (
    AlertRule,
    Detect,
    EscalateRule,
    FlowRule,
    HealRule,
    LimitRule,
    Plan,
    Predicate,
)
from pytest_fpharness.model.record import Clause, Record
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import FP, INFO, PLAN, Story, alert

Example = tuple[Story, Plan]


def healed() -> Example:
    story = Story()
    story.control = Story()
    for run in (story, story.control):
        run.add(30, "file.read", "bot", role="state.freezes")
        run.add(
            200, "order.submitted", "bot", id="x", client_order_id="x", symbol="S80", side="sell",
            qty="2", intent="exit",
        )  # fmt: skip
    return story, PLAN


def given_up() -> Example:
    story = Story().drop("fault.clear").drop("alert", kind="resolved").drop("order.submitted", 216)
    story.status(FP, "ERROR", 240).colour("RED", 240).drop("order.filled", 216)
    story.change("sample", 240, message="feeder is dead")
    story.healing(240, attempts=1, successes=0, state="failed", manual_steps=["restart it"])
    for at in (210, 330, 390):
        story.add(at, "alert", "monitor", **alert("repeat"))
    page = {**alert("page"), "text": "restart it"}
    story.add(270, "alert", "monitor", **page).row(240, values={"alive": True})
    plan = dataclasses.replace(
        PLAN, shows=(), alert=AlertRule(within=10 * SECOND, repeat=MINUTE),
        escalate=EscalateRule(2 * MINUTE, ("restart it",)),
        heal=HealRule("auto", restart="feeder", gives_up=True),
    )  # fmt: skip
    return story, plan


def twin() -> Example:
    return Story().quiet_run(), dataclasses.replace(PLAN, twin=True)


def retried() -> Example:
    story = Story().drop("process.restart")
    for at in (140, 160, 180):
        story.add(at, "http", "bot", role="broker", method="GET", path="/v2/account", error="reset")
    return story, dataclasses.replace(PLAN, heal=HealRule("retry"))


def resent() -> Example:
    story = Story().drop("process.restart")
    facts = {"symbol": "X", "side": "buy", "reason": "funds"}
    story.add(140, "order.rejected", "bot", **facts, client_order_id="a")
    heal = HealRule("fallback", retries=1, others_trade=True)
    return story, dataclasses.replace(PLAN, heal=heal)


def limited() -> Example:
    story = Story().quiet_run().add(135, "limit.begins", symbol="AAA").add(250, "fault.lift", id=0)
    blocked = {"symbol": "AAA", "side": "buy", "action": "block", "gate": "cooldown"}
    for at in (140, 200):
        story.add(at, "decision", "bot", **blocked)
    story.order(200.5, "BBB").order(260.5, "AAA").books()
    plan = dataclasses.replace(
        PLAN, lift=2 * MINUTE, alert=None, heal=HealRule("none"), readiness="GREEN", logs=(),
        shows=(), detect=Detect(within=10 * SECOND, by="gate", gate="cooldown"),
        limit=LimitRule("cooldown", "AAA", 2 * MINUTE, frees="BBB"),
    )  # fmt: skip
    return story, plan


def flowing() -> Example:
    story = Story().quiet_run().order(140, "AAA").books()
    story.change("decision", 140, 140, score=4.2, trace=["freshness", "enter"])
    return story, dataclasses.replace(PLAN, flow=FlowRule("AAA", 4.2), logs=())


def counted() -> Example:
    """A limit on a count that holds throughout."""
    story = Story()
    story.change("check", truth={"process.alive(feeder)": True, "positions.count": 16})
    most = Predicate("positions.count", "<=", 16, text="positions.count <= 16")
    return story, dataclasses.replace(PLAN, invariants=(most,))


def watched() -> Example:
    """A plan with ``watch``: all symbols of the control run are traded again."""
    story, past = Story(), Story()
    for run in (story, past):
        for number in range(6):
            run.order(440 + number, f"W{number}")
    story.control = past
    return story, dataclasses.replace(PLAN, watch=3 * MINUTE)


STORIES: dict[str, Callable[[], Example]] = {
    "healed": healed, "given up": given_up, "twin": twin, "retried": retried, "resent": resent,
    "limited": limited, "flowing": flowing,
    "counted": counted, "watched": watched,
}  # fmt: skip


@cache
def proven(name: str) -> tuple[Clause, ...]:
    story, plan = STORIES[name]()
    return tuple(story.proven(plan))


@pytest.mark.parametrize("name", STORIES)
def test_a_good_story_passes_and_all_of_it_is_proven(name: str) -> None:
    result = proven(name)
    wrong = [
        (c.name, c.reason)
        for c in result
        if c.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)
    ]
    unproven = [c.name for c in result if c.verdict is Verdict.PASS and not c.killed_by]
    assert (wrong, unproven) == ([], [])


@pytest.mark.parametrize("name", STORIES)
def test_clauses_that_a_proof_skips_would_not_have_changed(name: str) -> None:
    story, plan = STORIES[name]()
    case = story.case(plan)
    mutated = {name: mutate(case, mutant) for name, mutant in MUTANTS.items()}
    whole = {
        (mutant, clause.name)
        for mutant, other in mutated.items()
        for clause in (judge(other) if other else ())
        if killed(clause)
    }
    passing = [c for c in proven(name) if c.verdict is Verdict.PASS]
    names = {c.name for c in passing}
    assert {(m, c.name) for c in passing for m in c.killed_by} == {
        k for k in whole if k[1] in names
    }


@pytest.mark.parametrize("name", MUTANTS)
def test_every_mutant_makes_a_clause_fail(name: str) -> None:
    failing = {c.name for story in STORIES for c in proven(story) if name in c.killed_by}
    assert failing


@pytest.mark.parametrize(
    ("name", "clause"),
    [
        ("silent", "alert.fire"),
        ("storm", "alert.once"),
        ("wordless", "alert.once"),
        ("late_monitor", "detect"),
        ("wrong_colour", "colour"),
        ("relapse", "colour.after"),
        ("no_heal_claim", "heal.claim"),
        ("healed_by_the_world", "heal.by"),
        ("restart_storm", "heal.attempts"),
        ("nobody_heals", "heal"),
        ("hidden_row", "row"),
        ("wrong_values", "shows.alive"),
        ("mute_logs", "log.monitor"),
        ("not_steady", "recover"),
        ("false_alarm", "quiet"),
        ("trapped", "always.exits_not_blocked"),
        ("cooked_books", "always.fills_in_books"),
        ("careless", "reading"),
        ("careless", "always.others_files_kept"),
        ("wrong_values", "detect.message"),
        ("residue", "residue"),
        ("unmet", "met"),
        ("not_steady", "steady"),
    ],
)
def test_which_clause_a_mutant_makes_fail(name: str, clause: str) -> None:
    result = next(c for c in proven("healed") if c.name == clause)
    assert name in result.killed_by


def test_only_passing_clauses_are_proven() -> None:
    story = Story().drop("alert")
    clauses = {c.name: c for c in story.proven()}
    assert clauses["alert.fire"].verdict is Verdict.FAIL
    assert clauses["alert.fire"].killed_by == ()


def record(story: Story, plan: Plan = PLAN) -> Record:
    events = story.finished()
    return build_record(plan, Outcome([e.to_row() for e in events]), INFO)


def test_an_unproven_clause_makes_the_record_vacuous(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("silent", "storm", "repeat_storm", "wordless"):
        monkeypatch.delitem(MUTANTS, name)
    for name in list(MUTANTS):
        if "alert.once" in {c.name for c in proven("healed") if name in c.killed_by}:
            monkeypatch.delitem(MUTANTS, name)
    result = record(Story())
    assert result.verdict is Verdict.VACUOUS
    assert "alert.once" in result.unproven
    assert "alert.once: no mutant made it fail" in result.reasons
