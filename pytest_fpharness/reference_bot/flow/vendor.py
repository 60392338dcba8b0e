"""What the data vendor answered: refusals by kind, how long to wait, and the status that is kept."""

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
#: Read at import: a daemon that needs the zone only in trouble must not find it missing then.
NEW_YORK: Final = ZoneInfo("America/New_York")
#: The vendor's quota of a day starts again at this hour in New York (notes of its clients).
RESET_HOUR: Final = 20
#: Pauses after the first and after further limits of a minute in a row, in seconds.
FIRST_PAUSE: Final = 60.0
LONGEST_PAUSE: Final = 180.0
_DAY: Final = 90_000.0
#: The bucket of tokens: so many requests at once, and one more after so many seconds. A poll a
#: minute leaves it full; a daemon that starts again and again empties it.
BUCKET: Final = 3.0
REFILL: Final = 30.0
TOKENS: Final = ("tokens", "tokens_at")


class VendorError(Exception):
    """The vendor gave no usable answer; ``pause`` is its own word on how long to wait, in seconds."""

    def __init__(
        self, text: str, status: int = 0, kind: str = ERROR, pause: float | None = None
    ) -> None:
        super().__init__(text)
        self.status, self.kind, self.pause = status, kind, pause


def refusal(answer: requests.Response) -> VendorError:
    """What an answer other than 200 means."""
    status = answer.status_code
    if status == 429:
        daily = "daily_request_limit_hit" in answer.text
        kind = DAILY_QUOTA if daily else MINUTE_LIMIT
        return VendorError(f"HTTP 429: {kind}", status, kind, _asked_pause(answer))
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


def _asked_pause(answer: requests.Response) -> float | None:
    wait = answer.headers.get("Retry-After", "")
    if wait.isdigit():
        return float(wait)
    # The vendor's header is in milliseconds.
    reset = answer.headers.get("x-uw-req-per-minute-reset", "")
    return float(reset) / 1000 if reset.isdigit() else None


def pause(error: VendorError, failures: int, now: float) -> float:
    """Seconds without a request after the ``failures``-th failure in a row.

    A day's quota ends at 20:00 in New York and no sooner; limits of a minute wait longer each time.
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
    """`state/vendor_status.json` as ``data``; it survives a restart, so that no pause is forgotten."""

    def __init__(self) -> None:
        self.data = {**_new(), **_stored()}

    def quiet(self, now: float) -> bool:
        """Whether nothing may be asked now; a pause longer than a day is a clock's mistake."""
        until = float(self.data["quiet_until"])
        return 0 < until - now <= _DAY

    def take(self, now: float) -> bool:
        """Take a token for one request, if there is one; the bucket outlives the process."""
        since = now - self.data["tokens_at"]
        # A stamp of the future is of a clock that was set back; it must not stop the polls for ever.
        tokens = BUCKET if since < 0 else min(BUCKET, self.data["tokens"] + since / REFILL)
        if tokens < 1:
            return False
        self.data.update(tokens=tokens - 1, tokens_at=now)
        return True

    def answered(self, answer: requests.Response) -> None:
        """Remember the status, and the vendor's own count of today's requests."""
        self.data["status"] = answer.status_code
        count = answer.headers.get("x-uw-daily-req-count", "")
        if count.isdigit():
            self.data["requests_today"] = int(count)
        self.data["errors"] += answer.status_code != 200

    def unreachable(self) -> None:
        """No answer came at all."""
        self.data["status"] = None
        self.data["errors"] += 1

    def rows(self, good: int, problems: list[str]) -> None:
        """What the rows of the last answer were like."""
        self.data.update(rows=good, bad_rows=len(problems))
        self.data["bad_rows_total"] += len(problems)
        if problems:
            self.data["last_bad_row"] = problems[-1]

    def failed(self, error: VendorError, now: float) -> None:
        """A poll failed; sets the pause."""
        failures = self.data["failures"] + 1 if self.data["kind"] == error.kind else 1
        until = now + pause(error, failures, now)
        self.data.update(kind=error.kind, error=str(error), failures=failures, quiet_until=until)

    def worked(self) -> None:
        """A poll brought rows."""
        self.data.update(kind="ok", error="", failures=0, quiet_until=0.0)

    def save(self, now: float) -> None:
        """Write the file; raises OSError when the disk refuses."""
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
    """Whether this is a status: every part, the numbers as numbers."""
    numbers = ("ts", "errors", "failures", "quiet_until", "rows", "bad_rows", "bad_rows_total")
    # A file of before there were tokens still holds a pause that must not be forgotten.
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
