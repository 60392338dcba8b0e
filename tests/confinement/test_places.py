from __future__ import annotations

import threading
import types

from pytest_fpharness.confinement import places
from pytest_fpharness.confinement.places import bot_place, note_thread


def here() -> str:
    return bot_place()


def test_the_place_is_the_innermost_frame_of_the_bot() -> None:
    line = here.__code__.co_firstlineno + 1
    assert here() == f"{__file__}:{line}"


def test_a_thread_without_a_frame_of_the_bot_has_the_place_where_it_was_started() -> None:
    thread = threading.Thread(target=str)
    note_thread(thread._bootstrap)  # type: ignore[attr-defined]
    noted = places._started[thread]
    assert noted.startswith(f"{__file__}:")
    other = types.SimpleNamespace(__self__="no thread")
    note_thread(other)  # nothing to remember
