"""Suggestions for misspelt names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def closest(word: str, words: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return the one of ``words`` most like ``word``, or "" when none is similar enough (0 to 1)."""
    known = {item.lower(): item for item in words}
    matches = difflib.get_close_matches(word.lower(), known, 1, cutoff)
    return known[matches[0]] if matches else ""


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Return ``; did you mean 'age'?``, or "" when no word is close."""
    suggestion = closest(word, words)
    return f"; did you mean '{suggestion}'?" if suggestion else ""
