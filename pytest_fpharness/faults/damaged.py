"""Damage by a list of edits: to a state file, to rows of option flow, to a function's result.

The edits are plain data (:mod:`pytest_fpharness.model.damage`), so a generated example is an
ordinary fault that can be committed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pytest_fpharness.model.damage import altered, damaged, flow
from pytest_fpharness.model.shape import fits
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.world.world import World
from .base import Fault, MissingRole, fault
from .code import FUNCTION, SYMBOL, SYMBOLS, FunctionFails
from .files import BACKUP, FILE, FileFault
from .rows import HOST, PROCESS, ROWS, ApiRows, CacheRows

_DAMAGE: Final = ParamSpec(
    "damage", "damage", "edits in order, such as [{drop: strike}]", required=True
)
#: The shape of a row that can be used.
ROW: Final = "uw_api.rows"


def shape_of(world: World, name: str) -> Any:
    """The shape of that name in the target's layout; raises MissingRole."""
    try:
        return world.layout.shapes[name]
    except KeyError:
        raise MissingRole(f"shape {name}") from None


@fault(
    "file.damaged",
    "The file's content is damaged by these edits; it may stay usable.",
    FILE,
    ParamSpec(
        "damage",
        "file_damage",
        "edits in order, such as [{drop: SPY/qty}] or [{keep: 50}]",
        required=True,
    ),
    BACKUP,
    port="files",
    cleared_by="rewrite",
)
class Damaged(FileFault):
    """Writes the edited bytes; edits that change nothing are not counted as met."""

    def content(self, old: bytes | None) -> bytes | None:
        self.old = old
        return damaged(self.params["damage"], old or b"{}")

    def read(self, data: bytes | None, actor: str) -> bytes | None:
        if self.bad != self.old:
            return super().read(data, actor)
        self.record_no_target()
        return data


class _DamagedRow(Fault):
    """Damages rows by edits; a row without the layout's shape counts as unusable."""

    def inject(self) -> None:
        self.shape = shape_of(self.world, ROW)
        super().inject()

    def how(self) -> str:
        return flow(self.params["damage"])

    def damage(self, row: Any) -> Any:
        return altered(self.params["damage"], row)

    def changed(self, old: Any, new: Any) -> bool:
        """Not by edits of what was not there."""
        return repr(old) != repr(new)

    def broken(self, rows: list[Any]) -> int:
        """How many of these rows do not have the shape that is needed."""
        return sum(not fits(self.shape, row) for row in rows)


@fault(
    "uw_api.damaged_rows",
    "Rows in the vendor's answers are damaged by these edits.",
    _DAMAGE,
    ROWS,
    HOST,
    port="network",
    persistence="pinned",
)
class DamagedApiRows(_DamagedRow, ApiRows):
    """In every answer, until lifted."""


@fault(
    "uw_cache.damaged_rows",
    "Rows in the cache are damaged by these edits at every read.",
    _DAMAGE,
    ROWS,
    PROCESS,
    port="files",
    persistence="pinned",
)
class DamagedCacheRows(_DamagedRow, CacheRows):
    """At every read, until lifted."""


@fault(
    "function.damaged",
    "The result of a function of the bot is damaged by these edits.",
    FUNCTION,
    ParamSpec("damage", "damage", "edits, such as [{set: ., json: NaN}]", required=True),
    SYMBOL,
    SYMBOLS,
    port="code",
    persistence="pinned",
)
class DamagedAnswer(FunctionFails):
    """The function is called, and its answer edited on the way."""

    def inject(self) -> None:
        self.shape = shape_of(self.world, str(self.params["function"]))
        super().inject()

    def how(self) -> str:
        return flow(self.params["damage"])

    def answer(self, call: Callable[[], Any]) -> tuple[Any, bool, bool]:
        """The edited answer; it fails when it lacks the function's shape."""
        true = call()
        answer = altered(self.params["damage"], true)
        return answer, repr(answer) != repr(true), not fits(self.shape, answer)
