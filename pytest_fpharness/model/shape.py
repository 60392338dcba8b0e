"""Shapes: what a role's content must hold to be usable, as plain data in a target's layout.

A shape is a word (see :data:`WORDS`), a list of the only values, or a mapping: ``name`` must be
there, ``name?`` may be missing or null, and ``*`` is the shape of every key that is not named. Keys
that no shape names are allowed: a newer writer may know more.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

#: What a word means, and a specimen of it.
WORDS: Final[Mapping[str, tuple[str, Any]]] = {
    "any": ("anything", "any"),
    "number": ("a finite number", 1.5),
    "numeric": ("a finite number, or one as text", "1.5"),
    "text": ("text", "text"),
    "name": ("text that is not empty", "name"),
    "flag": ("true or false", True),
    "instant": ("date and time as text", "2026-01-06 15:00:00+00:00"),
    "date": ("a date as text", "2026-01-16"),
}
#: Any entry of a mapping: the first one by name.
ANY: Final = "*"
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(_DATE.pattern + r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?\S*")


@dataclass(frozen=True)
class Place:
    """A place in a shape: ``*/qty``; ``needed`` when its key must be there."""

    path: str
    shape: Any
    needed: bool = True


def strict(data: bytes) -> Any:
    """The content by RFC 8259: UTF-8 without a mark, no NaN or Infinity; raises ValueError."""
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def fits(shape: Any, value: Any) -> bool:
    """Whether a value has a shape, as in ``Layout.shapes``."""
    if isinstance(shape, Mapping):
        return isinstance(value, Mapping) and _entries_fit(shape, value)
    if isinstance(shape, list | tuple):
        return any(type(value) is type(one) and value == one for one in shape)
    return _is_word(str(shape), value)


def _entries_fit(shape: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    named = {name.rstrip("?"): (name.endswith("?"), sub) for name, sub in shape.items()}
    for name, (optional, sub) in named.items():
        if name == ANY or (optional and value.get(name) is None):
            continue
        if name not in value or not fits(sub, value[name]):
            return False
    others = [entry for name, entry in value.items() if name not in named]
    return ANY not in named or all(fits(named[ANY][1], entry) for entry in others)


def _is_word(word: str, value: Any) -> bool:
    if word == "any":
        return True
    if word == "flag":
        return isinstance(value, bool)
    if word in ("number", "numeric") and not isinstance(value, str | bool):
        return isinstance(value, int | float) and math.isfinite(value)
    if not isinstance(value, str) or word == "number":
        return False
    if word == "numeric":
        return bool(_NUMBER.fullmatch(value)) and math.isfinite(float(value))
    pattern = {"date": _DATE, "instant": _INSTANT}.get(word)
    return bool(pattern.fullmatch(value)) if pattern else bool(value) or word == "text"


def mistakes(shape: Any) -> Iterator[str]:
    """What is wrong with a shape itself."""
    if isinstance(shape, Mapping):
        for sub in shape.values():
            yield from mistakes(sub)
    elif isinstance(shape, list | tuple):
        if not shape:
            yield "a list of no values"
    elif shape not in WORDS:
        yield f"{shape!r} is not one of {', '.join(WORDS)}"


def places(shape: Any, path: str = ".") -> Iterator[Place]:
    yield Place(path, shape)
    yield from _below(shape, "" if path == "." else f"{path}/")


def _below(shape: Any, before: str) -> Iterator[Place]:
    for name, sub in shape.items() if isinstance(shape, Mapping) else ():
        path = before + name.rstrip("?")
        yield Place(path, sub, needed=name != ANY and not name.endswith("?"))
        yield from _below(sub, f"{path}/")


def specimen(shape: Any) -> Any:
    """A small value that has the shape."""
    if isinstance(shape, Mapping):
        named = {n.rstrip("?"): specimen(sub) for n, sub in shape.items() if n != ANY}
        return {"A": specimen(shape[ANY]), **named} if ANY in shape else named
    return shape[0] if isinstance(shape, list | tuple) else WORDS[str(shape)][1]
