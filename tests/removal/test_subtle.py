"""Bots with one subtle defect fail, and the clause names it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.runner.runner import Runner
from tests.support.removals import HERE, plans, says
from tests.support.subtle import DEFECTS

pytestmark = pytest.mark.acceptance

FOUND = [
    ("a mild page", "FP-1.1/keeps_dying", "page: the page has the severity info"),
    ("an alert about another", "FP-2.1/main", "alert.once: the text names FP-1.1"),
    ("warns at every pass", "FP-2.4/main", "alert.repeat:"),
    ("alerts once a day", "FP-1.1/dies_again", "again.alert.fire:"),
    ("alerts once a day", "FP-4.1/down_again", "again.alert.fire:"),
    ("heals once a day", "FP-1.1/dies_again", "again.heal:"),
    ("drops the rest of health", "FP-2.1/main", "quiet.complete: health no longer lists FP-2.2"),
    ("kills an innocent", "FP-1.1/main", "quiet: monitor ended bot"),
    ("forgets what it learned", "FP-2.1/main", "heal: healed (unmet: file.kept(state.weights)"),
    (
        "has the manual steps of another",
        "FP-1.1/main",
        "detail.manual_steps: the manual steps name trading-bot.service, not uw-flow-daemon.service",
    ),
    ("empties the cooldowns", "FP-1.1/main", "always.others_files_kept: monitor wrote state.coold"),
    ("has no words", "FP-2.1/main", "detect.message: the message is empty"),
    (
        "has the words of a healthy bot",
        "FP-2.1/main",
        "detect.message: the message is the one shown while all was OK",
    ),
    ("has the words of another", "FP-2.1/main", "detect.message: the message names FP-6.4"),
    ("forgets symbols after a block", "FP-3.1/flag", "recover.share.considered:"),
    ("forgets symbols when restarted", "FP-6.2/exit_code", "recover.share:"),
    ("lifts a person's freeze", "FP-3.1/main", "heal.none: monitor wrote state.freezes"),
    ("doubles its size when restarted", "FP-6.2/main", "always.entries_sized_as_before:"),
    ("never exits when restarted", "FP-6.2/main", "always.exits_not_blocked: the exit of DIA"),
    ("sells what it skips", "FP-2.1/main", "always.no_entry_while_blocked:"),
    ("buys at the market when restarted", "FP-6.2/main", "always.entries_priced_as_before:"),
    ("pays any price when restarted", "FP-6.2/main", "always.entries_priced_as_before:"),
]


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner("subtle.py:SubtleBot", base=str(HERE)) as result:
        yield result


@pytest.mark.parametrize(
    ("bad", "id", "clause"), FOUND, ids=[f"{bad}, {id}" for bad, id, _ in FOUND]
)
def test_a_subtle_defect_is_named(bad: str, id: str, clause: str, runner: Runner) -> None:
    plan = next(plan for plan in plans()[id.split("/")[0]] if plan.id == id)
    spoilt = dataclasses.replace(plan, world={**plan.world, "bad": bad}, break_healer=False)

    record = runner.run(spoilt)

    assert record.verdict is Verdict.FAIL, record.reasons
    assert says(record, [clause]), record.reasons


def test_every_defect_is_tried() -> None:
    assert {bad for bad, _, _ in FOUND} == set(DEFECTS)
