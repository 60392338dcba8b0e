from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fpharness.model.layout import FileBinding, Layout
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.world.world import World
from tests.support.fault_bench import inject


def test_without_inodes_only_new_files_fail(world: World) -> None:
    fault = inject(world, "disk.no_inodes")
    with pytest.raises(OSError, match="No space"):
        world.disk.check_inode("new")
    assert world.disk.charge(10) == 10
    fault.undo()
    world.disk.check_inode("new")


def test_reading_the_free_space_of_a_full_disk_meets_the_fault(world: World) -> None:
    fault = inject(world, "disk.full", free=10)
    with world.as_actor("monitor"):
        assert world.disk.usage().free == 10
    assert fault.met == 1


@pytest.fixture
def rotated(tmp_path: Path) -> World:
    logs = {"log.bot": FileBinding("logs/bot.log", codec="text")}
    return World(str(tmp_path), Layout(files=logs))


def test_old_logs_use_the_space_until_the_last_one_is_removed(rotated: World) -> None:
    fault = inject(rotated, "disk.old_logs")
    over = Event(0, "task.end", "monitor", {"task": "check"})
    rotated.files.put("logs/bot.log.1", None)
    assert (rotated.disk.free, fault.clears(over)) == (50_000_000, False)
    rotated.files.put("logs/bot.log.2", None)
    assert fault.clears(over)
    fault.undo()
    assert rotated.disk.free == 40 * 10**9


def test_undoing_old_logs_removes_them(rotated: World) -> None:
    inject(rotated, "disk.old_logs").undo()
    assert rotated.files.raw_bytes("logs/bot.log.1") is None
