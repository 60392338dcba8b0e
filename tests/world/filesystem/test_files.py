from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.world import World
from tests.support.world_bench import acting, kinds, make_world

PATH = "state/positions.json"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.chdir(tmp_path)
    world = make_world(tmp_path)
    world.files.put(PATH, b'{"at": 5}')
    with acting(world, world.file_calls):
        yield world


class Shown:
    """An overlay that shows other bytes, or none."""

    def __init__(self, data: bytes | None, *, swallow: bool = False, mtime: int = 0) -> None:
        self.data, self.swallow, self.time = data, swallow, mtime

    def read(self, data: bytes | None, actor: str) -> bytes | None:
        return self.data if actor else data

    def mtime(self, real: int | None, actor: str) -> int | None:
        return self.time or real

    def swallows_writes(self, actor: str) -> bool:
        return self.swallow


def show(world: World, data: bytes | None, *, swallow: bool = False, mtime: int = 0) -> None:
    world.files.overlays[world.files.full(PATH)] = Shown(data, swallow=swallow, mtime=mtime)


def fill(world: World, free: int = 0) -> None:
    world.disk.used = world.disk.total - free


# -- facts ----------------------------------------------------------------------------------------


def test_a_read_is_a_fact_with_the_age(world: World) -> None:
    Path(PATH).read_text()
    [event] = world.timeline.of("file.read")
    age = world.clock.wall_ns() - 5 * SECOND
    assert (event.actor, dict(event.facts)) == ("bot", {"role": "state.positions", "age": age})


def test_a_file_nested_too_deeply_to_be_read_has_no_age_and_breaks_nothing(world: World) -> None:
    show(world, b"[" * 100_000)
    assert Path(PATH).read_text().startswith("[[[")
    [event] = world.timeline.of("file.read")
    assert event.facts["age"] is None


def test_a_write_is_a_fact_when_it_is_closed(world: World) -> None:
    with open(PATH, "w") as file:
        file.write("{}")
        assert "file.write" not in kinds(world)
    assert kinds(world) == ["file.write"]


def test_an_atomic_write_is_one_write(world: World) -> None:
    Path("state/new").write_text("{}")
    os.replace("state/new", PATH)
    assert kinds(world) == ["file.write"]


def test_a_removal_is_a_fact(world: World) -> None:
    os.remove(PATH)
    assert kinds(world) == ["file.delete"]


def test_whole_lines_of_a_log_are_recorded(world: World) -> None:
    output: list[str] = []
    world.files.on_line.append(lambda role, line, actor: output.append(f"{role} {line} {actor}"))
    os.mkdir("logs")
    for text in ("one\ntw", "o\n"):
        with open("logs/bot.jsonl", "a") as file:
            file.write(text)
    assert output == ["log.bot one bot", "log.bot two bot"]


def test_the_worlds_own_reads_are_not_facts(world: World) -> None:
    with world.as_actor(""):
        Path(PATH).read_text()
    assert world.files.json("state.positions") == {"at": 5}
    assert kinds(world) == []


# -- overlays -------------------------------------------------------------------------------------


def test_an_overlay_is_read_and_measured(world: World) -> None:
    show(world, b"xyz", mtime=7 * SECOND)
    assert Path(PATH).read_bytes() == b"xyz"
    assert (os.stat(PATH).st_size, os.stat(PATH).st_mtime) == (3, 7)
    assert os.lstat(PATH).st_mtime_ns == 7 * SECOND


def test_an_overlay_can_hide_a_file(world: World) -> None:
    show(world, None)
    with pytest.raises(FileNotFoundError):
        Path(PATH).read_text()
    assert not os.path.exists(PATH) and not os.access(PATH, os.R_OK)


def test_an_overlay_can_swallow_writes(world: World) -> None:
    show(world, b"old", swallow=True)
    Path(PATH).write_text("new")
    Path("state/new").write_text("new")
    os.replace("state/new", PATH)
    assert world.files.raw_bytes(world.files.full(PATH)) == b'{"at": 5}'
    assert not os.path.exists("state/new")


def test_an_overlay_holds_from_every_directory(world: World) -> None:
    show(world, b"xyz")
    os.chdir("state")
    assert Path("positions.json").read_bytes() == b"xyz"
    os.chdir("..")


def test_an_overlay_holds_over_a_directory_descriptor(world: World) -> None:
    show(world, b"xyz")
    fd = os.open("state", os.O_RDONLY)
    assert os.stat("positions.json", dir_fd=fd).st_size == 3
    os.close(fd)


# -- the disk -------------------------------------------------------------------------------------


