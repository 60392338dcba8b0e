"""A fault that comes a second time is judged a second time."""

from __future__ import annotations

import dataclasses

from pytest_fpharness.judge.deadlines import is_over, last_deadline
from pytest_fpharness.judge.episodes import proven
from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.model.layout import Layout
from pytest_fpharness.model.record import Clause
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import PLAN, Story

TWICE = dataclasses.replace(PLAN, again=2 * MINUTE)


LATER = 390  # seconds from the first time to the second: a whole number of passes


def twice(first: Story | None = None, second: Story | None = None) -> Story:
    """The events of two stories, one after the other."""
    story, later = first or Story(), second or Story()
    story.events = [e for e in story.events if e.at < LATER * SECOND]
    for event in later.events:
        facts = {**event.facts, "id": 1} if event.kind.startswith("fault.") else event.facts
        if event.kind == "sample":
            row = event.facts["dashboard"]["row"]
            shown = {"row": {**row, "last_check": row["last_check"] + LATER}}
            facts = {**event.facts, "dashboard": shown}
        story.events.append(event._replace(at=event.at + LATER * SECOND, facts=facts))
    return story.add(LATER + 135, "mark", name="again")


def judged(story: Story) -> dict[str, Clause]:
    return {clause.name: clause for clause in proven(story.case(TWICE))}


def test_each_episode_is_judged_and_proven() -> None:
    clauses = judged(twice())
    repeated = [name for name in clauses if name.startswith("again.")]
    both = [*repeated, *(name.removeprefix("again.") for name in repeated)]
    assert {clauses[name].verdict for name in both} == {Verdict.PASS}
    assert len(repeated) > 10
    unproven = [
        n for n in repeated if clauses[n].verdict is Verdict.PASS and not clauses[n].killed_by
    ]
    assert not unproven


def test_a_missing_alert_fails_in_its_own_episode() -> None:
    silent = judged(twice(second=Story().drop("alert")))
    assert silent["alert.fire"].verdict is Verdict.PASS
    assert silent["again.alert.fire"].reason == "alert: never, due by 25s"
    late = judged(twice(first=Story().drop("alert")))
    assert late["alert.fire"].verdict is Verdict.FAIL
    assert late["again.alert.fire"].verdict is Verdict.PASS


def test_questions_about_the_whole_run_are_asked_once() -> None:
    clauses = judged(twice(second=Story().colour("GREEN", 0)))
    assert clauses["again.colour"].verdict is Verdict.FAIL
    assert "quiet" in clauses
    assert "again.quiet" not in clauses


def test_without_a_recovery_there_is_no_second_episode() -> None:
    clauses = judged(Story().colour("RED", 150))
    assert clauses["again"].reason == "it never recovered, so the faults were not injected again"
    assert clauses["recover"].verdict is Verdict.FAIL


def test_without_an_injection_there_is_one_episode() -> None:
    assert set(judged(Story().drop("fault.inject"))) == {"steady", "met"}


def test_the_run_waits_for_the_second_episode_and_its_deadlines() -> None:
    layout, due = Layout(), 135 * SECOND + last_deadline(TWICE, Layout())
    marks = {"injected": 135 * SECOND, "recovered": 310 * SECOND}
    assert not is_over(TWICE, marks, due, layout)
    assert is_over(TWICE, marks, due + 2 * MINUTE, layout)
    again = {"injected": 135 * SECOND, "again": due}
    assert not is_over(TWICE, again, due + 2 * MINUTE, layout)
    assert is_over(TWICE, {**again, "recovered": due + MINUTE}, due + 3 * MINUTE, layout)
