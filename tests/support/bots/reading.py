"""Tiny bots whose monitor reads books of a shape: one is right, each other is wrong in one way."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any, ClassVar

from pytest_fpharness.model.layout import Layout
from pytest_fpharness.model.shape import strict
from pytest_fpharness.world.world import World
from tests.support.bots.tiny import TinyBot

BOOKS = {"AAPL": {"qty": 2.0, "note": "x"}, "MSFT": {"qty": 1.5}}


class Reader(TinyBot):
    """Refuses exactly what is not JSON or has no finite quantity."""

    name = "reader"
    shapes: ClassVar[dict[str, Any]] = {"state.feed": {"*": {"qty": "number"}}}

    def layout(self) -> Layout:
        return dataclasses.replace(super().layout(), shapes=self.shapes)

    def prepare(self, world: World) -> None:
        world.files.put("feed.json", json.dumps(BOOKS).encode())

    def cycle(self) -> None:
        with open("cycles.jsonl", "a") as file:
            file.write('{"cycle": 1, "ok": true}\n')

    def broken(self) -> bool:
        with open("feed.json", "rb") as file:
            data = file.read()
        try:
            return not self.accepts(strict(data), data)
        except ValueError:
            return True

    def accepts(self, content: Any, data: bytes) -> bool:
        return isinstance(content, dict) and all(map(self.is_entry, content.values()))

    def is_entry(self, entry: Any) -> bool:
        qty = entry.get("qty") if isinstance(entry, dict) else None
        return isinstance(qty, int | float) and not isinstance(qty, bool) and math.isfinite(qty)


class Flat(Reader):
    """Its books are empty, so no entry can be damaged."""

    name = "flat"

    def prepare(self, world: World) -> None:
        world.files.put("feed.json", b"{}")


class Blind(Reader):
    """Takes an entry for a good one whatever its quantity is."""

    name = "blind"

    def is_entry(self, entry: Any) -> bool:
        return isinstance(entry, dict)


class Alarmist(Reader):
    """Cries over every file that is not written byte for byte like its own."""

    name = "alarmist"

    def accepts(self, content: Any, data: bytes) -> bool:
        return super().accepts(content, data) and data == json.dumps(content).encode()


class Shapeless(Reader):
    """Says nothing of what its file must hold."""

    name = "shapeless"
    shapes: ClassVar[dict[str, Any]] = {}

    def accepts(self, content: Any, data: bytes) -> bool:
        return True
