from __future__ import annotations

import errno
from pathlib import Path

import pytest

from pytest_fpharness.model.layout import Layout
from pytest_fpharness.world.filesystem.disk import TOTAL, Disk
from pytest_fpharness.world.world import World


@pytest.fixture
def disk() -> Disk:
    disk = Disk()
    disk.used = TOTAL - 100
    return disk


def test_bytes_that_fit_are_charged(disk: Disk) -> None:
    assert disk.charge(60) == 60
    assert disk.free == 40


def test_a_write_beyond_the_free_space_is_short(disk: Disk) -> None:
    assert disk.charge(150) == 100
    assert disk.failed == 0


def test_nothing_fits_on_a_full_disk(disk: Disk) -> None:
    disk.charge(100)
    with pytest.raises(OSError) as error:
        disk.charge(1)
    assert error.value.errno == errno.ENOSPC
    assert disk.failed == 1


def test_zero_bytes_always_fit(disk: Disk) -> None:
    disk.used = TOTAL
    assert disk.charge(0) == 0


def test_read_only(disk: Disk) -> None:
    disk.read_only = True
    for call in (lambda: disk.charge(1), lambda: disk.check_inode("a")):
        with pytest.raises(OSError) as error:
            call()
        assert error.value.errno == errno.EROFS
    assert disk.failed == 2


def test_no_inode_left(disk: Disk) -> None:
    disk.inodes_free = 0
    with pytest.raises(OSError) as error:
        disk.check_inode("a")
    assert error.value.errno == errno.ENOSPC
    disk.check_writable("a")


def test_usage_and_statvfs_agree(disk: Disk) -> None:
    disk.used = TOTAL - 40_960
    stats = disk.statvfs()
    assert stats.f_bavail * stats.f_frsize == disk.usage().free == 40_960
    assert stats.f_favail == disk.inodes_free


def test_an_overfull_disk_has_no_free_space(disk: Disk) -> None:
    disk.used = TOTAL + 5
    assert disk.usage().free == 0


def test_a_directory_in_memory_is_not_on_the_disk(tmp_path: Path) -> None:
    world = World(str(tmp_path), Layout(memory_dirs=("run",)))
    assert world.files.disk_of(world.files.full("run/health.json")) is world.files.memory
    assert world.files.disk_of(world.files.full("running.json")) is world.disk
