"""Damage: a list of edits, as plain data, to a value or to the bytes of a file.

An edit is a mapping with the one key that names it. Paths are ``SPY/qty``; ``*`` is a mapping's first
entry by name, ``.`` the whole.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .shape import ANY, fits, specimen, strict

Edit = Mapping[str, Any]


@dataclass(frozen=True)
class EditSpec:
    """One kind of edit: its keys with their types, and whether it edits bytes."""

    doc: str
    keys: Mapping[str, str]  # text, percent, count, hex, any, or choices separated by |
    either: tuple[str, ...] = ()  # keys of which exactly one is given
    of_bytes: bool = False


EDITS: Final[Mapping[str, EditSpec]] = {
    "drop": EditSpec("take the key away", {"drop": "text"}),
    "set": EditSpec(
        "another value there: 'to' a value, or 'json', text such as NaN that no value can say",
        {"set": "text", "to": "any", "json": "text"},
        ("to", "json"),
    ),
    "retype": EditSpec(
        "the same value as another type: a whole number, or text for a number and the reverse",
        {"retype": "text", "as": "int|other"},
        ("as",),
    ),
    "style": EditSpec("written in another way", {"style": "indented|compact|reversed"}, (), True),
    "keep": EditSpec("torn: only so many percent of the bytes are left", {"keep": "percent"}, (), True),
    "text": EditSpec("this text instead", {"text": "text", "times": "count"}, (), True),
    "append": EditSpec("this text after it", {"append": "text"}, (), True),
    "insert": EditSpec("these bytes into it", {"insert": "hex", "at": "percent"}, ("at",), True),
    "encode": EditSpec("another encoding", {"encode": "utf-16|utf-8-sig"}, (), True),
}  # fmt: skip
GONE: Final = object()
#: Text that needs no quotes in a scenario file.
_BARE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_FLAGS: Final = ("true", "false", "null")
#: What a damage is labelled.
FAULT: Final = "fault"
TWIN: Final = "twin"
#: An example of neither kind: its edits change nothing in what the bot really has.
ABSENT: Final = "absent"
NO_PLACE: Final = "the content has nothing that these edits would change"


def problem_of(edit: Any, *, bytes_too: bool) -> str:
    """Yield what is wrong with an edit."""
    kinds = [name for name, spec in EDITS.items() if bytes_too or not spec.of_bytes]
    named = [name for name in kinds if isinstance(edit, Mapping) and name in edit]
    if not isinstance(edit, Mapping) or not named:
        return f"an edit is a mapping with one of {', '.join(kinds)}"
    spec = EDITS[named[0]]
    for key, value in edit.items():
        if key not in spec.keys:
            return f"'{named[0]}' has no '{key}'; it has {', '.join(spec.keys)}"
        if problem := _misfit(spec.keys[key], value):
            return f"'{key}' needs {problem}"
    if spec.either and sum(key in edit for key in spec.either) != 1:
        return f"'{named[0]}' needs {' or '.join(spec.either)}"
    return _unreadable(edit)


def _misfit(kind: str, value: Any) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if kind == "percent":
        return "" if whole and 0 <= value < 100 else "a whole number of percent, 0 to 99"
    if kind == "count":
        return "" if whole and value > 0 else "a whole number from 1"
    if kind == "hex":
        return "" if _is_hex(value) else 'bytes as text, such as "ff" or "c3 28"'
    if "|" in kind:
        return "" if value in kind.split("|") else f"one of {kind.replace('|', ', ')}"
    return "" if kind == "any" or isinstance(value, str) else "text, in quotes"


def _is_hex(value: Any) -> bool:
    try:
        return bool(isinstance(value, str) and bytes.fromhex(value))
    except ValueError:
        return False


def _unreadable(edit: Edit) -> str:
    try:
        json.loads(edit.get("json", "0"))
    except (ValueError, RecursionError):
        return f"'json' needs what Python reads as JSON, not {edit['json']!r}"
    return ""


# -- values -------------------------------------------------------------------------------------


def altered(edits: Sequence[Edit], value: Any) -> Any:
    """Apply all edits to a copy of the value."""
    for edit in edits:
        name = next(name for name in ("drop", "set", "retype") if name in edit)
        parts = [] if edit[name] == "." else str(edit[name]).split("/")
        value = _at(value, parts, _CHANGES[name](edit))
    return None if value is GONE else value


def _at(value: Any, parts: Sequence[str], change: Callable[[Any], Any]) -> Any:
    """Change one place of a value; return it unchanged if there is no such place."""
    if not parts:
        return change(value)
    if not isinstance(value, Mapping):
        return value
    name = next(iter(sorted(value)), None) if parts[0] == ANY else parts[0]
    if name is None or (len(parts) > 1 and name not in value):
        return value
    new = _at(value.get(name, GONE), parts[1:], change)
    return {k: v for k, v in {**value, name: new}.items() if v is not GONE}


def _set(edit: Edit) -> Callable[[Any], Any]:
    return lambda old: json.loads(edit["json"]) if "json" in edit else edit["to"]


def _retype(edit: Edit) -> Callable[[Any], Any]:
    return lambda old: _as(old, str(edit["as"]))


def _as(old: Any, kind: str) -> Any:
    try:
        number = float(old)
    except (TypeError, ValueError):
        return old
    if kind == "int":
        return int(number) if math.isfinite(number) else old
    return number if isinstance(old, str) else str(old)


_CHANGES: Final[Mapping[str, Callable[[Edit], Callable[[Any], Any]]]] = {
    "drop": lambda edit: lambda old: GONE,
    "set": _set,
    "retype": _retype,
}


# -- bytes --------------------------------------------------------------------------------------


def damaged(edits: Sequence[Edit], data: bytes) -> bytes:
    """Apply all edits to bytes; edits of a value change nothing if the bytes do not parse."""
    for edit in edits:
        name = next(name for name in EDITS if name in edit)
        data = _BYTES[name](edit, data) if name in _BYTES else _edited(edit, data)
    return data


def _edited(edit: Edit, data: bytes) -> bytes:
    content = _parsed(data)
    return data if content is None else json.dumps(altered([edit], content)).encode()


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _styled(edit: Edit, data: bytes) -> bytes:
    content = _parsed(data)
    if content is None:
        return data
    text = {
        "indented": lambda: json.dumps(content, indent=2),
        "compact": lambda: json.dumps(content, separators=(",", ":")),
        "reversed": lambda: json.dumps(_reversed(content)),
    }[edit["style"]]()
    # With the line's end that an editor leaves: an empty object would else stay as it was.
    return f"{text}\n".encode()


def _reversed(content: Any) -> Any:
    if not isinstance(content, Mapping):
        return content
    return {name: _reversed(content[name]) for name in sorted(content, reverse=True)}


def _torn(edit: Edit, data: bytes) -> bytes:
    # Losing only the white space at the end would not tear the file.
    whole = data.rstrip()
    return whole[: len(whole) * int(edit["keep"]) // 100]


def _inserted(edit: Edit, data: bytes) -> bytes:
    at = len(data) * int(edit["at"]) // 100
    return data[:at] + bytes.fromhex(edit["insert"]) + data[at:]


_BYTES: Final[Mapping[str, Callable[[Edit, bytes], bytes]]] = {
    "style": _styled,
    "keep": _torn,
    "text": lambda edit, data: (str(edit["text"]) * int(edit.get("times", 1))).encode(),
    "append": lambda edit, data: data + str(edit["append"]).encode(),
    "insert": _inserted,
    "encode": lambda edit, data: data.decode("utf-8", "replace").encode(edit["encode"]),
}


# -- meaning ------------------------------------------------------------------------------------


def label(edits: Sequence[Edit], shape: Any) -> str:
    """``twin`` if what is left of a specimen is still strict JSON of its shape, else ``fault``."""
    whole = {"A": {"b": 1.5}} if shape is None else specimen(shape)
    try:
        content = strict(damaged(edits, json.dumps(whole).encode()))
    except ValueError:
        return FAULT
    return TWIN if shape is None or fits(shape, content) else FAULT


def flow(value: Any) -> str:
    """Format a value on one line as in a scenario file."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    bare = isinstance(value, str) and _BARE.fullmatch(value) and value not in _FLAGS
    return value if bare else json.dumps(value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name)
