from __future__ import annotations

import json
import signal

import pytest

from pytest_fpharness.world.context import PortContext
from pytest_fpharness.world.processes.entry import ZOMBIE
from pytest_fpharness.world.processes.table import ProcessTable
from pytest_fpharness.world.processes.units import journal, show
from pytest_fpharness.world.time.clock import Clock

UNIT = "bot.service"


@pytest.fixture
def table() -> ProcessTable:
    table = ProcessTable(PortContext(Clock(0), lambda: "", lambda kind, /, **facts: None))
    table.declare("bot", ("python", "bot.py"), UNIT)
    table.spawn("bot")
    return table


def state(table: ProcessTable, *names: str) -> str:
    return show(table, [UNIT, "-p", ",".join(names), "--value"]).strip()


def end(table: ProcessTable, code: int | None = None, signum: int = signal.SIGKILL) -> None:
    entry = table.current("bot")
    assert entry is not None
    table.end(entry, signum, code)


def test_a_unit_that_runs(table: ProcessTable) -> None:
    assert state(table, "ActiveState", "Result") == "active\nsuccess"


@pytest.mark.parametrize(("code", "result"), [(1, "exit-code"), (None, "signal")])
def test_a_unit_that_failed(table: ProcessTable, code: int | None, result: str) -> None:
    end(table, code)
    assert state(table, "ActiveState", "Result") == f"failed\n{result}"


@pytest.mark.parametrize("code", [0, -signal.SIGTERM])
def test_a_unit_that_ended_well(table: ProcessTable, code: int) -> None:
    end(table, code)
    assert state(table, "ActiveState", "Result") == "inactive\nsuccess"


def test_a_zombie_has_not_ended_for_its_manager(table: ProcessTable) -> None:
    entry = table.current("bot")
    assert entry is not None
    end(table)
    entry.status = ZOMBIE
    assert state(table, "ActiveState") == "active"


def test_a_restart_that_is_due(table: ProcessTable) -> None:
    end(table, 1)
    table.pending.add("bot")
    assert state(table, "ActiveState") == "activating"


def test_a_start_limit_that_was_reached(table: ProcessTable) -> None:
    end(table, 1)
    table.limited.add("bot")
    assert state(table, "Result") == "start-limit-hit"


def test_only_automatic_restarts_are_counted(table: ProcessTable) -> None:
    end(table, 1)
    table.spawn("bot")
    end(table, 1)
    table.actor = lambda: "supervisor"
    table.spawn("bot")
    assert state(table, "NRestarts") == "1"


@pytest.mark.parametrize("words", [["-p", "MainPID", UNIT], [UNIT, "--property=MainPID"]])
def test_named_properties(table: ProcessTable, words: list[str]) -> None:
    assert show(table, words) == "MainPID=4001\n"


def test_the_journal_holds_how_it_ended(table: ProcessTable) -> None:
    end(table, 1)
    line = json.loads(journal(table, ["-u", "bot", "-o", "json", "-n", "1"]))
    assert line["MESSAGE"] == "bot.service: Main process exited, code=exited, status=1"


def test_the_journal_of_another_unit_is_empty(table: ProcessTable) -> None:
    end(table, 1)
    assert journal(table, ["--unit=other", "-n", "5"]) == ""
