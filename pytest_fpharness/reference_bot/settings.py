"""Settings from the environment, read once when a process starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pytest_fpharness.reference_bot import config

CYCLE_SECONDS: Final = 60
POLL_SECONDS: Final = 60
CHECK_SECONDS: Final = 30

#: Service units by process name.
UNITS: Final[Mapping[str, str]] = {
    "uw_flow_daemon": "uw-flow-daemon.service",
    "bot": "trading-bot.service",
    "monitor": "trading-monitor.service",
    "watchdog": "trading-watchdog.service",
}

#: Command lines by process name, as the service units start them.
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    name: ("python", "-m", "pytest_fpharness.reference_bot", name) for name in UNITS
}


class SettingsError(Exception):
    """The environment is invalid; the message names every mistake."""


@dataclass(frozen=True)
class Settings:
    uw_key: str
    uw_url: str
    alpaca_key: str
    alpaca_secret: str
    alpaca_url: str
    alpaca_data_url: str
    webhook: str
    webhook_2: str
    mode: str
    threshold: float = 2.7
    max_positions: int = 16
    position_usd: float = 500.0
    displace_by: float = 1.0


def read_settings(environ: Mapping[str, str] | None = None, process: str = "") -> Settings:
    """Read the settings; raises SettingsError for missing or refused variables.

    With ``process``, write that process's start report for the monitor, even if it cannot start.
    """
    env = os.environ if environ is None else environ
    report = config.inspect(env)
    if process:
        config.leave(report, process, env)
    if report.problem:
        raise SettingsError(report.problem)
    hosts = {n: (env.get(n, "").strip() or d).rstrip("/") for n, d in config.HOSTS.items()}
    return Settings(
        uw_key=env["UW_API_KEY"].strip(),
        uw_url=hosts["UW_BASE_URL"],
        alpaca_key=env["ALPACA_KEY"].strip(),
        alpaca_secret=env["ALPACA_SECRET"].strip(),
        alpaca_url=hosts["ALPACA_BASE_URL"],
        alpaca_data_url=hosts["ALPACA_DATA_URL"],
        webhook=env["ALERT_WEBHOOK_URL"].strip(),
        webhook_2=env.get("ALERT_WEBHOOK_URL_2", "").strip(),
        mode=env.get(config.MODE, "").strip().upper() or config.MODES[0],
        threshold=report.numbers["SCORE_THRESHOLD"],
        max_positions=int(report.numbers["MAX_POSITIONS"]),
        position_usd=report.numbers["POSITION_USD"],
        displace_by=report.numbers["DISPLACE_BY"],
    )
