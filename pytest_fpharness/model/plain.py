"""Between dataclasses and JSON-able data, at every process border."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Lists, dicts, strings, numbers and None of a dataclass tree; fields at their default stay out."""
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: to_plain(item)
            for field in dataclasses.fields(value)
            if not _is_default(field, item := getattr(value, field.name))
        }
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    return value


def from_plain(kind: type[T], data: Any) -> T:
    """The dataclass ``kind`` again; raises TypeError when ``data`` does not fit it."""
    return typing.cast(T, _read(kind, data))


def _is_default(field: dataclasses.Field[Any], value: object) -> bool:
    if field.default_factory is not dataclasses.MISSING:
        return bool(value == field.default_factory())
    return field.default is not dataclasses.MISSING and bool(value == field.default)


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)


def _read(kind: Any, data: Any) -> Any:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        inner = [arg for arg in args if arg is not type(None)]
        return None if data is None else _read(inner[0], data) if len(inner) == 1 else data
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind(data)
    if dataclasses.is_dataclass(kind):
        hints = _hints(typing.cast(type, kind))
        if not isinstance(data, Mapping) or not data.keys() <= hints.keys():
            raise TypeError(f"{data!r:.80} does not fit {kind}")
        return typing.cast(Any, kind)(
            **{name: _read(hints[name], item) for name, item in data.items()}
        )
    if origin is not None and issubclass(origin, Mapping):
        return {key: _read(args[1], item) for key, item in data.items()}
    if origin is tuple:
        return tuple(_read(args[0], item) for item in data)
    if origin is not None and issubclass(origin, Sequence):
        return tuple(_read(args[0], item) for item in data)
    return data
