"""A client of Alpaca's trading and data APIs that tells refusals from unknown outcomes.

A refused order gets a 4xx with an eight-digit code (Alpaca orders docs); any other error means that
the broker could not be reached.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

import requests

from pytest_fpharness.reference_bot.instants import iso
from pytest_fpharness.reference_bot.sessions import broker_session
from pytest_fpharness.reference_bot.settings import Settings

TIMEOUT: Final = 5.0
#: Seconds before each repetition of a GET.
BACKOFF: Final = (1.0, 2.0, 4.0)
#: The longest wait for a rate limit inside a cycle, in seconds.
LONGEST_WAIT: Final = 20.0
PAGE: Final = 500

Row = dict[str, Any]


class BrokerError(Exception):
    """The broker could not be reached, or its response is malformed.

    ``ambiguous``: a request that changes something may have succeeded. ``again``: try it again.
    """

    def __init__(self, text: str, *, ambiguous: bool = False, again: bool = False) -> None:
        super().__init__(text)
        self.ambiguous, self.again = ambiguous, again


class Unauthorized(BrokerError):
    """The broker does not accept the keys."""


class WrongShape(BrokerError):
    """The response has an unexpected shape."""


class Refused(Exception):
    """The broker refused a request: HTTP status, code and reason."""

    def __init__(self, status: int, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.status, self.code, self.reason = status, code, reason


class Broker:
    """The calls that the bot needs; each raises BrokerError or Refused."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session = broker_session(settings.alpaca_key, settings.alpaca_secret)
        self._not_before = 0.0

    # reading

    def positions(self) -> list[Row]:
        """All positions; a response that is not a list is retried once, and never read as "flat"."""
        try:
            return _rows(self._get("/v2/positions"), ("symbol", "qty"))
        except WrongShape:
            return _rows(self._get("/v2/positions"), ("symbol", "qty"))

    def orders(self, after: float) -> list[Row]:
        """All orders since an instant (seconds), newest first."""
        query = {"status": "all", "limit": str(PAGE), "after": iso(after)}
        return _rows(self._get("/v2/orders", query), ("id", "client_order_id", "status", "symbol"))

    def order_by_client_id(self, client_order_id: str) -> Row | None:
        """The order with our client order id, or None if the broker does not know it."""
        query = {"client_order_id": client_order_id}
        try:
            order = self._get("/v2/orders:by_client_order_id", query)
        except Refused as refused:
            if refused.status == 404:
                return None
            raise
        return _rows([order], ("id", "client_order_id", "status", "symbol"))[0]

    def clock(self) -> Row:
        """The market's clock: is_open, next_open, next_close."""
        return _rows([self._get("/v2/clock")], ("is_open", "next_open", "next_close"))[0]

    def account(self) -> Row:
        """The account; its numbers are text (Alpaca account docs)."""
        return _rows([self._get("/v2/account")], ("buying_power",))[0]

    def quotes(self, symbols: Sequence[str]) -> dict[str, Row]:
        """The latest quotes in one call; a symbol without one is left out."""
        url = f"{self._settings.alpaca_data_url}/v2/stocks/quotes/latest"
        answer = self._get(url, {"symbols": ",".join(symbols)})
        quotes = answer.get("quotes") if isinstance(answer, dict) else None
        if not isinstance(quotes, dict):
            raise BrokerError("the quotes are not of the expected shape")
        return quotes

    # acting: sent once, never retried blindly

    def submit(self, order: Row) -> Row:
        """Place an order once. After an ambiguous BrokerError it may be there: look it up."""
        answer = self._send("POST", "/v2/orders", json=order)
        try:
            return _rows([answer], ("id", "status"))[0]
        except BrokerError as error:
            raise BrokerError(str(error), ambiguous=True) from error

    def cancel(self, order_id: str) -> None:
        self._send("DELETE", f"/v2/orders/{order_id}")

    # transport

    def _get(self, path: str, query: dict[str, str] | None = None) -> Any:
        for wait in BACKOFF:
            try:
                return self._send("GET", path, params=query)
            except BrokerError as error:
                if not error.again:
                    raise
                time.sleep(self._pause(wait))
        return self._send("GET", path, params=query)

    def _pause(self, wait: float) -> float:
        until_reset = self._not_before - time.time()
        if until_reset > LONGEST_WAIT:
            raise BrokerError(f"rate limited for {until_reset:.0f} s")
        return max(wait, until_reset)

    def _send(self, method: str, path: str, **options: Any) -> Any:
        if self._not_before - time.time() > 0:
            raise BrokerError("rate limited: waiting for the reset")
        url = path if path.startswith("http") else self._settings.alpaca_url + path
        try:
            answer = self._session.request(
                method, url, timeout=TIMEOUT, allow_redirects=False, **options
            )
        except requests.RequestException as error:
            # A refused connection counts too: we cannot know whether the request arrived.
            text = f"{method} {path}: {type(error).__name__}"
            raise BrokerError(text, ambiguous=method != "GET", again=True) from error
        return self._content(method, path, answer)

    def _content(self, method: str, path: str, answer: requests.Response) -> Any:
        status = answer.status_code
        try:
            content = answer.json() if answer.content else None
        except ValueError:
            content = None
        if 200 <= status < 300:
            return content
        code, reason = _reason(content)
        if is_refusal_of_keys(status, content):
            raise Unauthorized(f"{method} {path}: HTTP {status} {reason}".rstrip())
        if status == 429:
            self._limited(answer)
        elif 400 <= status < 500 and status != 401 and code >= 10_000_000:
            raise Refused(status, code, reason)
        text = f"{method} {path}: HTTP {status} {reason}".rstrip()
        broken = status >= 500
        raise BrokerError(text, ambiguous=broken and method != "GET", again=broken or status == 429)

    def _limited(self, answer: requests.Response) -> None:
        reset = answer.headers.get("X-RateLimit-Reset", "")
        if reset.isdigit():
            self._not_before = float(reset)


def is_refusal_of_keys(status: int, content: object) -> bool:
    """Whether an answer refuses the keys; a 403 with a code, or a gateway's page, does not."""
    if status == 403:
        return isinstance(content, dict) and not content.get("code")
    return status == 401


def _reason(content: object) -> tuple[int, str]:
    if not isinstance(content, dict):
        return 0, ""
    code = content.get("code")
    return (code if isinstance(code, int) else 0), str(content.get("message", ""))


def _rows(answer: object, keys: tuple[str, ...]) -> list[Row]:
    if not isinstance(answer, list):
        raise WrongShape(f"expected a list, not {type(answer).__name__}")
    for row in answer:
        if not isinstance(row, dict) or any(key not in row for key in keys):
            raise WrongShape(f"a row lacks one of {', '.join(keys)}")
    return answer
