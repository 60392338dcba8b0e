"""Edits by the shape of a role: what breaks it, and what only looks so; each kind the simplest first.

What not everybody would call broken is left out: a number as text where a number is needed, a key
given twice, a wrong type in a field that may be anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Final

from pytest_fpharness.model.damage import Edit
from pytest_fpharness.model.shape import ANY, Place, fits, places

Kind = Sequence[Any]  # edits that change the same place in the same way

#: Plain data of every type, as a scenario file can write it.
_VALUES: Final[tuple[Any, ...]] = (
    None, [], {}, True, False, "", "n/a", "-", "null", "unknown", "#REF!", "x", "zebra", "up/down",
    0, 1, -1, 7, 12, 2026, 20260106, 999999999, [0], [""], [None, 0],
)  # fmt: skip
#: JSON text that no value of a scenario file can express; the first three are not valid JSON.
_ODD_NUMBERS: Final = ("NaN", "Infinity", "-Infinity", "1e999")
_PERCENT: Final = range(0, 100, 5)
_STYLES: Final = [{"style": how} for how in ("indented", "reversed", "compact")]
_BLANKS: Final = [{"append": text} for text in ("\n", " \n\n")]
#: A whole file of text: zeroed, a page of a proxy, half of something, nested beyond any parser.
_TEXTS: Final[Kind] = (
    {"text": "\0", "times": 512},
    {"text": "<html><body>502 Bad Gateway</body></html>"},
    {"text": "{"},
    {"text": " "},
    {"text": "[", "times": 100_000},
)
_BROKEN_BYTES: Final[Sequence[Kind]] = (
    [{"keep": kept} for kept in _PERCENT],
    _TEXTS,
    [{"insert": odd, "at": at} for odd, at in product(("ff", "80", "c3 28", "ed a0 80"), _PERCENT)],
    [{"encode": name} for name in ("utf-16", "utf-8-sig")],
    [{"append": text} for text in ("}", "{}", "\0", "x")],
)


def faults(shape: Any, *, bytes_too: bool, whole: bool = True) -> list[Kind]:
    """Kinds of damage after which the content does not parse strictly, or lacks its shape.

    Without ``whole`` only parts of it are damaged, and it stays what it is. A shape that anything has
    gives nothing.
    """
    parts = [place for place in _all(shape) if whole or place.path != "."]
    kinds = [kind for place in parts for kind in _broken_value(place)]
    return [[[edit] for edit in kind] for kind in (*kinds, *(_BROKEN_BYTES if bytes_too else ()))]


def twins(shape: Any, *, bytes_too: bool) -> list[Kind]:
    """Kinds of damage after which the content says the same, in another way."""
    kinds = [kind for place in _all(shape) for kind in _same_value(place)]
    if not bytes_too:
        return [[[edit] for edit in kind] for kind in kinds]
    # A value that becomes the same again would leave the same bytes: another style never does.
    edited = [[[edit, style] for edit, style in product(kind, _STYLES)] for kind in kinds]
    return [*edited, [[style] for style in _STYLES], [[blank] for blank in _BLANKS]]


def _all(shape: Any) -> list[Place]:
    return [] if shape is None else list(places(shape))


def _broken_value(place: Place) -> Iterator[list[Edit]]:
    if place.needed and place.path != ".":
        yield [{"drop": place.path}]
    if wrong := [value for value in _VALUES if _is_wrong(place, value)]:
        yield [{"set": place.path, "to": value} for value in wrong]
    if place.shape in ("number", "numeric"):
        yield [{"set": place.path, "json": text} for text in _ODD_NUMBERS]


def _is_wrong(place: Place, value: Any) -> bool:
    missing = value is None and not place.needed and not place.path.endswith(ANY)
    return not missing and not fits(place.shape, value)


def _same_value(place: Place) -> Iterator[list[Edit]]:
    if isinstance(place.shape, dict) and ANY not in place.shape:
        before = "" if place.path == "." else f"{place.path}/"
        new = [key for key in ("note", "schema_version", "x_new") if key not in place.shape]
        yield [{"set": before + key, "to": value} for value, key in product(_VALUES, new)]
    if not place.needed and not place.path.endswith(ANY):
        yield [{"drop": place.path}, {"set": place.path, "to": None}]
    if place.shape == "numeric":
        yield [{"retype": place.path, "as": "other"}]
    if place.shape == "number" and place.path == ".":  # an answer: any number is one
        yield [{"set": ".", "to": value} for value in (1, 0, -1, 2.5, 7)]
        yield [{"retype": ".", "as": "int"}]
