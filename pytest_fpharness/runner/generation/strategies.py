"""hypothesis strategies of damage, by the shape of a role: what breaks it, and what only looks so.

Imported when something is generated, and not before: a session without it never loads hypothesis.
What not everybody would call broken is left out: a number as text where a number is needed, a key
given twice, a wrong type in a field that may be anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hypothesis import strategies as st

from pytest_fpharness.model.damage import Edit
from pytest_fpharness.model.shape import ANY, Place, fits, places

Strategy = st.SearchStrategy[Any]

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz/-"
_WORDS: Final = ("", "n/a", "-", "null", "unknown", "#REF!")
_WHOLES: Final = (0, 1, -1, 7, 12, 2026, 20260106, 999999999)
#: JSON text that no value of a scenario file can express; the first three are not valid JSON.
_ODD_NUMBERS: Final = ("NaN", "Infinity", "-Infinity", "1e999")
_PAGE: Final = "<html><body>502 Bad Gateway</body></html>"
#: A whole file of text: zeroed, a page of a proxy, half of something, nested beyond any parser.
_TEXTS: Final[tuple[Edit, ...]] = (
    {"text": "\0", "times": 512},
    {"text": _PAGE},
    {"text": "{"},
    {"text": " "},
    {"text": "[", "times": 100_000},
)
_NOT_UTF8: Final = ("ff", "80", "c3 28", "ed a0 80")
_NEW_KEYS: Final = ("note", "schema_version", "x_new")


def pick(choices: Sequence[Any]) -> Strategy:
    """One of the choices, the first is the simplest.

    Made of flags alone: hypothesis mixes constants of the modules that are loaded into whole numbers
    and texts, and the processes of a session do not have the same modules.
    """
    bits = (len(choices) - 1).bit_length()
    flags = st.lists(st.booleans(), min_size=bits, max_size=bits)
    # The first flag decides least: flags that become False make the choice a simpler one.
    return flags.map(lambda drawn: sum(f << i for i, f in enumerate(drawn))).map(
        lambda index: choices[index % len(choices)]
    )


def any_of(*strategies: Strategy) -> Strategy:
    """A value of one of the strategies, the first is the simplest; nothing of none."""
    if not strategies:
        return st.nothing()
    return pick(strategies).flatmap(lambda chosen: chosen)


def values() -> Strategy:
    """Plain data of every type, as a scenario file can write it."""
    letters = st.lists(pick(_LETTERS), max_size=6).map("".join)
    return any_of(
        pick((None, [], {}, True, False)),
        pick(_WORDS),
        letters,
        pick(_WHOLES),
        st.lists(pick((0, "", None)), min_size=1, max_size=2),
    )


def faults(shape: Any, *, bytes_too: bool, whole: bool = True) -> Strategy:
    """Edits after which the content does not parse strictly, or lacks its shape.

    Without ``whole`` only parts of it are damaged, and it stays what it is. A shape that anything has
    gives nothing.
    """
    parts = [_broken_value(place) for place in _all(shape) if whole or place.path != "."]
    kinds = [any_of(*part) for part in parts if part]
    options = [any_of(*kinds)] if kinds else []
    if bytes_too:
        options.append(_broken_bytes())
    return any_of(*options).map(lambda edit: [edit])


def twins(shape: Any, *, bytes_too: bool) -> Strategy:
    """Edits after which the content says the same, in another way."""
    kinds = [kind for place in _all(shape) for kind in _same_value(place)]
    if not bytes_too:
        return any_of(*kinds).map(lambda edit: [edit])
    style = pick(("indented", "reversed", "compact")).map(lambda how: [{"style": how}])
    blank = pick(("\n", " \n\n")).map(lambda text: [{"append": text}])
    if not kinds:
        return any_of(style, blank)
    # A value that becomes the same again would leave the same bytes: another style never does.
    edited = st.tuples(any_of(*kinds), style).map(lambda both: [both[0], *both[1]])
    return any_of(edited, style, blank)


# -- values -------------------------------------------------------------------------------------


def _all(shape: Any) -> list[Place]:
    return [] if shape is None else list(places(shape))


def _broken_value(place: Place) -> list[Strategy]:
    kinds = []
    if place.needed and place.path != ".":
        kinds.append(pick(({"drop": place.path},)))
    if place.shape != "any":
        wrong = values().filter(lambda value: _is_wrong(place, value))
        kinds.append(wrong.map(lambda value: {"set": place.path, "to": value}))
    if place.shape in ("number", "numeric"):
        kinds.append(pick(_ODD_NUMBERS).map(lambda text: {"set": place.path, "json": text}))
    return kinds


def _is_wrong(place: Place, value: Any) -> bool:
    missing = value is None and not place.needed and not place.path.endswith(ANY)
    return not missing and not fits(place.shape, value)


def _same_value(place: Place) -> list[Strategy]:
    kinds = []
    if isinstance(place.shape, dict) and ANY not in place.shape:
        kinds.append(_new_key(place))
    if not place.needed and not place.path.endswith(ANY):
        edits = ({"drop": place.path}, {"set": place.path, "to": None})
        kinds.append(pick(edits))
    if place.shape == "numeric":
        kinds.append(pick(({"retype": place.path, "as": "other"},)))
    if place.shape == "number" and place.path == ".":  # an answer: any number is one
        kinds.append(pick((1, 0, -1, 2.5, 7)).map(lambda value: {"set": ".", "to": value}))
        kinds.append(pick(({"retype": ".", "as": "int"},)))
    return kinds


def _new_key(place: Place) -> Strategy:
    before = "" if place.path == "." else f"{place.path}/"
    keys = [key for key in _NEW_KEYS if key not in place.shape]
    return st.tuples(pick(keys), values()).map(
        lambda both: {"set": before + both[0], "to": both[1]}
    )


# -- bytes --------------------------------------------------------------------------------------


def _broken_bytes() -> Strategy:
    percent = pick(tuple(range(0, 100, 5)))
    return any_of(
        percent.map(lambda kept: {"keep": kept}),
        pick(_TEXTS),
        st.tuples(pick(_NOT_UTF8), percent).map(lambda both: {"insert": both[0], "at": both[1]}),
        pick(("utf-16", "utf-8-sig")).map(lambda name: {"encode": name}),
        pick(("}", "{}", "\0", "x")).map(lambda text: {"append": text}),
    )
