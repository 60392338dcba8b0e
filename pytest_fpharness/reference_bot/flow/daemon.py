"""The flow daemon: polls the data vendor once a minute and writes the cache that the bot reads."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import Any, Final

import requests

from pytest_fpharness.reference_bot.files import (
    StateError,
    append_line,
    read_json,
    rotate,
    write_json,
)
from pytest_fpharness.reference_bot.instants import epoch
from pytest_fpharness.reference_bot.sessions import Session
from pytest_fpharness.reference_bot.settings import Settings, read_settings
from .rows import row_problem
from .vendor import BAD_ROWS, ERROR, VendorError, VendorStatus, refusal

CACHE: Final = "data/uw_flow_cache.json"
LOG: Final = "logs/uw_flow_daemon.jsonl"
TIMEOUT: Final = 10.0
#: Seconds for which a trade stays in the cache.
WINDOW: Final = 600.0

Row = dict[str, Any]


class Daemon:
    """Maintain `data/uw_flow_cache.json`; call `poll` every minute."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or read_settings(process="uw_flow_daemon")
        bearer = f"Bearer {self._settings.uw_key}"
        self._session = Session({"Authorization": bearer, "Accept": "application/json"})
        self._status = VendorStatus()
        self._trades = _stored_trades()

    def poll(self) -> None:
        """Poll once; a full disk must not end the daemon, because the next poll may succeed."""
        try:
            self._poll()
        except OSError as error:
            print(f"cannot write: {error}", file=sys.stderr)
        rotate(LOG)

    def _poll(self) -> None:
        """Poll once. After an error nothing is written, so that old data does not look new."""
        now = time.time()
        if self._status.quiet(now):
            until = self._status.data["quiet_until"]
            append_line(LOG, {"ts": now, "event": "skipped", "until": until})
            return
        if not self._status.take(now):
            append_line(LOG, {"ts": now, "event": "skipped", "why": "no token is left"})
            return
        try:
            rows, problems = self._fetch()
        except VendorError as error:
            self._status.failed(error, now)
            self._status.save(now)
            line = {"ts": now, "event": "error", "status": error.status, "error": str(error)}
            append_line(LOG, line)
            return
        self._trades = merge(self._trades, rows, now)
        write_json(CACHE, cache_content(self._trades, now), backup=False)
        self._status.worked()
        self._status.save(now)
        line = {"ts": now, "event": "updated", "rows": len(rows)}
        if problems:
            line.update(bad_rows=len(problems), last_bad_row=problems[-1])
        append_line(LOG, line)

    def _fetch(self) -> tuple[list[Row], list[str]]:
        """The usable rows, and the problems of the others."""
        url = f"{self._settings.uw_url}/api/option-trades/flow-alerts"
        try:
            answer = self._session.get(url, params={"limit": "100"}, timeout=TIMEOUT)
        except requests.RequestException as error:
            self._status.unreachable()
            raise VendorError(type(error).__name__) from error
        self._status.answered(answer)
        if answer.status_code != 200:
            raise refusal(answer)
        try:
            rows = rows_of(answer.json())
        except ValueError as error:
            raise VendorError("the answer is not JSON", 200) from error
        return self._usable(rows)

    def _usable(self, rows: list[Any]) -> tuple[list[Row], list[str]]:
        """Count broken rows; raises VendorError if there are no rows or most are broken."""
        judged = [(row, row_problem(row)) for row in rows]
        problems = [problem for _, problem in judged if problem]
        good = [row for row, problem in judged if not problem]
        self._status.rows(len(good), problems)
        if not good or 2 * len(good) < len(rows):
            last = f": {problems[-1]}" if problems else ""
            text = f"{len(good)} of {len(rows)} rows are usable{last}"
            raise VendorError(text, 200, BAD_ROWS if problems else ERROR)
        return good, problems


def rows_of(content: object) -> list[Any]:
    """The rows of a response; raises VendorError if it has no list of rows."""
    rows = content.get("data") if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise VendorError("the answer has no list of rows", 200)
    return rows


def merge(old: Iterable[Row], new: Iterable[Row], now: float) -> list[Row]:
    """Old and new trades of the last ten minutes, oldest first, each once."""
    by_key: dict[tuple[str, str, str], Row] = {}
    for row in (*old, *new):
        if now - epoch(row["created_at"]) <= WINDOW:
            key = (row["ticker"], row["created_at"], str(row.get("option_chain")))
            by_key[key] = row
    return sorted(by_key.values(), key=lambda row: epoch(row["created_at"]))


def cache_content(trades: Iterable[Row], now: float) -> dict[str, Any]:
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
        content = read_json(CACHE, lambda stored: isinstance(stored, dict))
    except StateError:
        return []
    entries = [entry for name, entry in content.items() if not name.startswith("_")]
    lists = [entry.get("flow_trades") for entry in entries if isinstance(entry, dict)]
    return [row for rows in lists if isinstance(rows, list) for row in rows if not row_problem(row)]
