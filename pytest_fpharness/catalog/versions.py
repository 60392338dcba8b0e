"""Versions of the shipped catalog: which one a project accepts, and what came later (C8)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from packaging.version import Version

from pytest_fpharness.model.suggestions import closest
from .models import FailurePoint

_VERSION: Final = re.compile(r"[0-9]+(\.[0-9]+)*")
_WORDS: Final = ("shipped", "none")


def read_choice(word: str, installed: str) -> tuple[bool, str]:
    """``fp_catalog``: whether the shipped catalog is used, and up to which version it is accepted.

    ``shipped`` (or nothing) accepts all of it, which is the version ""; ``none`` drops it.
    ``installed`` is the version of this package. Raises ValueError for another word, and for a
    version that has not been released yet.
    """
    if word in ("", *_WORDS):
        return word != "none", ""
    if not is_version(word):
        suggestion = closest(word, _WORDS)
        hint = f"; did you mean '{suggestion}'?" if suggestion else ""
        raise ValueError(f"write shipped, none, or a version such as {installed}{hint}")
    if Version(word) > Version(installed):
        raise ValueError(f"the shipped catalog has version {installed}")
    return True, word


def newer_than(
    points: Iterable[FailurePoint], accepted: str, document: Collection[str] = ()
) -> dict[str, str]:
    """The version of each shipped failure point that came after ``accepted``, by id.

    A failure point of the owner's ``document`` is judged, however new it is.
    """
    return {
        point.fp: point.since
        for point in points
        if accepted and point.since and Version(point.since) > Version(accepted)
        if point.shipped and point.fp not in document
    }


def is_version(text: str) -> bool:
    """Whether it is a version of the catalog: numbers and dots, as in 0.2."""
    return _VERSION.fullmatch(text) is not None
