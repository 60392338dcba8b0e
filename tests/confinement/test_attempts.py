"""No attempt has an effect, and each is recorded with the place in the program's code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.confinement.conftest import ATTEMPTS, World

Worlds = Callable[[str], World]

#: Have an effect where only the audit hook is in force: SQLite opens these files below Python.
BELOW_PYTHON = {"attach", "vacuum_into"}
#: Without a record: the kernel refuses what SQLite does, and knows no such process.
SILENT = BELOW_PYTHON | {"bound_killpg", "pidfd"}

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")


@pytest.mark.parametrize("name", ATTEMPTS)
def test_nothing_happens_outside_and_the_place_is_recorded(worlds: Worlds, name: str) -> None:
    tried = worlds("both").attempt(name)
    assert tried.effect == "", tried
    if name not in SILENT:
        assert tried.escapes, tried
        assert all("tests/support/escapes/" in place for _, _, place in tried.escapes), tried


def effects(world: World) -> dict[str, str]:
    """Every attempt that has an effect, with what it is."""
    tried = {name: world.attempt(name).effect for name in ATTEMPTS}
    return {name: effect for name, effect in tried.items() if effect}


def test_the_audit_hook_alone_stops_all_but_a_few(worlds: Worlds) -> None:
    assert effects(worlds("audit")).keys() == BELOW_PYTHON


def test_the_kernel_alone_stops_all(worlds: Worlds) -> None:
    world = worlds("kernel")
    missing = {"namespaces", "read-only file systems", "Landlock", "system calls"} - {*world.layers}
    if missing:
        pytest.skip(f"not in force here: {', '.join(sorted(missing))}")
    assert effects(world) == {}
