"""The public API: import everything from here.

A target module needs the contract, the layout, health and durations; they import quickly and need
nothing but the standard library. The rest is imported at first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from pytest_fpharness.model.duration import (
    DAY,
    HOUR,
    MILLISECOND,
    MINUTE,
    SECOND,
    format_duration,
    parse_duration,
)
from pytest_fpharness.model.health import (
    Alert,
    DashboardRow,
    Decision,
    DetailPage,
    FailurePointHealth,
    Healing,
    Health,
    Readiness,
    Statistics,
    Status,
)
from pytest_fpharness.model.layout import FileBinding, Layout
from pytest_fpharness.model.shape import fits
from pytest_fpharness.model.timeline import Event, Timeline
from pytest_fpharness.model.vocabulary import ParamSpec
from pytest_fpharness.targets.contract import (
    Alerts,
    Books,
    Checks,
    ContractError,
    Dashboard,
    Decisions,
    Details,
    Injects,
    Learns,
    Prepares,
    Process,
    RestartPolicy,
    Target,
    Task,
)
from pytest_fpharness.world.http.messages import (
    AnswerLost,
    HttpRequest,
    HttpResponse,
    json_response,
    text_response,
)

#: The module of each name that is imported at first use: they import the world.
_AT_FIRST_USE: Final = {
    "Case": "judge.case",
    "CatalogError": "catalog.syntax.problems",
    "Evidence": "judge.evidence",
    "ExtensionError": "extensions",
    "Extensions": "extensions",
    "Fault": "faults.base",
    "MissingRole": "faults.base",
    "Plan": "model.plan",
    "Record": "model.record",
    "Runner": "runner.runner",
    "TargetFailed": "runner.runner",
    "TargetInfo": "model.layout",
    "Verdict": "model.verdict",
    "World": "world.world",
    "codec": "world.filesystem.codecs",
    "fault": "faults.base",
    "host": "world.http.hosts",
    "invariant": "judge.invariants.registry",
    "mutant": "judge.mutants.registry",
    "open_world": "fixtures.world",
    "signal": "signals.base",
}

if TYPE_CHECKING:
    from pytest_fpharness.catalog.syntax.problems import CatalogError
    from pytest_fpharness.extensions import ExtensionError, Extensions
    from pytest_fpharness.faults.base import Fault, MissingRole, fault
    from pytest_fpharness.fixtures.world import open_world
    from pytest_fpharness.judge.case import Case
    from pytest_fpharness.judge.evidence import Evidence
    from pytest_fpharness.judge.invariants.registry import invariant
    from pytest_fpharness.judge.mutants.registry import mutant
    from pytest_fpharness.model.layout import TargetInfo
    from pytest_fpharness.model.plan import Plan
    from pytest_fpharness.model.record import Record
    from pytest_fpharness.model.verdict import Verdict
    from pytest_fpharness.runner.runner import Runner, TargetFailed
    from pytest_fpharness.signals.base import signal
    from pytest_fpharness.world.filesystem.codecs import codec
    from pytest_fpharness.world.http.hosts import host
    from pytest_fpharness.world.world import World
else:

    def __getattr__(name: str) -> Any:
        if name not in _AT_FIRST_USE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = importlib.import_module(f"pytest_fpharness.{_AT_FIRST_USE[name]}")
        globals()[name] = getattr(module, name)
        return globals()[name]


__all__ = [
    "DAY",
    "HOUR",
    "MILLISECOND",
    "MINUTE",
    "SECOND",
    "Alert",
    "Alerts",
    "AnswerLost",
    "Books",
    "Case",
    "CatalogError",
    "Checks",
    "ContractError",
    "Dashboard",
    "DashboardRow",
    "Decision",
    "Decisions",
    "DetailPage",
    "Details",
    "Event",
    "Evidence",
    "ExtensionError",
    "Extensions",
    "FailurePointHealth",
    "Fault",
    "FileBinding",
    "Healing",
    "Health",
    "HttpRequest",
    "HttpResponse",
    "Injects",
    "Layout",
    "Learns",
    "MissingRole",
    "ParamSpec",
    "Plan",
    "Prepares",
    "Process",
    "Readiness",
    "Record",
    "RestartPolicy",
    "Runner",
    "Statistics",
    "Status",
    "Target",
    "TargetFailed",
    "TargetInfo",
    "Task",
    "Timeline",
    "Verdict",
    "World",
    "codec",
    "fault",
    "fits",
    "format_duration",
    "host",
    "invariant",
    "json_response",
    "mutant",
    "open_world",
    "parse_duration",
    "signal",
    "text_response",
]
