"""The failure points that the bot monitors, read from ``failure_points.toml``."""

from __future__ import annotations

import sys
from importlib.resources import files
from typing import Final, NamedTuple

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class FailurePoint(NamedTuple):
    """One documented failure point; ``manual_steps`` are what a page tells a person to do."""

    id: str
    title: str
    severity: str
    location: str
    impact: str
    detection: str
    healing: str
    dashboard: str
    test: str
    manual_steps: tuple[str, ...]


def _read() -> dict[str, FailurePoint]:
    text = (files(__package__) / "failure_points.toml").read_text(encoding="utf-8")
    return {
        fp: FailurePoint(fp, **{**fields, "manual_steps": tuple(fields["manual_steps"])})
        for fp, fields in tomllib.loads(text).items()
    }


#: Every declared failure point by id.
FAILURE_POINTS: Final = _read()


def undeclared(fp: str) -> FailurePoint:
    """A failure point that is checked but not declared: only its id is known."""
    return FailurePoint(fp, fp, "critical", "", "", "", "", "", "", ())
