"""Convert dataclasses to JSON-able data and back, at process borders."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")
Reader = Callable[[Any], Any]
_ATOMS = frozenset({str, int, float, bool, type(None)})


def to_plain(value: Any) -> Any:
    """Convert a tree of dataclasses to JSON-able data; fields with their default are omitted."""
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is dict:
        return {str(key): to_plain(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [to_plain(item) for item in value]
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(kind):
        return {
            name: to_plain(item)
            for name, default in _defaults(kind)
            if (item := getattr(value, name)) != default
        }
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    return value


def from_plain(kind: type[T], data: Any) -> T:
    """Build the dataclass ``kind`` from plain data; raises TypeError if ``data`` does not fit it."""
    return typing.cast(T, _reader(typing.cast(Any, kind))(data))


@cache
def _defaults(kind: Any) -> list[tuple[str, Any]]:
    """The fields of a dataclass with their defaults; MISSING, which equals no value, without one."""
    defaults = []
    for field in dataclasses.fields(kind):
        made = field.default_factory
        default = field.default if made is dataclasses.MISSING else made()
        defaults.append((field.name, default))
    return defaults


@cache
def _readers(kind: Any) -> Mapping[str, Reader]:
    return {name: _reader(hint) for name, hint in typing.get_type_hints(kind).items()}


@cache
def _reader(kind: Any) -> Reader:
    """A function that builds a value of a type from plain data; cached by type."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        inner = [arg for arg in args if arg is not type(None)]
        one = _reader(inner[0]) if len(inner) == 1 else _as_it_is
        return lambda data: None if data is None else one(data)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind
    if dataclasses.is_dataclass(kind):
        return lambda data: _build(kind, data)
    if origin is not None and issubclass(origin, Mapping):
        value = _reader(args[1])
        return lambda data: {key: value(item) for key, item in _fits(data, dict).items()}
    if origin is not None and issubclass(origin, Sequence):  # a tuple is one
        item = _reader(args[0])
        return lambda data: tuple(map(item, _fits(data, list, tuple)))
    if kind in (str, int, bool):
        return lambda data: data if type(data) is kind else _fits(data, kind)
    return _number if kind is float else _as_it_is


def _number(data: Any) -> Any:
    return data if type(data) is float else _fits(data, int, float)


def _fits(data: Any, *kinds: type) -> Any:
    """Return the data; raises TypeError if it has another type. A bool does not count as a number."""
    if not isinstance(data, kinds) or (isinstance(data, bool) and bool not in kinds):
        raise TypeError(f"{data!r:.80} is not a {kinds[0].__name__}")
    return data


def _as_it_is(data: Any) -> Any:
    return data


def _build(kind: Any, data: Any) -> Any:
    readers = _readers(kind)
    if not isinstance(data, Mapping) or not data.keys() <= readers.keys():
        raise TypeError(f"{data!r:.80} does not fit {kind}")
    return kind(**{name: readers[name](item) for name, item in data.items()})
