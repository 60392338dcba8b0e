from __future__ import annotations

import errno

import pytest

from pytest_fpharness.world.filesystem.disk import TOTAL, Disk


@pytest.fixture
def disk() -> Disk:
    found = Disk()
    found.used = TOTAL - 100
    return found


def test_what_fits_is_charged(disk: Disk) -> None:
    assert disk.charge(60) == 60
    assert disk.free == 40


def test_the_last_write_is_short(disk: Disk) -> None:
    assert disk.charge(150) == 100
    assert disk.failed == 0


def test_then_nothing_fits(disk: Disk) -> None:
    disk.charge(100)
    with pytest.raises(OSError) as error:
        disk.charge(1)
    assert error.value.errno == errno.ENOSPC
    assert disk.failed == 1


def test_nothing_at_all_always_fits(disk: Disk) -> None:
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
    found = disk.statvfs()
    assert found.f_bavail * found.f_frsize == disk.usage().free == 40_960
    assert found.f_favail == disk.inodes_free


def test_more_used_than_there_is_leaves_nothing(disk: Disk) -> None:
    disk.used = TOTAL + 5
    assert disk.usage().free == 0
