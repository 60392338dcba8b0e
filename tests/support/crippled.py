"""The reference bot with one thing of one failure point taken away.

Which one stands in the plan's world: ``without: "FP-1.3 detector"``, or with what it needs to know,
``without: "FP-3.2 gate max_positions"``; ``without: "all history"`` takes it from all of them.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from pytest_fpharness.faults.base import Fault, fault
from pytest_fpharness.model.health import DashboardRow, DetailPage, Statistics
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.targets.contract import Process
from pytest_fpharness.targets.reference import BOT, ReferenceBot
from pytest_fpharness.targets.reference_files import FILES
from pytest_fpharness.world.world import World

Append = Callable[..., None]


@fault("test.nothing", "Nothing at all.", ParamSpec("file", "file"), port="files")
class Nothing(Fault):
    """A fault that does nothing."""

    def inject(self) -> None:
        """Leave the world as it is."""


def _detector(fp: str, instance: Any) -> None:
    from pytest_fpharness.reference_bot.monitoring.checks import Finding

    # A blind check may still fill its row.
    values = dict.fromkeys(("daemon_alive", "cache_age", "weights", "frozen", "reason"))
    for item in _ids(fp, instance):
        instance.checks[item] = lambda current: Finding("OK", "blind", values)


def _healer(fp: str, instance: Any) -> None:
    instance.heals[fp].act = lambda current, finding, entry: "did nothing"


def _ids(fp: str, instance: Any) -> list[str]:
    return list(instance.checks) if fp == "all" else [fp]


def _alert(fp: str, instance: Any) -> None:
    instance.alerting.difference_update(_ids(fp, instance))


def _escalation(fp: str, instance: Any) -> None:
    instance.escalating.difference_update(_ids(fp, instance))


def _colour(fp: str, instance: Any) -> None:
    for item in _ids(fp, instance):
        instance.colours[item] = dict.fromkeys(("OK", "WARN", "ERROR"), "GREEN")


def _history(fp: str, instance: Any) -> None:
    gone = _ids(fp, instance)
    _lose(
        "history",
        lambda path, line: "history" in path and "to" in line and line["fp"] in gone,
    )


def _manual_steps(fp: str, instance: Any) -> None:
    for item in _ids(fp, instance):
        instance.failure_points[item] = instance.failure_point(item)._replace(manual_steps=())


def _papers(fp: str, instance: Any) -> None:
    _history(fp, instance)
    _manual_steps(fp, instance)


def _counts(fp: str, instance: Any) -> None:
    shown = instance.healing.shown
    instance.healing.shown = lambda fp, point: {**shown(fp, point), "attempts": 0, "successes": 0}


def _log(output: str) -> None:
    """No line that says so goes to the log of the role, from whatever module."""
    role, _, says = output.partition(" ")
    name = FILES[role].path
    _lose("", lambda path, line: path == name and says in json.dumps(line, sort_keys=True))


def _lose(of: str, lost: Callable[[str, dict[str, Any]], bool]) -> None:
    """Lines of some kind are written by no module of the bot, or not by the named one."""
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{BOT}.{of}") and hasattr(module, "append_line"):
            vars(module)["append_line"] = _unless(lost, vars(module)["append_line"])


def _unless(lost: Callable[[str, dict[str, Any]], bool], append: Append) -> Append:
    def kept(path: str, line: dict[str, Any], **more: Any) -> None:
        if not lost(path, line):
            append(path, line, **more)

    return kept


def _gate(gate: str, instance: Any) -> None:
    from pytest_fpharness.reference_bot.trading import gates
    from pytest_fpharness.reference_bot.trading.funds import Funds

    if gate == "sizing":  # no gate, but the cut of an entry to the buying power
        Funds.affordable = lambda funds, wanted, price: wanted  # type: ignore[method-assign, assignment]
    else:
        gates.GATES[gate] = lambda candidate, exposure: ""


#: By what is taken away: how, and from which process.
EDITS: Mapping[str, tuple[Callable[[str, Any], None], str]] = {
    "detector": (_detector, "monitor"),
    "healer": (_healer, "monitor"),
    "alert": (_alert, "monitor"),
    "escalation": (_escalation, "monitor"),
    "colour": (_colour, "monitor"),
    "gate": (_gate, "bot"),
    "history": (_history, "monitor"),
    "manual_steps": (_manual_steps, "monitor"),
    "papers": (_papers, "monitor"),  # history, statistics and manual steps at once
    "counts": (_counts, "monitor"),
}


class CrippledBot(ReferenceBot):
    """See the module."""

    fp = what = gate = ""

    def __init__(self) -> None:
        super().__init__(self._cripple)

    def processes(self, world: World) -> Sequence[Process]:
        output = f"{world.settings.get('without', '')}   ".split(" ", 2)
        self.fp, self.what, self.gate = output[0], output[1], output[2].strip()
        return super().processes(world)

    def _cripple(self, process: str, instance: Any) -> None:
        if self.what not in EDITS:
            return
        edit, where = EDITS[self.what]
        both = ("monitor", "watchdog") if self.fp == "all" else ("watchdog",)
        by_watchdog = where == "monitor" and self.fp in ("FP-6.20", "all")
        if process in (both if by_watchdog else (where,)):
            edit(self.gate or self.fp, instance)

    def _process(self, *output: Any) -> Process:
        result = super()._process(*output)
        return replace(result, start=partial(self._start, result)) if self.what == "log" else result

    def _start(self, process: Process) -> Mapping[str, Callable[[], object]]:
        for module in process.modules:  # what it logs when it starts is to be lost as well
            importlib.import_module(module)
        _log(self.gate)
        return process.start()

    def dashboard(self) -> Mapping[str, DashboardRow]:

        from pytest_fpharness.reference_bot.dashboard import app as dashboard

        if self.what == "row":
            dashboard.HIDDEN.update(super().dashboard() if self.fp == "all" else {self.fp})
        if self.what == "values":
            names = [
                n for n, row in super().dashboard().items() if n == self.fp for n in row.values
            ]
            dashboard.HIDDEN_VALUES.update((self.fp, name) for name in names)
        result = super().dashboard()
        if self.what == "trend":
            result = {fp: replace(row, trend=()) for fp, row in result.items()}
        return result

    def detail(self, fp: str) -> DetailPage | None:
        page = super().detail(fp)
        if page is None or (self.what == "page" and self._meant(fp)):
            return None
        if self.what in ("manual_steps", "papers") and self._meant(fp):
            return replace(page, manual_steps=())
        return page

    def statistics(self) -> Mapping[str, Statistics]:
        gone = self.what in ("statistics", "papers")
        return {
            fp: result
            for fp, result in super().statistics().items()
            if not (gone and self._meant(fp))
        }

    def _meant(self, fp: str) -> bool:
        return self.fp in ("all", fp)
