from __future__ import annotations

import os
from pathlib import Path

from pytest_fpharness.engine.home import Snapshot, empty


def test_what_was_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "state" / "none").mkdir(parents=True)
    file = tmp_path / "state" / "weights.json"
    file.write_bytes(b"{}")
    file.chmod(0o640)
    os.utime(file, ns=(5, 7))
    (tmp_path / "link").symlink_to("state")
    (tmp_path / "broken").symlink_to("nowhere")
    kept = Snapshot(str(tmp_path))

    file.write_bytes(b"torn")
    (tmp_path / "new").write_text("x")
    empty(str(tmp_path))
    assert not list(tmp_path.iterdir())
    kept.put_back()

    assert sorted(p.name for p in tmp_path.iterdir()) == ["broken", "link", "state"]
    assert (tmp_path / "state" / "none").is_dir()
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"{}", 0o640)
    assert file.stat().st_mtime_ns == 7
    assert [os.readlink(tmp_path / name) for name in ("link", "broken")] == ["state", "nowhere"]
