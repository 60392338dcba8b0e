from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_fpharness.confinement.boundary import Boundary, boundary, real_path

ROOT = Boundary("/run/area", ("/srv/bot", "/usr"), projects=("/srv/bot",))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directories and links, some of which lead out, in circles or nowhere."""
    top = Path(os.path.realpath(tmp_path_factory.mktemp("tree")))
    (top / "a" / "b").mkdir(parents=True)
    for name, target in {
        "up": "..", "out": "/usr", "loop": "loop", "round": "a/back", "gone": "nowhere/x",
    }.items():  # fmt: skip
        (top / name).symlink_to(target)
    (top / "a" / "back").symlink_to("../a")
    return top


@settings(
    max_examples=300, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(
    st.lists(
        st.sampled_from(["a", "b", "..", ".", "up", "out", "round", "back", "gone", "new", ""]),
        max_size=8,
    )
)
def test_a_real_path_is_that_of_the_system(tree: Path, parts: list[str]) -> None:
    path = os.path.join(str(tree), *parts)
    assert real_path(path) == real_path(path, known=[str(tree)]) == os.path.realpath(path)


def test_a_circle_of_links_may_not_be_written(tree: Path) -> None:
    assert not Boundary(str(tree), ()).may_write(real_path(str(tree / "loop" / "x")))


def test_the_last_link_stays_when_asked_for(tree: Path) -> None:
    assert real_path(str(tree / "a" / "back"), last=False) == str(tree / "a" / "back")
    assert real_path(str(tree / "round" / "back"), last=False) == str(tree / "a" / "back")


@pytest.mark.parametrize(
    ("path", "read", "write"),
    [
        ("/run/area", True, True),
        ("/run/area/x", True, True),
        ("/run/area2/x", False, False),
        ("/srv/bot/main.py", True, False),
        ("/srv/bot/.env", False, False),
        ("/srv/bot/.env.local", False, False),
        ("/srv/bot/.ssh/id_rsa", False, False),
        ("/usr/lib/.env", True, False),
        ("/etc/shadow", False, False),
        ("/dev/null", True, True),
        ("/home/me/notes", False, False),
    ],
)
def test_what_may_be_read_and_written(path: str, read: bool, write: bool) -> None:
    assert (ROOT.may_read(path), ROOT.may_write(path)) == (read, write)


def test_python_and_the_project_are_readable(tmp_path: Path) -> None:
    made = boundary(str(tmp_path / "run"), [str(tmp_path / "bot")])
    for path in (os.__file__, pytest.__file__, str(tmp_path / "bot" / "main.py"), "/usr/share"):
        assert made.may_read(os.path.realpath(path))
    assert not made.may_read(os.path.expanduser("~/.aws/credentials"))
