"""Settings from the environment, read once when a process starts; all missing ones are named."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

CYCLE_SECONDS: Final = 60
POLL_SECONDS: Final = 60
CHECK_SECONDS: Final = 30

LIVE_HOST: Final = "api.alpaca.markets"
REQUIRED: Final = ("UW_API_KEY", "ALPACA_KEY", "ALPACA_SECRET", "ALERT_WEBHOOK_URL")

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
    """The environment cannot start this bot; the text names every mistake."""


@dataclass(frozen=True)
class Settings:
    """What the environment says."""

    uw_key: str
    uw_url: str
    alpaca_key: str
    alpaca_secret: str
    alpaca_url: str
    alpaca_data_url: str
    webhook: str
    webhook_2: str
    mode: str


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings; raises SettingsError when one is missing or the host is not allowed."""
    env = os.environ if environ is None else environ
    missing = [name for name in REQUIRED if not env.get(name, "").strip()]
    if missing:
        raise SettingsError(f"missing in the environment: {', '.join(missing)}")
    mode = env.get("TRADING_MODE", "PAPER").upper()
    alpaca_url = env.get("ALPACA_BASE_URL", "https://paper-api.alpaca.markets").rstrip("/")
    if urlsplit(alpaca_url).hostname == LIVE_HOST and mode != "LIVE":
        raise SettingsError(f"ALPACA_BASE_URL is the live host, but TRADING_MODE is {mode}")
    return Settings(
        uw_key=env["UW_API_KEY"].strip(),
        uw_url=env.get("UW_BASE_URL", "https://api.unusualwhales.com").rstrip("/"),
        alpaca_key=env["ALPACA_KEY"].strip(),
        alpaca_secret=env["ALPACA_SECRET"].strip(),
        alpaca_url=alpaca_url,
        alpaca_data_url=env.get("ALPACA_DATA_URL", "https://data.alpaca.markets").rstrip("/"),
        webhook=env["ALERT_WEBHOOK_URL"].strip(),
        webhook_2=env.get("ALERT_WEBHOOK_URL_2", "").strip(),
        mode=mode,
    )
