"""Counts and lists for people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

#: What a terminal takes for a command: control characters but line feed and tab, and direction marks.
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
#: What a CI log takes for a command: ``::error::`` of GitHub, ``##vso[`` of Azure.
_WORKFLOW: Final = re.compile(r"^(\s*)(::|##\[|##vso\[)", re.MULTILINE)


def pluralize(count: int, noun: str) -> str:
    """``1 run``, ``2 runs``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def and_more(names: Sequence[str], most: int = 3) -> str:
    """The first names and how many more there are: ``a, b, c and 4 more``."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def harmless(text: str) -> str:
    """The text without what a terminal or a CI log would take for a command."""
    visible = _CONTROLS.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
    return _WORKFLOW.sub(r"\1\\\2", visible)
