from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from pytest_fpharness.reference_bot import files
from pytest_fpharness.reference_bot.health import newest, read_health
from pytest_fpharness.reference_bot.monitoring import monitor
from pytest_fpharness.reference_bot.monitoring.checks import CHECKS, Finding, Pass
from pytest_fpharness.reference_bot.monitoring.heals.system import SYSTEM_HEALS
from pytest_fpharness.reference_bot.monitoring.monitor import Monitor
from pytest_fpharness.reference_bot.trading import guards
from tests.support.monitoring_rig import SETTINGS, Rig, make_rig, write

TOTAL = 50 * 10**9


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        made = make_rig(monkeypatch, tmp_path, mock)
        Path("run").mkdir()
        leave(monkeypatch, 40 * 10**9)
        yield made


def leave(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    usage = shutil._ntuple_diskusage(TOTAL, TOTAL - free, free)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)


def refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)


def find() -> Finding:
    return CHECKS["FP-6.4"](Pass(SETTINGS))


@pytest.mark.parametrize(
    ("free", "status"),
    [(5 * 10**9 + 1, "OK"), (5 * 10**9, "WARN"), (10**8, "WARN"), (10**8 - 1, "ERROR")],
)
def test_the_limits_of_the_free_space(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, free: int, status: str
) -> None:
    leave(monkeypatch, free)
    assert find().status == status


def test_what_cannot_be_written_is_an_error(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch)
    assert (find().status, find().values["disk_writable"]) == ("ERROR", False)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("state/x.json", {"old": 1})
    refuse(monkeypatch)
    with pytest.raises(OSError, match="No space"):
        files.write_json("state/x.json", {"new": 1})
    assert files.read_json("state/x.json") == {"old": 1}
    assert list(Path("state").glob("*.tmp")) == []


def test_nothing_is_entered_that_cannot_be_written_down(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch)
    facts = guards.Facts(rig.clock.now, "normal", "", None, "")
    assert guards.GUARDS["disk"](facts) == "the disk cannot be written: No space left on device"


def test_only_old_logs_are_removed(rig: Rig) -> None:
    for name in ("logs/bot.jsonl", "logs/bot.jsonl.1", "logs/bot.jsonl.2", "state/a.jsonl.1"):
        Path(name).write_text("")
    heal, current = SYSTEM_HEALS["FP-6.4"], Pass(SETTINGS)
    heal.act(current, find(), {})
    assert Path("logs/bot.jsonl").exists() and Path("state/a.jsonl.1").exists()
    assert not heal.possible(current, find())


def test_a_snapshot_that_the_disk_refuses_is_read_from_memory(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Any = files.write_json

    def some(path: str, *content: Any, **more: Any) -> None:
        if path.startswith("state/"):
            raise OSError(errno.ENOSPC, "full")
        real(path, *content, **more)

    watch = Monitor(settings=SETTINGS)
    watch.check()
    rig.clock.now += 30
    monkeypatch.setattr(monitor, "write_json", some)
    watch.check()
    assert read_health()["checked_at"] == rig.clock.now


def test_the_copy_in_memory_goes_when_the_disk_takes_one_again(rig: Rig) -> None:
    write("run/health.json", {})
    Monitor(settings=SETTINGS).check()
    assert not Path("run/health.json").exists()
    assert newest("state/health.json") is not None
