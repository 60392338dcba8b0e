"""A bot that rings when it starts and then hangs, for tests that end what is under way."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from tests.support.bots.tiny import TinyBot

BELL = os.open(os.environ["BELL"], os.O_WRONLY)


class RingsThenHangs(TinyBot):
    """Once it has rung, it is in the middle of a run."""

    def start_bot(self) -> Mapping[str, Callable[[], object]]:
        os.write(BELL, b"!")
        while True:
            pass
