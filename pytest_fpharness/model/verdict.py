"""Verdicts and their precedence (S29)."""

from __future__ import annotations

import enum
from collections.abc import Iterable


class Verdict(str, enum.Enum):
    """The result of a clause or a run."""

    PASS = "PASS"
    FAIL = "FAIL"
    VACUOUS = "VACUOUS"  # proved nothing: not steady, or the fault was not met
    MISSING = "MISSING"  # the target has no such ability or role
    ERROR = "ERROR"  # the harness broke
    NOT_APPLICABLE = "NOT_APPLICABLE"  # the clause does not apply to this run

    def __str__(self) -> str:
        return self.value


_ORDER = (Verdict.ERROR, Verdict.VACUOUS, Verdict.FAIL, Verdict.MISSING)


def worst(verdicts: Iterable[Verdict], *, safe: bool = True) -> Verdict:
    """Return the worst verdict (S29); with ``safe=False``, a violated invariant, at least FAIL."""
    seen = set(verdicts)
    if Verdict.ERROR in seen:
        return Verdict.ERROR
    if not safe:
        return Verdict.FAIL
    return next((verdict for verdict in _ORDER if verdict in seen), Verdict.PASS)
