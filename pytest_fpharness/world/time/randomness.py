"""The same random numbers in every run of the same plan (S33)."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator

from pytest_fpharness.world.patching import Patcher


class _Names:
    """Temporary names in a fixed order, in place of tempfile's random ones."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return "".join(self._rng.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=8))


class Randomness:
    """Seeds ``random``, ``os.urandom``, ``uuid4``, ``secrets`` and temporary names."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._patcher = Patcher()

    def patch(self) -> None:
        rng = random.Random(self.seed)
        self._state = random.getstate()
        random.seed(self.seed)
        self._patcher.replace(os, "urandom", rng.randbytes)
        self._patcher.replace(random, "_urandom", rng.randbytes)
        self._patcher.replace(tempfile, "_name_sequence", _Names(random.Random(self.seed + 1)))

    def unpatch(self) -> None:
        self._patcher.undo()
        random.setstate(self._state)
