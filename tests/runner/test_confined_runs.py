"""What a bot does outside its world has no effect, fails its run, and is reported with its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.runner.runner import Runner
from tests.support.bots import FOLDER
from tests.support.tiny_plans import clause, events, tiny_plan

pytestmark = pytest.mark.acceptance

Runners = Callable[..., Runner]
BOTS = Path(FOLDER)
LINES = (BOTS / "escaping.py").read_text().splitlines()


def line_of(bot: str) -> int:
    """The number of the line that leaves the world: the last one of the bot's class."""
    first = next(i for i, line in enumerate(LINES) if line.startswith(f"class {bot}("))
    marked = {"Thread": "os.mkdir", "Finalizer": "os.mkdir", "Listens": "bind", "Sends": "sendto"}
    what = marked.get(bot)
    for number in range(first + 1, len(LINES)):
        if what and what in LINES[number]:
            return number + 1
        if not what and not LINES[number].strip():
            body = [i for i in range(first, number) if LINES[i].strip()]
            if LINES[number + 1 : number + 2] == [""]:
                return body[-1] + 1
    raise AssertionError(bot)


@pytest.mark.parametrize(
    ("bot", "what"),
    [
        ("Mkdir", "file"), ("RawFile", "file"), ("Touch", "file"), ("Link", "file"),
        ("Database", "file"), ("Reads", "read"), ("Command", "command"), ("Shell", "command"),
        ("Sends", "network"), ("Listens", "network"), ("Thread", "file"), ("Finalizer", "file"),
    ],
)  # fmt: skip
def test_an_escape_fails_the_run_and_names_the_line(
    runner_of: Runners, bot: str, what: str
) -> None:
    record = runner_of(f"escaping.py:{bot}", wall=20.0).run(tiny_plan(), companions=False)
    assert not (BOTS / "escaped").exists()
    assert record.verdict in (Verdict.FAIL, Verdict.ERROR)
    escape = events(record, "escape")[0]
    assert (escape.facts["what"], escape.facts["place"]) == (what, f"escaping.py:{line_of(bot)}")
    if record.verdict is Verdict.FAIL:
        assert f"at escaping.py:{line_of(bot)}" in clause(record, "escape").reason


def test_a_bound_name_is_answered_by_the_world(runner_of: Runners) -> None:
    record = runner_of("escaping.py:Kill", wall=20.0).run(tiny_plan(), companions=False)
    assert record.verdict is Verdict.PASS, record.reasons


def test_temporary_files_and_home_lie_inside_the_run(runner_of: Runners) -> None:
    record = runner_of("escaping.py:Temporary", wall=20.0).run(tiny_plan(), companions=False)
    assert record.verdict is Verdict.PASS, record.reasons


def test_what_is_done_at_import_fails_every_run(runner_of: Runners) -> None:
    record = runner_of("escaping_at_import.py:Bot", wall=20.0).run(tiny_plan(), companions=False)
    assert not (BOTS / "escaped_at_import").exists()
    places = [event.facts["place"] for event in events(record, "escape", "import")]
    assert places[:2] == ["escaping_at_import.py:15", "escaping_at_import.py:17"]
    assert record.verdict is not Verdict.PASS


@pytest.mark.parametrize("bot", ["RewritesTheJudge", "ReportsItself", "ForgetsTheFault"])
def test_a_blind_bot_cannot_make_itself_green(runner_of: Runners, bot: str) -> None:
    record = runner_of(f"forging.py:{bot}", wall=20.0).run(tiny_plan())
    assert record.verdict is Verdict.FAIL
    assert any("ERROR was due by" in reason for reason in record.reasons)
