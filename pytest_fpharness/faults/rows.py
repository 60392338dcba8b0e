"""Damaged rows of option flow, in the vendor's answers or in the cache."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from pytest_fpharness.model.timeline import Event
from pytest_fpharness.model.vocabulary import TRADER, ParamSpec
from pytest_fpharness.world.http.messages import HttpRequest, HttpResponse
from .base import READER, Fault, fault
from .cache import CacheFault, trades_of
from .network import HostFault

Row = dict[str, Any]


def _with(name: str, value: Any) -> Callable[[Row], Any]:
    return lambda row: {**row, name: value}


def _without(name: str) -> Callable[[Row], Any]:
    return lambda row: {key: value for key, value in row.items() if key != name}


def _renamed(row: Row) -> Row:
    return {("is_sweep" if key == "has_sweep" else key): value for key, value in row.items()}


#: Changes that make a row unusable.
MALFORMED: Final[dict[str, Callable[[Row], Any]]] = {
    "premium_null": _with("total_premium", None),
    "premium_text": _with("total_premium", "n/a"),
    "strike_text": _with("strike", "at the money"),
    "unknown_type": _with("type", "warrant"),
    "bad_created_at": _with("created_at", "this morning"),
    "no_created_at": _without("created_at"),
    "not_an_object": lambda row: "row",
}
#: Changes after which a row is valid but means something else.
MISLEADING: Final[dict[str, Callable[[Row], Any]]] = {
    "sweep_flag_renamed": _renamed,
    "not_sweeps": _with("has_sweep", False),
    "price_401": _with("price", "401.00"),
}
CHANGES: Final = {**MALFORMED, **MISLEADING}
_HOW = ParamSpec(
    "how", "choice", "the change to each row", required=True, choices=tuple(sorted(CHANGES))
)
ROWS: Final = ParamSpec("rows", "count", "number of rows, newest first; 0 for all", default=0)
HOST: Final = ParamSpec("host", "host", "role of the vendor's host", default="uw_api")
PROCESS: Final = ParamSpec(
    "process", "process", "the process that clusters the rows", default=TRADER
)


class _Rows(Fault):
    """Damages rows; subclasses say where the rows come from."""

    def how(self) -> str:
        return str(self.params["how"])

    def damage(self, row: Any) -> Any:
        return CHANGES[self.how()](row)

    def changed(self, old: Any, new: Any) -> bool:
        return True

    def broken(self, rows: list[Any]) -> int:
        """How many of these damaged rows are unusable."""
        return len(rows) if self.how() in MALFORMED else 0


@fault(
    "uw_api.rows",
    "Rows in the vendor's answers are damaged.",
    _HOW,
    ROWS,
    HOST,
    port="network",
    persistence="pinned",
)
class ApiRows(_Rows, HostFault):
    def answer(self, request: HttpRequest) -> HttpResponse | str | None:
        if not self.world.current_process or not request.path.endswith("/flow-alerts"):
            return None
        answer = self.world.uw_api.handle(request)
        if answer.status != 200:
            return answer
        content = answer.json()
        chosen = content["data"][: int(self.params["rows"]) or None]
        rows = [self.damage(row) for row in chosen]
        content["data"][: len(rows)] = rows
        if any(map(self.changed, chosen, rows)):
            self.record_hit(f"{len(rows)} rows of an answer: {self.how()}")
        elif rows:
            self.record_no_target()
        broken = self.broken(rows)
        if broken and self.world.current_process != READER:
            self.world.emit("rows.malformed", count=broken)
        return HttpResponse(answer.status, json.dumps(content).encode(), answer.headers)


@fault(
    "uw_cache.rows",
    "Rows in the cache are damaged at every read.",
    _HOW,
    ROWS,
    PROCESS,
    port="files",
    persistence="pinned",
)
class CacheRows(_Rows, CacheFault):
    """Stays after a restart of the writer."""

    def inject(self) -> None:
        self.needs_rows()
        super().inject()

    def swallows_writes(self, actor: str) -> bool:
        return False

    def clears(self, event: Event) -> bool:
        return False

    def read(self, data: bytes | None, actor: str) -> bytes | None:
        try:
            content = self.codec.decode(data or b"")
        except ValueError:
            return data
        chosen, rows = self._damaged(content)
        if actor != self.params["process"]:
            pass  # other processes do not use the rows
        elif any(map(self.changed, chosen, rows)):
            self.record_hit(f"{len(rows)} rows of the cache: {self.how()}")
            if broken := self.broken(rows):
                self.world.emit("rows.malformed", count=broken)
        elif rows:
            self.record_no_target()
        return self.codec.encode(content)

    def _damaged(self, content: Row) -> tuple[list[Any], list[Any]]:
        """Damage the newest rows of all symbols; return the old and the new rows."""
        places = [(rows, i) for rows in trades_of(content).values() for i in range(len(rows))]
        places.sort(key=lambda place: _created(place[0][place[1]]), reverse=True)
        count = int(self.params["rows"]) or len(places)
        old = [rows[index] for rows, index in places[:count]]
        for rows, index in places[:count]:
            rows[index] = self.damage(rows[index])
        return old, [rows[index] for rows, index in places[:count]]


def _created(row: Any) -> str:
    return str(row.get("created_at", "")) if isinstance(row, dict) else ""
