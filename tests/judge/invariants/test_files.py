"""Files that only other processes use."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_fpharness.model.events import Kind
from pytest_fpharness.model.plan import HealRule, Injection
from pytest_fpharness.model.verdict import Verdict
from tests.support.judge_bench import Story

OTHERS = "always.others_files_kept"


def files(story: Story) -> Story:
    """The bot reads freezes and writes positions; the monitor writes health, which the bot reads."""
    story.add(30, "file.read", "bot", role="freezes").add(31, "file.write", "bot", role="positions")
    story.add(32, "file.write", "monitor", role="health").add(33, "file.read", "bot", role="health")
    return story.add(34, "file.read", "monitor", role="memory")


def compared(story: Story) -> Story:
    story.control = files(Story())
    return files(story)


def test_writes_after_the_end_of_the_control_run_are_ignored() -> None:
    story = compared(Story()).add(500, "file.write", "monitor", role="freezes")
    assert story.judge()[OTHERS].verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("at", "kind", "actor", "role", "reason"),
    [
        (140, "file.write", "monitor", "freezes", "wrote freezes, which bot uses"),
        (140, "file.delete", "monitor", "positions", "deleted positions, which bot uses"),
        (140, "file.write", "bot", "positions", ""),
        (140, "file.write", "monitor", "health", ""),  # as without the fault
        (140, "file.write", "monitor", "memory", ""),  # used by the monitor only
        (140, "file.write", "monitor", "log.bot", ""),
        (130, "file.write", "monitor", "freezes", ""),  # before the fault
    ],
)
def test_a_monitor_writes_no_file_of_others(
    at: float, kind: Kind, actor: str, role: str, reason: str
) -> None:
    story = compared(Story()).add(at, kind, actor, role=role)
    message = f"monitor {reason} and which was not broken" if reason else ""
    assert story.judge()[OTHERS].reason == message


@pytest.mark.parametrize(
    "changes",
    [
        {"heal": HealRule("auto", rewrite="freezes")},
        {"inject": (Injection("file.corrupt", {"file": "freezes"}),)},
    ],
)
def test_a_monitor_may_write_the_broken_file(changes: Any) -> None:
    story = compared(Story()).add(140, "file.write", "monitor", role="freezes")
    assert story.judge(**changes)[OTHERS].verdict is Verdict.PASS


def test_without_files_of_others_there_is_nothing_to_keep() -> None:
    story = Story()
    assert story.judge()[OTHERS].verdict is Verdict.NOT_APPLICABLE
    story.control = Story().drop("file.read")
    assert story.judge()[OTHERS].verdict is Verdict.NOT_APPLICABLE
