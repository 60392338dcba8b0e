"""The flow daemon: asks the data vendor once a minute and keeps the cache that the bot reads."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable
from typing import Any, Final

import requests

from pytest_fpharness.reference_bot.files import StateError, append_line, read_json, write_json
from pytest_fpharness.reference_bot.instants import epoch
from pytest_fpharness.reference_bot.settings import Settings, read_settings

CACHE: Final = "data/uw_flow_cache.json"
LOG: Final = "logs/uw_flow_daemon.jsonl"
TIMEOUT: Final = 10.0
#: Seconds for which a trade stays in the cache.
WINDOW: Final = 600.0
#: Pauses in seconds: after a minute's limit without a reset time, and after the day's limit.
MINUTE_PAUSE: Final = 60.0
QUOTA_PAUSE: Final = 900.0

Row = dict[str, Any]


class VendorError(Exception):
    """The vendor gave no usable answer; ``pause`` seconds pass before the next request."""

    def __init__(self, text: str, status: int = 0, pause: float = 0.0) -> None:
        super().__init__(text)
        self.status, self.pause = status, pause


class Daemon:
    """Keeps `data/uw_flow_cache.json`; `poll` is to be called every minute."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or read_settings()
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {self._settings.uw_key}"
        self._session.headers["Accept"] = "application/json"
        self._quiet_until = 0.0
        self._trades = _stored_trades()

    def poll(self) -> None:
        """Ask once; a disk that takes nothing must not end the daemon, the next poll may succeed."""
        try:
            self._poll()
        except OSError as error:
            print(f"cannot write: {error}", file=sys.stderr)

    def _poll(self) -> None:
        """Ask once. After an error nothing is written: old data must not look new."""
        now = time.time()
        if now < self._quiet_until:
            append_line(LOG, {"ts": now, "event": "skipped", "until": self._quiet_until})
            return
        try:
            rows = self._fetch()
        except VendorError as error:
            self._quiet_until = now + error.pause
            line = {"ts": now, "event": "error", "status": error.status, "error": str(error)}
            append_line(LOG, line)
            return
        self._trades = merge(self._trades, rows, now)
        write_json(CACHE, cache_content(self._trades, now), backup=False)
        append_line(LOG, {"ts": now, "event": "updated", "rows": len(rows)})

    def _fetch(self) -> list[Row]:
        url = f"{self._settings.uw_url}/api/option-trades/flow-alerts"
        try:
            answer = self._session.get(url, params={"limit": "100"}, timeout=TIMEOUT)
        except requests.RequestException as error:
            raise VendorError(type(error).__name__) from error
        status = answer.status_code
        if status == 429:
            raise VendorError("rate limited", status, _pause(answer))
        if status != 200:
            raise VendorError(f"HTTP {status}", status)
        try:
            content = answer.json()
        except ValueError as error:
            raise VendorError("the answer is not JSON", status) from error
        return usable_rows(content)


def _pause(answer: requests.Response) -> float:
    if "daily_request_limit_hit" in answer.text:
        return QUOTA_PAUSE
    wait = answer.headers.get("Retry-After", "")
    if wait.isdigit():
        return float(wait)
    # The vendor's header is in milliseconds.
    reset = answer.headers.get("x-uw-req-per-minute-reset", "")
    return float(reset) / 1000 if reset.isdigit() else MINUTE_PAUSE


def usable_rows(content: object) -> list[Row]:
    """The valid rows of an answer; raises VendorError for none, or when most are broken."""
    rows = content.get("data") if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise VendorError("the answer has no list of rows", 200)
    good = [row for row in rows if usable(row)]
    if not good or 2 * len(good) < len(rows):
        raise VendorError(f"{len(good)} of {len(rows)} rows are usable", 200)
    return good


def usable(row: object) -> bool:
    """Whether a row names a symbol, a direction, a time and a finite premium."""
    if not isinstance(row, dict) or row.get("type") not in ("call", "put"):
        return False
    try:
        epoch(row["created_at"])
        premium = float(row["total_premium"])
    except (KeyError, TypeError, ValueError):
        return False
    return math.isfinite(premium) and isinstance(row.get("ticker"), str) and bool(row["ticker"])


def merge(old: Iterable[Row], new: Iterable[Row], now: float) -> list[Row]:
    """Old and new trades of the last ten minutes, oldest first, each once."""
    found: dict[tuple[str, str, str], Row] = {}
    for row in (*old, *new):
        if now - epoch(row["created_at"]) <= WINDOW:
            key = (row["ticker"], row["created_at"], str(row.get("option_chain")))
            found[key] = row
    return sorted(found.values(), key=lambda row: epoch(row["created_at"]))


def cache_content(trades: Iterable[Row], now: float) -> dict[str, Any]:
    """The content of the cache file."""
    by_symbol: dict[str, list[Row]] = {}
    for row in trades:
        by_symbol.setdefault(row["ticker"], []).append(row)
    content: dict[str, Any] = {s: summary(rows) for s, rows in by_symbol.items()}
    content["_metadata"] = {
        "last_update": int(now),
        "updated_by": "uw_flow_daemon",
        "ticker_count": len(by_symbol),
    }
    return content


def summary(rows: list[Row]) -> dict[str, Any]:
    """A symbol's entry; `_last_update` is the time of its newest trade, not of the request."""
    calls = sum(float(row["total_premium"]) for row in rows if row["type"] == "call")
    puts = sum(float(row["total_premium"]) for row in rows if row["type"] == "put")
    total, net = calls + puts, calls - puts
    return {
        "flow_trades": rows,
        "sentiment": "BULLISH" if net > 0 else "BEARISH" if net < 0 else "NEUTRAL",
        "conviction": round(abs(net) / total, 4) if total else 0.0,
        "total_premium": total,
        "call_premium": calls,
        "put_premium": puts,
        "net_premium": net,
        "trade_count": len(rows),
        "_last_update": epoch(rows[-1]["created_at"]),
    }


def _stored_trades() -> list[Row]:
    try:
        content = read_json(CACHE, lambda found: isinstance(found, dict))
    except StateError:
        return []
    entries = [entry for name, entry in content.items() if not name.startswith("_")]
    lists = [entry.get("flow_trades") for entry in entries if isinstance(entry, dict)]
    return [row for rows in lists if isinstance(rows, list) for row in rows if usable(row)]
