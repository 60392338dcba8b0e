"""Validate the configuration in the environment and report what is in use.

A missing required variable, or an invalid value for money or a host, prevents the start. Any other
missing or invalid value is replaced by a safe default and reported. Each process writes a report
of its last start for the monitor.
"""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from .files import append_line, write_json

LIVE_HOST: Final = "api.alpaca.markets"
REQUIRED: Final = ("UW_API_KEY", "ALPACA_KEY", "ALPACA_SECRET", "ALERT_WEBHOOK_URL")
HOSTS: Final[Mapping[str, str]] = {
    "UW_BASE_URL": "https://api.unusualwhales.com",
    "ALPACA_BASE_URL": "https://paper-api.alpaca.markets",
    "ALPACA_DATA_URL": "https://data.alpaca.markets",
}
MODE: Final = "TRADING_MODE"
MODES: Final = ("PAPER", "LIVE")
LOG: Final = "logs/bot.jsonl"


class Option(NamedTuple):
    """A number with a default and a closed range; ``money``: an invalid value prevents the start."""

    name: str
    default: float
    low: float
    high: float
    whole: bool = False
    money: bool = False


OPTIONS: Final = (
    Option("SCORE_THRESHOLD", 2.7, 1.0, 4.5),
    Option("MAX_POSITIONS", 16, 1, 50, whole=True),
    Option("POSITION_USD", 500, 50, 5_000, money=True),
    Option("DISPLACE_BY", 1, 0, 5),
)


@dataclass
class Report:
    """The result of validating the environment; it never contains a key.

    ``given`` has the raw texts of variables that are not secret, ``numbers`` the values in use.
    """

    missing: list[str] = field(default_factory=list)
    defaults: list[str] = field(default_factory=list)
    invalid: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)

    @property
    def problem(self) -> str:
        """Why a process must not start, or an empty string; names every mistake."""
        parts = [f"missing in the environment: {', '.join(self.missing)}"] if self.missing else []
        return "; ".join([*parts, *(f"{name} {why}" for name, why in self.refused.items())])


def inspect(env: Mapping[str, str]) -> Report:
    """Check every variable; never raises, so that all mistakes are reported at once."""
    report = Report(missing=[name for name in REQUIRED if not env.get(name, "").strip()])
    for option in OPTIONS:
        _number(option, env, report)
    mode = _mode(env, report)
    for name, default in HOSTS.items():
        _host(name, env.get(name, "").strip() or default, mode, report)
    return report


def _number(option: Option, env: Mapping[str, str], report: Report) -> None:
    text = env.get(option.name, "").strip()
    report.given[option.name] = text
    report.numbers[option.name] = option.default
    if not text:
        report.defaults.append(option.name)
        return
    value, why = _value(option, text)
    if why:
        (report.refused if option.money else report.invalid)[option.name] = why
    else:
        report.numbers[option.name] = value


def _value(option: Option, text: str) -> tuple[float, str]:
    """The value and an empty string, or 0 and why it cannot be used."""
    try:
        value = float(text)
    except ValueError:
        return 0.0, f"is {text!r}, not a number"
    # NaN passes no comparison, so it is named before the range.
    if not math.isfinite(value) or not option.low <= value <= option.high:
        return 0.0, f"is {text}, outside {option.low:g} to {option.high:g}"
    if option.whole and value != int(value):
        return 0.0, f"is {text}, not a whole number"
    return value, ""


def _mode(env: Mapping[str, str], report: Report) -> str:
    mode = env.get(MODE, "").strip().upper()
    report.given[MODE] = mode
    if not mode:
        report.defaults.append(MODE)
        return MODES[0]
    if mode not in MODES:
        report.refused[MODE] = f"is {mode}, not one of {', '.join(MODES)}"
    return mode


def _host(name: str, url: str, mode: str, report: Report) -> None:
    parts = urlsplit(url)
    report.given[name] = f"{parts.scheme}://{parts.hostname}"
    if parts.scheme != "https" or not parts.hostname:
        report.refused[name] = "is not an https address"
    elif parts.hostname == LIVE_HOST and mode != "LIVE":
        report.refused[name] = f"is the live host, but {MODE} is {mode}"


def report_path(process: str) -> str:
    """Path of the report of a process's last start."""
    return f"state/config_{process}.json"


def leave(report: Report, process: str, env: Mapping[str, str]) -> None:
    """Write and log the report of a process's start; a full disk does not prevent the start."""
    now = time.time()
    content: dict[str, Any] = {
        "at": now,
        "missing": report.missing,
        "defaults": report.defaults,
        "invalid": report.invalid,
        "refused": report.refused,
        "given": report.given,
        "set": {name: bool(env.get(name, "").strip()) for name in REQUIRED},
    }
    with contextlib.suppress(OSError):
        os.makedirs("state", exist_ok=True)
        write_json(report_path(process), content, backup=False)
        for name, why in {**report.invalid, **report.refused}.items():
            append_line(LOG, {"ts": now, "event": "config", "name": name, "error": f"{name} {why}"})
        for name in (*report.missing, *report.defaults):
            line = {"ts": now, "event": "config", "name": name, "error": f"{name} is missing"}
            append_line(LOG, line)
