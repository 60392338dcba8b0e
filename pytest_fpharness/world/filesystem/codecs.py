"""How the content of a file is encoded: the codecs of file bindings."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol, TypeVar

from pytest_fpharness.model.registry import Registry
from pytest_fpharness.model.shape import strict


class Codec(Protocol):
    """Decodes and encodes the content of a file."""

    def decode(self, data: bytes) -> Any:
        """The content; raises ValueError when the bytes are not of this encoding."""
        ...

    def encode(self, content: Any) -> bytes:
        """The bytes of a content that ``decode`` may return."""
        ...


@dataclass(frozen=True)
class CodecSpec:
    """One registered codec; with ``whole``, a file must decode whenever it is read."""

    name: str
    doc: str
    codec: Codec
    whole: bool


CODECS: Final[Registry[CodecSpec]] = Registry("codec")

C = TypeVar("C", bound="Callable[[], Codec]")


def codec(name: str, doc: str = "", *, whole: bool = True) -> Callable[[C], C]:
    """Register a class with ``decode`` and ``encode`` as the codec of that name.

    Args:
        name: What ``FileBinding(codec=...)`` calls it.
        doc: One sentence for the reference.
        whole: Whether a file that does not decode is torn, which fails a run; False for logs, which
            a process appends to.

    Raises:
        DuplicateName: Another extension has registered the name.
    """

    def register(make: C) -> C:
        CODECS.add(name, CodecSpec(name, doc, make(), whole), make)
        return make

    return register


@codec("json", "One JSON value.")
class JsonCodec:
    def decode(self, data: bytes) -> Any:
        return json.loads(data)

    def encode(self, content: Any) -> bytes:
        return json.dumps(content).encode()


@codec("jsonl", "One JSON value a line; a log.", whole=False)
class JsonLinesCodec:
    def decode(self, data: bytes) -> Any:
        return [strict(line) for line in data.splitlines() if line.strip()]

    def encode(self, content: Any) -> bytes:
        return b"".join(json.dumps(row).encode() + b"\n" for row in content)


@codec("text", "Any bytes; never parsed.", whole=False)
class TextCodec:
    def decode(self, data: bytes) -> Any:
        return data.decode("utf-8", "replace")

    def encode(self, content: Any) -> bytes:
        return str(content).encode()


@lru_cache(maxsize=256)
def decoded(name: str, data: bytes) -> Any:
    """The content by the codec of that name, or None when the bytes do not decode.

    Not to be changed: the same bytes give the same object.
    """
    try:
        return CODECS.named(name).codec.decode(data)
    except (ValueError, RecursionError):
        return None
