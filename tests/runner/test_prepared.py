from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pytest_fpharness.runner.runner import Runner
from tests.support.bots import FOLDER
from tests.support.tiny_plans import events, tiny_plan


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("APCA_API_SECRET_KEY", "the-key-of-the-machine")
        with Runner("importing.py:AsksAtImport", base=FOLDER) as made:
            made.info  # noqa: B018 - starts it, with that environment
            yield made


@pytest.mark.parametrize(
    "world", [{}, {"start": "2026-03-07 15:00 America/New_York"}], ids=["tuesday", "saturday"]
)
def test_modules_imported_ahead_see_the_key_and_the_clock_of_the_world(
    runner: Runner, world: dict[str, Any]
) -> None:
    record = runner.run(tiny_plan(world=world), companions=False)
    message = [e.facts["text"] for e in events(record, "log", "bot")]
    assert message == ["key of the world: True, imported 0 s ago"]
