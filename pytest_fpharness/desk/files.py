"""``fp_uw_cache`` and ``fp_state``: the vendor's cache and the bot's state files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pytest_fpharness.desk.inline import Inline
from pytest_fpharness.desk.words import Held, Length, choose, duration
from pytest_fpharness.faults.files import Corrupt
from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.world.os_calls import REAL

ROLE: Final = "uw_cache"
HOWS: Final = next(p for p in Corrupt.spec.params if p.name == "how").choices
#: Files of the state room that are not called ``state/<name>.json``.
STATE_FILES: Final[Mapping[str, str]] = {
    "weights": "state/signal_weights.json",
    "freezes": "state/governor_freezes.json",
    "freeze_flag": "state/pre_market_freeze.flag",
}


def encode(content: Any) -> bytes:
    """Text and bytes as they are, everything else as JSON."""
    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else json.dumps(content)).encode()


def _decode(data: bytes | None) -> Any:
    """JSON if it is, else text; None for no file."""
    if data is None:
        return None
    try:
        return json.loads(data)
    except ValueError:
        return data.decode("utf-8", "replace")


class CacheDesk:
    """The vendor's cache, ``data/uw_flow_cache.json`` unless bound to another path."""

    def __init__(self, inline: Inline) -> None:
        self._inline = inline

    def bind(self, path: str, stamp: str = "_metadata.last_update") -> None:
        """Say where the cache is, and the dotted path of its time stamp (epoch seconds)."""
        self._inline.bind(ROLE, path, stamp)

    @property
    def path(self) -> Path:
        """The cache's file."""
        return Path(self._inline.world.files.path_of(ROLE))

    def read(self) -> Any:
        """What is in the file: JSON, text, or None for no file."""
        return _decode(self._inline.world.files.raw_bytes(str(self.path)))

    def write(self, content: Any) -> None:
        """Put this into the file: text as it is, everything else as JSON."""
        self._inline.put(ROLE, encode(content))

    def make_fresh(self, age: Length = 0) -> None:
        """A healthy cache of this age; made of the vendor's data if there is none."""
        self._age(duration(age))

    def make_stale(self, age: Length = "11m") -> None:
        """A healthy cache of this age, by its time stamp and its modification time."""
        self._age(duration(age))

    def remove(self) -> None:
        """No file."""
        self._inline.put(ROLE, None)

    def empty(self) -> None:
        """A file of no bytes."""
        self.write(b"")

    def without_symbols(self) -> None:
        """A fresh cache that knows no symbol."""
        self.write({})
        self._age(0)

    def truncate(self) -> None:
        """Half of the file, as after a crash in the middle of a write."""
        data = encode(self._content())
        self.write(data[: len(data) // 2])

    def without_metadata(self) -> None:
        """The symbols without what says when they were written."""
        content = self._content()
        content.pop(self._stamp()[0], None)
        self.write(content)

    def stop_writer(self) -> Held:
        """Whatever the code under test writes to the cache is lost; the age grows by itself."""
        return self._inline.hold("uw_cache.writer_stalls")

    def _stamp(self) -> list[str]:
        return self._inline.bindings[ROLE].stamp.split(".")

    def _content(self) -> dict[str, Any]:
        content = self.read()
        return content if isinstance(content, dict) else self._healthy()

    def _healthy(self) -> dict[str, Any]:
        """What the vendor says now, by symbol."""
        world = self._inline.world
        rows = world.uw_api.market.rows(world.clock.wall_ns_true() // (60 * SECOND))
        content: dict[str, Any] = {}
        for row in rows:
            content.setdefault(row["ticker"], {"flow_trades": []})["flow_trades"].append(row)
        return content

    def _age(self, age: int) -> None:
        content, at = self._content(), self._inline.clock.wall_ns() - age
        place: dict[str, Any] = content
        *parts, last = self._stamp()
        for part in parts:
            inner = place.get(part)
            place[part] = place = inner if isinstance(inner, dict) else {}
        place[last] = at // SECOND
        self.write(content)
        REAL["utime"](str(self.path), ns=(at, at))


class StateDesk:
    """The bot's state: a bare name is ``state/<name>.json`` unless it is bound to a path."""

    def __init__(self, inline: Inline) -> None:
        self._inline = inline
        for name, path in STATE_FILES.items():
            inline.bind(f"state.{name}", path)

    def bind(self, name: str, path: str) -> None:
        """Say where a file is, relative to the test's directory."""
        self._inline.bind(f"state.{name}", path)

    def _role(self, name: str) -> str:
        if not name or "/" in name or name.endswith(".json"):
            stem = os.path.basename(name).removesuffix(".json") or "positions"
            raise ValueError(
                f"{name!r} is not a bare name; say {stem!r}, or fp_state.bind({stem!r}, {name!r})"
            )
        role = f"state.{name}"
        if role not in self._inline.bindings:
            self._inline.bind(role, f"state/{name}.json")
        return role

    def path(self, name: str) -> Path:
        """The file of that name."""
        return Path(self._inline.world.files.path_of(self._role(name)))

    def read(self, name: str) -> Any:
        """What is in the file: JSON, text, or None for no file."""
        return _decode(self._inline.world.files.raw_bytes(str(self.path(name))))

    def write(self, name: str, content: Any) -> None:
        """Put this into the file: text as it is, everything else as JSON."""
        self._inline.put(self._role(name), encode(content))

    def corrupt(self, name: str, how: str = "truncated") -> Held:
        """Damage the file: truncated, empty, nul, not_json, wrong_type or bom."""
        how = choose(how, HOWS, "a way to damage a file")
        return self._inline.hold("file.corrupt", file=self._role(name), how=how)

    def delete(self, name: str) -> Held:
        """Remove the file."""
        return self._inline.hold("file.delete", file=self._role(name))

    def unreadable(self, name: str, error: str = "EACCES") -> Held:
        """Every look at the file fails: EACCES or EIO."""
        error = choose(error, ("EACCES", "EIO"), "an error that the world gives")
        return self._inline.hold("file.unreadable", file=self._role(name), error=error)

    def freeze(self, reason: str = "frozen by the test", name: str = "fp_test") -> None:
        """Freeze trading in the governor's file, beside the freezes that are there."""
        freezes = self.read("freezes")
        freezes = freezes if isinstance(freezes, dict) else {}
        since = self._inline.clock.wall_ns() // SECOND
        freezes[name] = {"active": True, "by": "person", "reason": reason, "since": since}
        self.write("freezes", freezes)

    def unfreeze(self, name: str = "fp_test") -> None:
        """Take that freeze back."""
        freezes = self.read("freezes")
        if isinstance(freezes, dict) and freezes.pop(name, None) is not None:
            self.write("freezes", freezes)
