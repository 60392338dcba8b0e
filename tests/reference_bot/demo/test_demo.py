from __future__ import annotations

import functools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from pytest_fpharness.reference_bot import __main__ as command
from pytest_fpharness.reference_bot.dashboard.app import rows
from pytest_fpharness.reference_bot.dashboard.serving import HOST, PortError, dashboard_server
from pytest_fpharness.reference_bot.demo.machine import Machine
from pytest_fpharness.reference_bot.demo.show import BREAKS, working
from pytest_fpharness.reference_bot.health import read_health


class Clock:
    """Replaces `time.time` and `time.sleep`, so that no test waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.time()
        monkeypatch.setattr(time, "time", lambda: self.now)
        monkeypatch.setattr(time, "sleep", self.pass_)

    def pass_(self, seconds: float) -> None:
        self.now += seconds


class Demo:
    """The demo's bot, running in a temporary directory."""

    def __init__(self, machine: Machine, clock: Clock, lines: list[str]) -> None:
        self.machine, self.clock, self.lines = machine, clock, lines

    def run(self, seconds: float) -> None:
        until = self.clock.now + seconds
        while self.clock.now < until:
            self.clock.now += self.machine.turn()


@pytest.fixture(autouse=True)
def restored_sigterm() -> Iterator[None]:
    """The command installs a handler that would outlive the test."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Demo]:
    monkeypatch.chdir(tmp_path)
    clock, lines = Clock(monkeypatch), list[str]()
    with working(lines.append) as machine:
        yield Demo(machine, clock, lines)


def test_a_newcomer_sees_a_healthy_bot(demo: Demo) -> None:
    shown = rows()
    assert len(shown) == 37
    assert {row["status"] for row in shown.values()} == {"OK"}
    assert read_health()["readiness"] == "GREEN"


def test_it_trades_and_stays_healthy(demo: Demo) -> None:
    demo.run(11 * 60)
    trades = [json.loads(line) for line in Path("logs/trades.jsonl").read_text().splitlines()]
    assert {line["side"] for line in trades} == {"buy", "sell"}
    assert read_health()["readiness"] == "GREEN"
    assert demo.lines == []


@pytest.mark.parametrize("fp", sorted(BREAKS))
def test_what_is_broken_shows_in_its_row_and_alerts(demo: Demo, fp: str) -> None:
    BREAKS[fp](demo.machine)
    demo.run(65)
    assert [change["from"] for change in rows()[fp]["trend"]][:1] == ["OK"]
    assert any(f" fire {fp}: " in line for line in demo.lines)


@pytest.mark.parametrize("fp", ["FP-1.1", "FP-2.1", "FP-6.1"])
def test_what_the_bot_can_heal_is_well_again(demo: Demo, fp: str) -> None:
    BREAKS[fp](demo.machine)
    demo.run(240)
    row = rows()[fp]
    assert (row["status"], row["healing"]["successes"]) == ("OK", 1)
    assert any(f" resolved {fp}: " in line for line in demo.lines)


def test_no_other_host_is_reached(demo: Demo) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.get("https://example.org/", timeout=1)


def test_what_it_replaces_is_there_again_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = (requests.Session.get_adapter, socket.create_connection, subprocess.run)
    with working(lambda line: None):
        assert subprocess.run is not before[2]
    assert (requests.Session.get_adapter, socket.create_connection, subprocess.run) == before


# serving


@contextmanager
def served() -> Iterator[str]:
    with dashboard_server(0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def fetch(url: str) -> tuple[str, Any]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode(), answer.headers


def test_reading_the_served_pages_changes_nothing(demo: Demo, tmp_path: Path) -> None:
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    with served() as url:
        assert "GREEN" in fetch(f"{url}/")[0]
        assert "Manual steps" in fetch(f"{url}/fp/FP-1.1")[0]
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_an_idle_connection_does_not_block_others(demo: Demo) -> None:
    with served() as url, socket.socket() as idle:
        idle.connect((HOST, int(url.rpartition(":")[2])))
        assert "GREEN" in fetch(f"{url}/api/readiness")[0]


def test_a_page_may_load_nothing(demo: Demo) -> None:
    with served() as url:
        assert "default-src 'none'" in fetch(f"{url}/")[1]["Content-Security-Policy"]


def test_a_port_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortError, match=rf"{port}: Address already in use.*--port {port + 1}"):
            dashboard_server(port)


def test_the_command_says_so_and_ends(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        assert command.main(["--port", str(taken.getsockname()[1])]) == 2
    assert capsys.readouterr().err.startswith("cannot serve on 127.0.0.1:")


def test_a_port_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--port", "99999"]) == 2
    assert "cannot serve on 127.0.0.1:99999" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--break", "FP-9.9"], ["bot", "--break", "FP-1.1"]])
def test_what_cannot_be_broken(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2
    assert "--break" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_stopped(number: int, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "pytest_fpharness.reference_bot", "--port", "0"]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    heard = functools.partial(
        signal.signal, number, signal.SIG_DFL
    )  # a job of a script hears no SIGINT
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, text=True, env=environment, preexec_fn=heard
    ) as demo:
        assert demo.stdout is not None
        url = demo.stdout.readline().split()[-1]
        demo.stdout.readline()
        try:
            assert "GREEN" in fetch(f"{url}api/readiness")[0]
            demo.send_signal(number)
            assert demo.wait(20) == 0
        finally:
            demo.kill()
    assert list(tmp_path.iterdir()) == []
