"""How a test says things: lengths of time, sizes, names; and what it meant by a wrong one."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Final

from pytest_fpharness.model.duration import SECOND, parse_duration

#: What may stand for a length of time: ``"5m"``, seconds, or a timedelta.
Length = str | int | float | dt.timedelta

_UNITS: Final = {
    "B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30,
}  # fmt: skip
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")


def duration(value: Length) -> int:
    """Nanoseconds of ``"5m"``, of a number of seconds or of a timedelta; raises ValueError."""
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, dt.timedelta):
        return round(value.total_seconds() * SECOND)
    return round(value * SECOND)


def length(value: Length) -> int:
    """As :func:`duration`; raises ValueError for a negative one too."""
    ns = duration(value)
    if ns < 0:
        raise ValueError(f"{value!r} is in the past")
    return ns


def size(value: str | int) -> int:
    """Bytes of ``"10kB"`` (1000), ``"1MiB"`` (2**20) or of a number; raises ValueError."""
    if isinstance(value, int):
        return value
    found = _SIZE.fullmatch(value.strip())
    if found is None:
        raise ValueError(f"{value!r} is not a size; write 500B, 10kB or 1MiB")
    unit = choose(found[2], _UNITS, "a unit of size")
    return round(float(found[1]) * _UNITS[unit])


def choose(word: str, known: Iterable[str], what: str) -> str:
    """``word`` if it is a known one; raises ValueError with the likely right one."""
    words = sorted(known)
    if word in words:
        return word
    same = [known for known in words if known.lower() == word.lower()]
    near = same or difflib.get_close_matches(word, words, 1, 0.5)
    if near:
        raise ValueError(f"{word!r} is not {what}; did you mean {near[0]!r}?")
    raise ValueError(f"{word!r} is not {what}; known: {', '.join(words) or 'none'}")


class Held:
    """A change that holds until it is lifted, the ``with`` block ends, or the test does."""

    def __init__(self, what: str, lift: Callable[[], None], met: Callable[[], int]) -> None:
        self.what = what
        self._lift, self._met = lift, met
        self.active = True

    def __repr__(self) -> str:
        return f"<{self.what}, {'holds' if self.active else 'over'}, met {self.met} times>"

    @property
    def met(self) -> int:
        """How many answers to the code under test it has altered so far."""
        return self._met()

    def lift(self) -> None:
        """End the change; may be called twice."""
        if self.active:
            self.active = False
            self._lift()

    def __enter__(self) -> Held:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.lift()
