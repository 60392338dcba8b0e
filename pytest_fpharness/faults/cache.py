"""Faults of the vendor's cache: too old, without a time stamp, or no longer written."""

from __future__ import annotations

from typing import Any

from pytest_fpharness.model.duration import SECOND
from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.filesystem.codecs import Codec
from .base import Fault, MissingRole, fault

ROLE = "uw_cache"
TRADES = "flow_trades"  # the key of a symbol's rows


def trades_of(content: Any) -> dict[str, list[Any]]:
    """The rows of each symbol, in order; a symbol without a list of rows is left out."""
    symbols = content if isinstance(content, dict) else {}
    trades = {name: symbols[name] for name in sorted(symbols) if not name.startswith("_")}
    rows = {name: e.get(TRADES) for name, e in trades.items() if isinstance(e, dict)}
    return {name: listed for name, listed in rows.items() if isinstance(listed, list)}


class CacheFault(Fault):
    """Overlays the cache file; ends when the process that writes it restarts."""

    witness = "a process of the bot reads the changed cache"

    @property
    def codec(self) -> Codec:
        return self.world.files.codec_of(ROLE)

    def writer(self) -> str:
        return self.world.layout.files[ROLE].writer

    def inject(self) -> None:
        self.began = self.world.clock.now
        self.world.files.overlays[self.role(ROLE)] = self

    def needs_rows(self) -> None:
        """Raise MissingRole if the target's cache has symbols but no rows of them."""
        try:
            content = self.codec.decode(self.world.files.raw_bytes(self.role(ROLE)) or b"")
        except ValueError:
            return  # not written yet, or changed by another fault
        symbols = isinstance(content, dict) and any(not name.startswith("_") for name in content)
        if symbols and not trades_of(content):
            raise MissingRole(f"{TRADES} in {ROLE}")

    def undo(self) -> None:
        self.world.files.overlays.pop(self.role(ROLE), None)

    def clears(self, event: Event) -> bool:
        return event.kind == "process.start" and event.facts["process"] == self.writer()

    def reapply(self) -> None:
        """Keep the overlay: a restart does not help."""

    def swallows_writes(self, actor: str) -> bool:
        return True

    def mtime(self, real: int | None, actor: str) -> int | None:
        return real

    def read(self, data: bytes | None, actor: str) -> bytes | None:
        return data


@fault(
    "uw_cache.age",
    "The cache has exactly this age at every read, even if its writer updates it.",
    ParamSpec(
        "age",
        "duration",
        "age of the time stamp; or a time stamp that is missing, null or not a date",
        required=True,
        choices=("missing", "null", "not a date"),
    ),
    ParamSpec("hidden_from", "process", "a process that reads a fresh cache", default=""),
    port="files",
    persistence="pinned",
    cleared_by="restart",
)
class CacheAge(CacheFault):
    """Moves time stamp and modification time along with the clock (S11)."""

    def read(self, data: bytes | None, actor: str) -> bytes | None:
        try:
            content = self.codec.decode(data or b"")
        except ValueError:
            return data
        age = self.params["age"]
        if actor and actor == self.params["hidden_from"]:
            age = SECOND
        else:
            self.record_hit(f"read a cache of age {age if isinstance(age, str) else age / SECOND:}")
        self._stamp(content, age)
        return self.codec.encode(content)

    def _stamp(self, content: Any, age: int | str) -> None:
        *path, last = self.world.layout.files[ROLE].stamp.split(".")
        place = content
        for part in path:
            place = place.setdefault(part, {})
        if age == "missing":
            place.pop(last, None)
        elif isinstance(age, str):
            place[last] = None if age == "null" else age
        else:
            place[last] = int((self.world.clock.wall_ns() - age) // SECOND)

    def mtime(self, real: int | None, actor: str) -> int | None:
        age = self.params["age"]
        if actor and actor == self.params["hidden_from"]:
            age = SECOND
        return self.world.clock.wall_ns() - age if isinstance(age, int) else real


@fault(
    "uw_cache.writer_stalls",
    "The process that writes the cache runs on but writes nothing, so the cache gets older.",
    port="files",
    persistence="growing",
    cleared_by="restart",
)
class WriterStalls(CacheFault):
    def swallows_writes(self, actor: str) -> bool:
        return True

    def read(self, data: bytes | None, actor: str) -> bytes | None:
        if self.world.clock.now - self.began > self.world.layout.cycle:
            self.record_hit("read a cache that is no longer written")
        return data
