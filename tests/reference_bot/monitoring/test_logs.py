"""Rotation of the bot's logs: no reader loses or repeats a line."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fpharness.reference_bot import files, history
from pytest_fpharness.reference_bot.files import Tail, append_line, read_lines, rotate
from pytest_fpharness.reference_bot.monitoring.monitor import Monitor
from pytest_fpharness.reference_bot.trading.books import TRADES
from pytest_fpharness.reference_bot.trading.journal import LOGS, Journal
from tests.support.monitoring_rig import SETTINGS, Rig, make_rig

LAST = 7


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield make_rig(monkeypatch, tmp_path, mock)


class Log:
    """A log, and all lines ever written to it."""

    def __init__(self, directory: str) -> None:
        self.path = f"{directory}/bot.jsonl"
        self.all: list[int] = []
        self.copied = 0  # the first line of the copy; those before it are gone
        self.begins = 0  # the first line of the file

    def append(self, count: int) -> None:
        for _ in range(count):
            append_line(self.path, {"n": len(self.all)})
            self.all.append(len(self.all))

    def rotate(self) -> None:
        if Path(self.path).exists():
            self.copied, self.begins = self.begins, len(self.all)
        rotate(self.path, 0)


def _numbers(lines: list[dict[str, Any]]) -> list[int]:
    return [line["n"] for line in lines]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["append", "append many", "rotate", "look"]), max_size=30))
def test_readers_lose_and_double_nothing(steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        log = Log(directory)
        tail = Tail(log.path, keep=LAST)
        for step in [*steps, "look"]:
            if step == "rotate":
                log.rotate()
            elif step.startswith("append"):
                log.append(5 if "many" in step else 1)
            else:
                on_disk = log.all[log.copied :][-LAST:]
                assert _numbers(read_lines(log.path, LAST)) == on_disk
                numbers = _numbers(tail.lines(LAST))
                assert len(numbers) >= len(on_disk)
                assert numbers == log.all[len(log.all) - len(numbers) :]


def test_a_tail_reads_on_while_only_the_copy_is_there(tmp_path: Path) -> None:
    log = Log(str(tmp_path))
    tail = Tail(log.path)
    log.append(2)
    tail.lines(LAST)
    log.append(1)
    log.rotate()
    assert _numbers(tail.lines(LAST)) == [0, 1, 2]


def test_a_log_that_is_rotated_between_two_reads_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(str(tmp_path))
    log.append(3)
    read = files._bytes

    def reads_and_rotates(path: str) -> bytes:
        data = read(path)
        rotate(log.path, 0)
        return data

    monkeypatch.setattr(files, "_bytes", reads_and_rotates)
    assert _numbers(read_lines(log.path)) == [0, 1, 2]


def test_a_short_log_stays(tmp_path: Path) -> None:
    log = Log(str(tmp_path))
    log.append(3)
    rotate(log.path)
    rotate(f"{tmp_path}/none.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["bot.jsonl"]


@pytest.mark.usefixtures("home")
def test_the_monitor_rotates_its_log_and_its_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 1_500)
    monitor = Monitor(settings=SETTINGS)
    for number in range(30):
        history.record_heal(number, "FP-1.1", "heal", f"attempt {number}")
    monitor.check()
    for path in (history.LOG, history.HISTORY):
        assert Path(f"{path}.1").stat().st_size > 1_500
        texts = [line["text"] for line in read_lines(path) if line.get("event") == "heal"]
        assert [text.removeprefix("FP-1.1: ") for text in texts] == [
            f"attempt {number}" for number in range(30)
        ]


@pytest.mark.usefixtures("home")
def test_the_bot_rotates_its_logs_but_never_the_book_of_fills(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 1_500)
    for path in (*LOGS, TRADES):
        for number in range(300):
            append_line(path, {"n": number})
    journal = Journal()
    journal.begin(0.0)
    journal.write_cycle("normal")
    assert all(Path(f"{path}.1").exists() for path in LOGS)
    assert not Path(f"{TRADES}.1").exists()
    assert _numbers(read_lines(TRADES, 300)) == list(range(300))
