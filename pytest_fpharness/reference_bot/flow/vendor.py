"""Interpret the data vendor's responses: kinds of refusal, pauses, and the stored status."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo

import requests

from pytest_fpharness.reference_bot.files import StateError, read_json, write_json

PATH: Final = "state/vendor_status.json"
#: Kinds of a failed request.
AUTH: Final = "auth"
PLAN: Final = "plan"
BLOCKED: Final = "blocked"
MINUTE_LIMIT: Final = "minute_limit"
DAILY_QUOTA: Final = "daily_quota"
BAD_ROWS: Final = "bad_rows"
ERROR: Final = "error"
#: Loaded at import, so that a missing time zone shows at once and not first during a failure.
NEW_YORK: Final = ZoneInfo("America/New_York")
#: Hour in New York at which the vendor's daily quota resets (notes of its clients).
RESET_HOUR: Final = 20
#: First and longest pause after consecutive per-minute limits, in seconds.
FIRST_PAUSE: Final = 60.0
LONGEST_PAUSE: Final = 180.0
_DAY: Final = 90_000.0
#: Token bucket: its capacity in requests, and the seconds per new token. One poll a minute leaves
#: it full; a daemon that keeps restarting empties it.
BUCKET: Final = 3.0
REFILL: Final = 30.0
TOKENS: Final = ("tokens", "tokens_at")


class VendorError(Exception):
    """The vendor sent no usable response; ``pause`` is how long it asks to wait, in seconds."""

    def __init__(
        self, text: str, status: int = 0, kind: str = ERROR, pause: float | None = None
    ) -> None:
        super().__init__(text)
        self.status, self.kind, self.pause = status, kind, pause


def refusal(answer: requests.Response) -> VendorError:
    """The error for a response other than 200."""
    status = answer.status_code
    if status == 429:
        daily = "daily_request_limit_hit" in answer.text
        kind = DAILY_QUOTA if daily else MINUTE_LIMIT
        return VendorError(f"HTTP 429: {kind}", status, kind, _requested_pause(answer))
    if status == 401:
        return VendorError("HTTP 401: the key is refused", status, AUTH)
    if status == 403:
        # A page of the gateway in front of the vendor says nothing about the key.
        kind = PLAN if _is_object(answer) else BLOCKED
        return VendorError(f"HTTP 403: {kind}", status, kind)
    return VendorError(f"HTTP {status}", status)


def _is_object(answer: requests.Response) -> bool:
    try:
        return isinstance(answer.json(), dict)
    except ValueError:
        return False


def _requested_pause(answer: requests.Response) -> float | None:
    wait = answer.headers.get("Retry-After", "")
    if wait.isdigit():
        return float(wait)
    # The vendor's header is in milliseconds.
    reset = answer.headers.get("x-uw-req-per-minute-reset", "")
    return float(reset) / 1000 if reset.isdigit() else None


def pause(error: VendorError, failures: int, now: float) -> float:
    """Seconds without a request after the ``failures``-th failure in a row.

    The daily quota resets at 20:00 New York; per-minute limits wait longer each time.
    """
    if error.kind == DAILY_QUOTA:
        return next_reset(now) - now
    if error.kind != MINUTE_LIMIT:
        return 0.0
    seconds = FIRST_PAUSE if error.pause is None else error.pause
    grown = 0.0 if failures <= 1 else min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1))
    return max(seconds, grown)


def next_reset(now: float) -> float:
    """The epoch of the next 20:00 in New York."""
    local = datetime.fromtimestamp(now, timezone.utc).astimezone(NEW_YORK)
    reset = local.replace(hour=RESET_HOUR, minute=0, second=0, microsecond=0)
    if reset <= local:
        reset += timedelta(days=1)
    return reset.timestamp()


class VendorStatus:
    """`state/vendor_status.json` as ``data``; it keeps pauses across restarts."""

    def __init__(self) -> None:
        self.data = {**_new(), **_stored()}

    def quiet(self, now: float) -> bool:
        """Whether requests are paused; a pause of more than a day is ignored as a clock error."""
        until = float(self.data["quiet_until"])
        return 0 < until - now <= _DAY

    def take(self, now: float) -> bool:
        """Take a token for one request if there is one; the bucket survives restarts."""
        since = now - self.data["tokens_at"]
        # A future timestamp means that the clock was set back; it must not stop the polls for good.
        tokens = BUCKET if since < 0 else min(BUCKET, self.data["tokens"] + since / REFILL)
        if tokens < 1:
            return False
        self.data.update(tokens=tokens - 1, tokens_at=now)
        return True

    def answered(self, answer: requests.Response) -> None:
        """Store the status of a response and the vendor's count of today's requests."""
        self.data["status"] = answer.status_code
        count = answer.headers.get("x-uw-daily-req-count", "")
        if count.isdigit():
            self.data["requests_today"] = int(count)
        self.data["errors"] += answer.status_code != 200

    def unreachable(self) -> None:
        self.data["status"] = None
        self.data["errors"] += 1

    def rows(self, good: int, problems: list[str]) -> None:
        """Record the rows of the last response."""
        self.data.update(rows=good, bad_rows=len(problems))
        self.data["bad_rows_total"] += len(problems)
        if problems:
            self.data["last_bad_row"] = problems[-1]

    def failed(self, error: VendorError, now: float) -> None:
        """Record a failed poll and set the pause."""
        failures = self.data["failures"] + 1 if self.data["kind"] == error.kind else 1
        until = now + pause(error, failures, now)
        self.data.update(kind=error.kind, error=str(error), failures=failures, quiet_until=until)

    def worked(self) -> None:
        self.data.update(kind="ok", error="", failures=0, quiet_until=0.0)

    def save(self, now: float) -> None:
        """Write the file; raises OSError if it cannot be written."""
        self.data["ts"] = now
        write_json(PATH, self.data, backup=False)


def _new() -> dict[str, Any]:
    return {
        "ts": 0.0,
        "kind": "ok",
        "status": None,
        "error": "",
        "errors": 0,
        "failures": 0,
        "quiet_until": 0.0,
        "tokens": BUCKET,
        "tokens_at": 0.0,
        "requests_today": None,
        "rows": 0,
        "bad_rows": 0,
        "bad_rows_total": 0,
        "last_bad_row": "",
    }


def valid_status(content: Any) -> bool:
    """Whether ``content`` is a complete status with numeric numbers."""
    numbers = ("ts", "errors", "failures", "quiet_until", "rows", "bad_rows", "bad_rows_total")
    # A file from before tokens were introduced may still hold a pause.
    return (
        isinstance(content, dict)
        and set(_new()) - set(TOKENS) <= set(content)
        and all(type(content[name]) in (int, float) for name in numbers)
        and all(type(content.get(name, 0)) in (int, float) for name in TOKENS)
    )


def _stored() -> dict[str, Any]:
    try:
        status: dict[str, Any] = read_json(PATH, valid_status)
    except StateError:
        return {}
    return status
