"""Category 5: the environment that the processes found when they last started."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pytest_fpharness.reference_bot.config import OPTIONS, report_path
from pytest_fpharness.reference_bot.files import StateError
from pytest_fpharness.reference_bot.settings import UNITS
from .base import ERROR, OK, WARN, Finding, Pass

Row = dict[str, Any]

#: Required variables by their value name on the dashboard, which must not look like a key.
SHOWN: Final[Mapping[str, str]] = {
    "vendor_access_set": "UW_API_KEY",
    "broker_id_set": "ALPACA_KEY",
    "broker_access_set": "ALPACA_SECRET",
    "webhook_set": "ALERT_WEBHOOK_URL",
}


def variables_set(current: Pass) -> Finding:
    """FP-5.1: every process has its variables, without using a default."""
    reports = _reports(current)
    missing = _named(reports, "missing")
    defaults = _named(reports, "defaults")
    present = _bot(reports, "set")
    values: Row = {shown: present.get(name) for shown, name in SHOWN.items()}
    values |= {"missing": missing, "defaults": defaults}
    if missing:
        who = ", ".join(p for p, report in reports.items() if report["missing"])
        return Finding(ERROR, f"{who} cannot start without {', '.join(missing)}", values)
    if defaults:
        return Finding(WARN, f"not set, so the default is used: {', '.join(defaults)}", values)
    return Finding(OK, "every variable is set", values)


def values_valid(current: Pass) -> Finding:
    """FP-5.2: every value is in its range."""
    reports = _reports(current)
    in_use = _bot(reports, "given")
    values: Row = {option.name.lower(): in_use.get(option.name) for option in OPTIONS}
    values["broker_url"] = in_use.get("ALPACA_BASE_URL")
    refused, invalid = _texts(reports, "refused"), _texts(reports, "invalid")
    values["errors"] = [*refused, *invalid]
    if refused:
        return Finding(ERROR, f"refused to start: {'; '.join(refused)}", values)
    if invalid:
        return Finding(WARN, f"a safe default is used: {'; '.join(invalid)}", values)
    return Finding(OK, "every value is in its range", values)


def start_refused(current: Pass, process: str) -> bool:
    """Whether a process cannot start with its configuration, so that a restart is pointless."""
    report = _reports(current).get(process)
    return report is not None and bool(report["missing"] or report["refused"])


def _reports(current: Pass) -> dict[str, Row]:
    """The start reports by process; a process that never started has none."""
    by_process = {}
    for process in UNITS:
        try:
            report = current.read_dict(report_path(process))
        except StateError:
            continue
        if {"missing", "defaults", "invalid", "refused", "given", "set"} <= report.keys():
            by_process[process] = report
    return by_process


def _bot(reports: dict[str, Row], key: str) -> Row:
    return dict(reports["bot"][key]) if "bot" in reports else {}


def _named(reports: dict[str, Row], key: str) -> list[str]:
    return sorted({name for report in reports.values() for name in report[key]})


def _texts(reports: dict[str, Row], key: str) -> list[str]:
    texts = {n: why for report in reports.values() for n, why in report[key].items()}
    return [f"{name} {why}" for name, why in sorted(texts.items())]
