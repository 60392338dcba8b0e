"""The data vendor answers, and its rows are not what they should be."""

from __future__ import annotations

from typing import Any

from pytest_fpharness.faults.base import Fault, fault
from pytest_fpharness.model.vocabulary import ParamSpec


@fault(
    "uw_api.field",
    "The rows of the vendor's flow lack a field, or have another value in it.",
    ParamSpec("field", "text", "the field's name", required=True),
    ParamSpec("value", "any", "the value; without one the field is missing"),
    port="http",
    hold="pinned",
)
class Field(Fault):
    """Every row of every answer, until lifted."""

    witness = "the bot gets rows without a good field"

    def inject(self) -> None:
        """Alter the rows of the vendor's market."""
        self._market = self.world.uw_api.market
        self._rows = self._market.rows
        vars(self._market)["rows"] = self.rows

    def undo(self) -> None:
        """The rows as they were; below a later fault of this kind it lets them through."""
        if self._market.rows == self.rows:
            vars(self._market)["rows"] = self._rows

    def rows(self, minute: int) -> list[dict[str, Any]]:
        """A minute's rows with the field altered."""
        if not self.active:
            return self._rows(minute)
        name, value = str(self.params["field"]), self.params["value"]
        self.meet(f"got rows without a good {name}")
        rows = [{k: v for k, v in row.items() if k != name} for row in self._rows(minute)]
        return [row if value is None else {**row, name: value} for row in rows]
