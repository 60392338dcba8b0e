"""Failure points that came with a newer shipped catalog than the project has accepted (C8)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from pytest_fpharness.catalog.models import FailurePoint
from pytest_fpharness.model.suggestions import closest

_VERSION: Final = re.compile(r"[0-9]+(\.[0-9]+)*")
_WORDS: Final = ("shipped", "none")


def read_choice(word: str, installed: str) -> tuple[bool, str]:
    """``fp_catalog``: whether the shipped catalog is used, and up to which version it is accepted.

    ``shipped`` (or nothing) accepts all of it, which is the version ""; ``none`` drops it.
    ``installed`` is the version of this package. Raises ValueError for another word, and for a
    version that is not out yet.
    """
    if word in ("", *_WORDS):
        return word != "none", ""
    if not is_version(word):
        near = closest(word, _WORDS)
        hint = f"; did you mean '{near}'?" if near else ""
        raise ValueError(f"write shipped, none, or a version such as {installed}{hint}")
    if is_later(word, installed):
        raise ValueError(f"the shipped catalog is that of {installed}")
    return True, word


def news(
    points: Iterable[FailurePoint], accepted: str, document: Collection[str] = ()
) -> dict[str, str]:
    """The version of each shipped failure point that came after ``accepted``, by id.

    What the owner's document asks for is judged, however new.
    """
    return {
        point.fp: point.since
        for point in points
        if accepted and point.since and is_later(point.since, accepted)
        if point.shipped and point.fp not in document
    }


def is_version(text: str) -> bool:
    """Whether it is numbers and dots."""
    return _VERSION.fullmatch(text) is not None


def is_later(one: str, other: str) -> bool:
    """Whether a version came after another: 0.10 after 0.9, and 1.0 is 1."""
    return _numbers(one) > _numbers(other)


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
