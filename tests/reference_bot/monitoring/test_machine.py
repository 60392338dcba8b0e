from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from pytest_fpharness.reference_bot.monitoring.alerts import _post
from pytest_fpharness.reference_bot.monitoring.checks import CHECKS, Finding, Pass
from pytest_fpharness.reference_bot.monitoring.heals.system import SYSTEM_HEALS
from tests.support.monitoring_rig import HOOK, SETTINGS, Rig, lines, make_rig

GIB = 1024**3


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield make_rig(monkeypatch, tmp_path, mock)


def find(fp: str, memory: dict[str, Any] | None = None, times: int = 1) -> Finding:
    memory = {} if memory is None else memory
    return [CHECKS[fp](Pass(SETTINGS, memory)) for _ in range(times)][-1]


# -- memory ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("used", "status"), [(84.9, "OK"), (85.0, "WARN"), (94.9, "WARN"), (95.0, "ERROR")]
)
def test_the_limits_of_the_memory_in_use(rig: Rig, used: float, status: str) -> None:
    rig.memory = used
    assert find("FP-6.5").status == status


@pytest.mark.parametrize(("own", "status"), [(GIB, "OK"), (GIB + 1, "WARN")])
def test_the_limit_of_the_bot_itself(rig: Rig, own: int, status: str) -> None:
    rig.bot_memory = own
    assert find("FP-6.5").status == status


@pytest.mark.parametrize(("own", "possible"), [(GIB + 1, True), (GIB, False)])
def test_only_a_bot_that_is_too_large_is_restarted(rig: Rig, own: int, possible: bool) -> None:
    rig.memory, rig.bot_memory = 96.0, own
    finding = find("FP-6.5")
    assert SYSTEM_HEALS["FP-6.5"].possible(Pass(SETTINGS), finding) is possible


def test_a_bot_that_the_kernel_ended_is_left_to_systemd(rig: Rig) -> None:
    rig.service.update(ActiveState="activating", Result="oom-kill")
    finding = find("FP-6.5")
    assert finding.status == "ERROR"
    assert SYSTEM_HEALS["FP-6.5"].waits(Pass(SETTINGS), finding)


def test_a_kill_by_the_kernel_is_known_from_the_journal(rig: Rig) -> None:
    rig.service["NRestarts"] = "1"
    end = "trading-bot.service: Main process exited, code=killed, status=9"
    rig.journal = ["A process of this unit has been killed by the OOM killer.", end]
    assert find("FP-6.5").status == "ERROR"


# -- network --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("times", "status"), [(1, "OK"), (2, "WARN")])
def test_a_vendor_that_is_lost_twice_is_a_warning(rig: Rig, times: int, status: str) -> None:
    rig.vendor_down = True
    finding = find("FP-6.6", times=times)
    assert (finding.status, finding.values["vendor_reachable"]) == (status, False)


@pytest.mark.parametrize("status", [401, 503])
def test_a_refusal_of_the_broker_is_an_answer(rig: Rig, status: int) -> None:
    rig.clock_status = status
    assert find("FP-6.6", times=3).status == "OK"


def test_a_broker_that_is_lost_is_an_error(rig: Rig) -> None:
    assert find("FP-6.6", {"broker_session": _Lost()}, times=2).status == "ERROR"


class _Lost:
    def get(self, url: str, timeout: float) -> Any:
        raise requests.ConnectionError


def test_a_portal_is_not_the_vendor(rig: Rig) -> None:
    lines("logs/uw_flow_daemon.jsonl", {"ts": rig.clock.now, "error": "the answer is not JSON"})
    assert find("FP-6.6", times=2).status == "WARN"


def test_slow_answers_are_a_warning(rig: Rig) -> None:
    slow = rig.clock

    class Slow:
        def get(self, url: str, timeout: float) -> Any:
            slow.now += 3
            return _Answer()

    assert find("FP-6.6", {"broker_session": Slow()}, times=2).status == "WARN"


class _Answer:
    status_code = 200

    def json(self) -> dict[str, bool]:
        return {"is_open": True}


def test_an_alert_that_a_portal_took_has_not_left(tmp_path: Path) -> None:
    with responses.RequestsMock() as mock:
        mock.add("POST", HOOK, body="<html></html>", content_type="text/html")
        assert _post(HOOK, {}) == "an HTML page"
