"""When a run may end."""

from __future__ import annotations

from pytest_fpharness.model.duration import MINUTE, SECOND
from tests.support.judge_bench import PLAN, Story


def test_a_run_with_watch_goes_on_after_the_recovery() -> None:
    from pytest_fpharness.judge.deadlines import is_over
    from pytest_fpharness.model.layout import Layout

    story = Story().case(PLAN, watch=8 * MINUTE)
    end = story.marks["recovered"] + 8 * MINUTE
    assert not is_over(story.plan, story.marks, end - SECOND, Layout())
    assert is_over(story.plan, story.marks, end, Layout())
