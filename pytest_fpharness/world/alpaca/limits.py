"""The broker's rate limit: requests per minute and key, reported in three headers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pytest_fpharness.model.duration import MINUTE, SECOND
from pytest_fpharness.world.http.messages import Now, ResponseOverride

#: Alpaca's documentation: 200 requests a minute per key.
PER_MINUTE: Final = 200


class RateLimiter:
    """Counts requests in fixed minutes; a pinned state ends at its reset instant."""

    def __init__(self, now: Now, limit: int = PER_MINUTE) -> None:
        self._now = now
        self._limit = limit
        self._ends = 0
        self._left = limit
        self._pin: ResponseOverride | None = None

    def pin(self, control: ResponseOverride, remaining: int, reset: int) -> None:
        """Allow this many requests until ``reset``, epoch ns."""
        self._pin, self._left, self._ends = control, remaining, reset

    def unpin(self) -> None:
        self._pin, self._ends = None, 0

    def count(self) -> bool:
        """Count one request; return whether it is within the limit."""
        now = self._now()
        if now >= self._ends:
            self._pin = None
            self._ends = (now // MINUTE + 1) * MINUTE
            self._left = self._limit
        if self._pin is not None:
            self._pin.meet()
        allowed = self._left > 0
        self._left = max(0, self._left - 1)
        return allowed

    def headers(self) -> Mapping[str, str]:
        """The three headers; the reset is in seconds since the epoch, rounded up."""
        return {
            "X-RateLimit-Limit": str(self._limit),
            "X-RateLimit-Remaining": str(self._left),
            "X-RateLimit-Reset": str(-(-self._ends // SECOND)),
        }
