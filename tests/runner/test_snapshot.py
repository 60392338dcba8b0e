from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from pytest_fpharness.runner.snapshot import Snapshot, empty


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def test_a_snapshot_restores_files_links_and_times(home: Path) -> None:
    (home / "state" / "none").mkdir(parents=True)
    file = home / "state" / "weights.json"
    file.write_bytes(b"{}")
    file.chmod(0o640)
    os.utime(file, ns=(5, 7))
    (home / "link").symlink_to("state")
    (home / "broken").symlink_to("nowhere")
    kept = Snapshot([str(home)], str(home.parent))

    file.write_bytes(b"torn")
    (home / "new").write_text("x")
    empty(str(home))
    assert not list(home.iterdir())
    kept.put_back()

    assert sorted(p.name for p in home.iterdir()) == ["broken", "link", "state"]
    assert (home / "state" / "none").is_dir()
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"{}", 0o640)
    assert file.stat().st_mtime_ns == 7
    assert [os.readlink(home / name) for name in ("link", "broken")] == ["state", "nowhere"]


@pytest.mark.parametrize("mode", ["a", "w"])
def test_an_open_file_stays_the_same_file(home: Path, mode: str) -> None:
    log = home / "bot.log"
    with log.open(mode) as file:
        print("warm", file=file, flush=True)
        kept = Snapshot([str(home)], str(home.parent))
        for companion in ("first", "second"):
            empty(str(home))
            kept.put_back()
            print(companion, file=file, flush=True)
            assert log.read_text() == f"warm\n{companion}\n"
            log.rename(home / "bot.log.1")


def test_an_open_database_stays_usable(home: Path) -> None:
    db = sqlite3.connect(home / "state.db")
    with db:
        db.execute("create table seen (name text)")
    kept = Snapshot([str(home)], str(home.parent))
    for _ in range(2):
        empty(str(home))
        kept.put_back()
        pid = os.fork()
        if pid == 0:
            with db:
                db.execute("insert into seen values ('x')")
            os._exit(db.execute("select count(*) from seen").fetchone()[0])
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    db.close()


def test_a_file_that_was_made_unwritable_comes_back(home: Path) -> None:
    (home / "a.json").write_text("{}")
    kept = Snapshot([str(home)], str(home.parent))
    (home / "a.json").chmod(0o400)
    empty(str(home))
    kept.put_back()
    assert (home / "a.json").stat().st_mode & 0o200
