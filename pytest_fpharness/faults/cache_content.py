"""The vendor's cache with other content than was written: missing, empty, without symbols."""

from __future__ import annotations

import errno
import os
from typing import Any, Final

from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import ParamSpec
from .base import fault
from .cache import ROLE, TRADES, CacheFault

#: Content on the disk; writes are lost.
_ON_DISK: Final[dict[str, bytes | None]] = {
    "missing": None,
    "no_bytes": b"",
    "empty_object": b"{}",
    "not_json": b"<html>502 Bad Gateway</html>",
}
#: Errors on opening the file.
_ERRORS: Final = {"unreadable": errno.EACCES, "directory": errno.EISDIR}
#: Changes to the written content at every read.
_ALTERED: Final = ("metadata_only", "underscores_only", "no_trades", "list", "one_symbol")


@fault(
    "uw_cache.content",
    "The cache has this content instead of what was written, until its writer restarts.",
    ParamSpec(
        "holds", "choice", "the content", required=True, choices=(*_ON_DISK, *_ERRORS, *_ALTERED)
    ),
    ParamSpec("every_start", "flag", "stay after a restart of the writer", default=False),
    port="files",
    persistence="pinned",
    cleared_by="restart",
)
class CacheContent(CacheFault):
    witness = "a process of the bot reads the changed cache, or cannot open it"

    open_only = True

    def inject(self) -> None:
        self.holds = str(self.params["holds"])
        if self.holds == "no_trades":
            self.needs_rows()
        self.path = self.role(ROLE)
        self.before = self.world.files.raw_bytes(self.path)
        super().inject()
        self._put()

    def _put(self) -> None:
        if self.holds in _ON_DISK:
            self.world.files.put(self.path, _ON_DISK[self.holds])

    def undo(self) -> None:
        """Remove the overlay; restore the old content when the harness lifts the fault."""
        super().undo()
        if self.lifting and self.holds in _ON_DISK:
            self.world.files.put(self.path, self.before)

    def clears(self, event: Event) -> bool:
        return super().clears(event) and not self.params["every_start"]

    def swallows_writes(self, actor: str) -> bool:
        return self.holds not in _ALTERED

    def read(self, data: bytes | None, actor: str) -> bytes | None:
        if self.holds in _ERRORS:
            if not actor:
                return data
            self.record_hit(f"could not open the cache: {self.holds}")
            raise OSError(_ERRORS[self.holds], os.strerror(_ERRORS[self.holds]))
        self.record_hit(f"read the cache: {self.holds}")
        if self.holds in _ON_DISK:
            return data
        try:
            return self.codec.encode(self._altered(self.codec.decode(data or b"")))
        except ValueError:
            return data

    def _altered(self, content: dict[str, Any]) -> Any:
        symbols = [name for name in content if not name.startswith("_")]
        rest = {name: value for name, value in content.items() if name not in symbols}
        if self.holds == "list":
            return list(content.values())
        if self.holds == "no_trades":
            return rest | {name: {**content[name], TRADES: []} for name in symbols}
        if self.holds == "underscores_only":
            return rest | {f"_{name}": content[name] for name in symbols}
        if self.holds == "one_symbol":
            return rest | {name: content[name] for name in _busiest(content, symbols)}
        return rest


def _busiest(content: dict[str, Any], symbols: list[str]) -> list[str]:
    """The symbol with the highest premium, or the last one if there are no premiums."""

    def rank(name: str) -> tuple[float, str]:
        premium = content[name].get("total_premium") if isinstance(content[name], dict) else None
        return (premium if isinstance(premium, int | float) else 0, name)

    return sorted(symbols, key=rank)[-1:]
