"""A bot that rings when it starts and then hangs, for tests that end what is under way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.support.bots.tiny import TinyBot

BELL = "rang"


class RingsThenHangs(TinyBot):
    """Once it has rung, it is in the middle of a run."""

    def start_bot(self) -> Mapping[str, Callable[[], object]]:
        Path(BELL).touch()
        while True:
            pass
