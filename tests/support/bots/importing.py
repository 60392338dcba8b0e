"""A bot whose settings are read at import, prepared before the first run."""

from __future__ import annotations

import dataclasses
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pytest_fpharness.targets.contract import Process
from pytest_fpharness.world.world import World
from tests.support.bots.tiny import TinyBot

FOLDER = str(Path(__file__).parent / "at_import")
if FOLDER not in sys.path:
    sys.path.append(FOLDER)


class AsksAtImport(TinyBot):
    """Says at each start what its module saw when it was imported."""

    name = "asks at import"
    code_root = FOLDER

    def processes(self, world: World) -> Sequence[Process]:
        bot, monitor = super().processes(world)
        return [dataclasses.replace(bot, modules=("asked_at_import",)), monitor]

    def start_bot(self) -> Mapping[str, Callable[[], object]]:
        import asked_at_import  # type: ignore[import-not-found]

        age = time.time() - asked_at_import.BORN
        own = os.environ["APCA_API_SECRET_KEY"] == asked_at_import.KEY
        with open("monitor.log", "a") as file:
            file.write(f"key of the world: {own}, imported {age:.0f} s ago\n")
        return super().start_bot()
