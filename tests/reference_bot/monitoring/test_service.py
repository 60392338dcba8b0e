from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from pytest_fpharness.reference_bot.monitoring.checks import CHECKS, Finding, Pass
from pytest_fpharness.reference_bot.monitoring.heals.system import SYSTEM_HEALS
from pytest_fpharness.reference_bot.monitoring.monitor import Monitor
from pytest_fpharness.reference_bot.settings import UNITS
from tests.support.monitoring_rig import SETTINGS, START, Rig, lines, make_rig, read

KILLED = "trading-bot.service: Main process exited, code=killed, status=9"
RAISED = ["RuntimeError: boom", "trading-bot.service: Main process exited, code=exited, status=1"]


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield make_rig(monkeypatch, tmp_path, mock)


def find(fp: str, memory: dict[str, Any] | None = None) -> Finding:
    return CHECKS[fp](Pass(SETTINGS, memory))


@pytest.mark.parametrize("status", ["zombie", "dead"])
def test_a_bot_that_has_ended_does_not_run(rig: Rig, status: str) -> None:
    rig.processes["bot"] = status
    assert find("FP-6.1").status == "ERROR"


def test_a_stopped_bot_is_there_and_somebody_elses_matter(rig: Rig) -> None:
    rig.processes["bot"] = "stopped"
    assert find("FP-6.1").status == "OK"


@pytest.mark.parametrize("argv", [["python", "main.py"], ["tail", "-f", "bot"]])
def test_another_command_line_is_not_the_bot(rig: Rig, argv: list[str]) -> None:
    del rig.processes["bot"]
    rig.extra_argv = [argv]
    assert find("FP-6.1").status == "ERROR"


def test_a_bot_that_was_stopped_is_started_by_the_monitor(rig: Rig) -> None:
    del rig.processes["bot"]
    rig.service["ActiveState"] = "inactive"
    Monitor(settings=SETTINGS).check()
    assert [unit for _, unit in rig.restarts] == [UNITS["bot"]]


@pytest.mark.parametrize("state", ["activating", "failed"])
def test_a_crashed_bot_is_left_to_systemd(rig: Rig, state: str) -> None:
    del rig.processes["bot"]
    rig.service["ActiveState"] = state
    Monitor(settings=SETTINGS).check()
    assert rig.restarts == []


@pytest.mark.parametrize("fp", ["FP-6.1", "FP-6.2"])
def test_a_unit_that_gave_up_needs_a_person(rig: Rig, fp: str) -> None:
    rig.service["ActiveState"] = "failed"
    assert SYSTEM_HEALS[fp].exhausted(Pass(SETTINGS), find(fp))


def test_one_restart_is_a_warning_with_its_cause(rig: Rig) -> None:
    rig.service["NRestarts"], rig.journal = "1", RAISED
    finding = find("FP-6.2")
    assert (finding.status, finding.values["crash_count"]) == ("WARN", 1)
    assert finding.values["last_crash"] == "RuntimeError: boom (code=exited, status=1)"


def test_two_restarts_are_a_loop(rig: Rig) -> None:
    rig.service["NRestarts"], rig.journal = "2", [KILLED]
    assert find("FP-6.2").status == "ERROR"


def test_two_whole_cycles_after_a_crash_are_well(rig: Rig) -> None:
    rig.service["NRestarts"] = "1"
    memory: dict[str, Any] = {}
    find("FP-6.2", memory)
    lines("logs/cycles.jsonl", {"ts": START + 1}, {"ts": START + 61})
    rig.clock.now += 90
    assert find("FP-6.2", memory).status == "OK"


def test_a_crash_is_counted_once_over_passes_and_monitors(rig: Rig) -> None:
    rig.service["NRestarts"] = "1"
    for _ in range(2):
        assert find("FP-6.2").values["crash_count"] == 1
    assert read("state/crashes.json")["seen"] == 1


def test_a_unit_that_is_down_has_crashed_once_more_than_it_was_restarted(rig: Rig) -> None:
    rig.service.update(ActiveState="failed", Result="start-limit-hit", NRestarts="4")
    finding = find("FP-6.2")
    assert (finding.status, finding.values["crash_count"]) == ("ERROR", 5)


def test_a_counter_that_begins_anew_forgets_no_crash(rig: Rig) -> None:
    memory: dict[str, Any] = {}
    rig.service["NRestarts"] = "3"
    find("FP-6.2", memory)
    rig.service["NRestarts"] = "0"
    assert find("FP-6.2", memory).values["crash_count"] == 3


def test_the_details_of_a_crash_are_logged(rig: Rig) -> None:
    rig.service["NRestarts"], rig.journal = "1", [KILLED]
    find("FP-6.2")
    assert "status=9" in Path("logs/monitor.jsonl").read_text()


def test_a_manager_that_does_not_answer_is_not_well(rig: Rig) -> None:
    rig.service.clear()
    assert find("FP-6.2").status == "WARN"