def test_a_full_disk_takes_what_fits(world: World) -> None:
    fill(world, 3)
    with pytest.raises(OSError) as error, open("a", "wb", buffering=0) as file:
        assert file.write(b"12345") == 3
        file.write(b"45")
    assert error.value.errno == errno.ENOSPC
    assert Path("a").read_bytes() == b"123"


def test_a_buffered_write_fails_at_close(world: World) -> None:
    fill(world)
    file = open("a", "w")  # noqa: SIM115
    file.write("x")
    with pytest.raises(OSError):
        file.close()


def test_a_temporary_file_meets_the_full_disk(world: World) -> None:
    fill(world)
    fd, _ = tempfile.mkstemp(dir=".")
    file = os.fdopen(fd, "w")
    file.write("x")
    with pytest.raises(OSError):
        file.close()


def test_a_named_temporary_file_becomes_the_state(world: World) -> None:
    with tempfile.NamedTemporaryFile("w", dir="state", delete=False) as file:
        file.write("{}")
    os.replace(file.name, PATH)
    assert kinds(world) == ["file.write"]
    assert Path(PATH).read_text() == "{}"


def test_a_pipe_is_not_a_file_of_the_world(world: World) -> None:
    fill(world)
    ours, theirs = os.pipe()
    with open(theirs, "w") as file:
        file.write("x")
    assert os.read(ours, 9) == b"x"
    os.close(ours)


@pytest.mark.parametrize(
    "change",
    [
        lambda: Path(PATH).write_text(""),
        lambda: Path("new").touch(),
        lambda: os.mkdir("new"),
        lambda: os.remove(PATH),
        lambda: os.rename(PATH, "b"),
        lambda: tempfile.mkstemp(dir="."),
    ],
    ids=["open", "touch", "mkdir", "remove", "rename", "mkstemp"],
)
def test_no_change_on_a_read_only_disk(world: World, change: object) -> None:
    world.disk.read_only = True
    with pytest.raises(OSError) as error:
        change()  # type: ignore[operator]
    assert error.value.errno == errno.EROFS
    assert os.access(PATH, os.R_OK) and not os.access(PATH, os.W_OK)


def test_usage_is_that_of_the_virtual_disk(world: World) -> None:
    fill(world, 4096)
    assert shutil.disk_usage("/").free == 4096
    assert os.statvfs("/").f_bavail == 1
    with world.as_actor(""):
        assert shutil.disk_usage("/").total != world.disk.total


# -- times, directories, borders --------------------------------------------------------------------


def test_files_get_virtual_times(world: World) -> None:
    world.clock.advance(60 * SECOND)
    Path("a").write_text("x")
    assert os.stat("a").st_mtime_ns == world.clock.wall_ns()


def test_a_time_that_the_bot_sets_stays(world: World) -> None:
    Path("a").write_text("x")
    os.utime("a", (1, 1))
    with open("a", "a"):
        pass
    assert os.stat("a").st_mtime == 1
    os.utime("a")
    assert os.stat("a").st_mtime_ns == world.clock.wall_ns()


def test_a_later_write_has_its_own_time(world: World) -> None:
    for mode in ("w", "a"):
        Path("a").write_text("x")
        os.utime("a", (1, 1))
        with open("a", mode) as file:
            file.write("y")
        assert os.stat("a").st_mtime_ns == world.clock.wall_ns()


def test_directories_are_listed_in_order(world: World) -> None:
    for name in ("b", "a", "c"):
        Path(name).write_text("")
    assert os.listdir() == ["a", "b", "c", "state"]


def test_a_tree_can_be_removed(world: World) -> None:
    shutil.rmtree("state")
    assert os.listdir() == []


def test_nothing_is_written_outside(world: World, tmp_path: Path) -> None:
    outside = tmp_path.parent / "outside"
    for change in (lambda: outside.write_text(""), lambda: os.replace(PATH, outside)):
        with pytest.raises(PermissionError):
            change()
    assert kinds(world) == ["escape", "escape"]
    assert not outside.exists()


def test_an_unconfined_port_leaves_other_files_alone(world: World, tmp_path: Path) -> None:
    world.files.confined = False
    outside = tmp_path.parent / "outside"
    outside.write_text("{}")
    os.replace(outside, PATH)
    assert kinds(world) == ["file.write"]
    assert json.loads(Path(PATH).read_text()) == {}


def test_a_killed_process_flushes_nothing(world: World) -> None:
    file = open("a", "w")  # noqa: SIM115
    file.write("never")
    world.files.abandon("bot")
    file.close()
    assert Path("a").read_text() == ""
