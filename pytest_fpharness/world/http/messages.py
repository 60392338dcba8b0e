"""Requests, responses and response overrides of the HTTP fakes.

Plain data without an HTTP library. Times are integer nanoseconds since the Unix epoch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from pytest_fpharness.model.events import Kind

Now = Callable[[], int]
Emit = Callable[[Kind, Mapping[str, object]], None]

JSON_TYPE: Final = "application/json; charset=UTF-8"


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


@dataclass(frozen=True)
class HttpRequest:
    """A request that the bot sent.

    Attributes:
        method: ``GET``, ``POST``...
        url: The whole URL.
        headers: Header values by name; ``header`` ignores case.
        body: The body as bytes.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def host(self) -> str:
        """The host of the URL, in lower case and without the port."""
        return urlsplit(self.url).hostname or ""

    @property
    def path(self) -> str:
        """The path of the URL as sent, still percent-encoded."""
        return urlsplit(self.url).path

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """The decoded query: all values of each name, in order."""
        text = urlsplit(self.url).query
        return parse_qs(text, keep_blank_values=True) if text else {}

    def arg(self, name: str, default: str = "") -> str:
        """Return the last value of a query argument, or the default."""
        values = self.query.get(name)
        return values[-1] if values else default

    def header(self, name: str) -> str:
        """Return the value of a header, or ""; ignores the case of the name."""
        value = self.headers.get(name)
        if value is not None:
            return value
        wanted = name.lower()
        return next((v for k, v in self.headers.items() if k.lower() == wanted), "")

    def json(self) -> Any:
        """Parse the body as JSON; raises ValueError for anything else, including NaN and Infinity."""
        return json.loads(self.body, parse_constant=_no_constant)


@dataclass(frozen=True)
class HttpResponse:
    """The answer of a host.

    Attributes:
        status: The HTTP status code.
        body: The body as bytes.
        headers: Header values by name.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """Parse the body as JSON; raises ValueError for anything else."""
        return json.loads(self.body)

    def with_headers(self, headers: Mapping[str, str]) -> HttpResponse:
        """Return the answer with further headers, which replace those of the same name."""
        return HttpResponse(self.status, self.body, {**self.headers, **headers})


@dataclass(frozen=True)
class AnswerLost:
    """An answer that never arrives, although the host did the work: the client sees a read timeout."""

    response: HttpResponse


Answer = HttpResponse | AnswerLost


def json_response(
    status: int, obj: object, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return an answer with a JSON body.

    Args:
        status: The HTTP status code.
        obj: The body; raises TypeError if it has no JSON form.
        headers: Further headers.
    """
    body = json.dumps(obj, separators=(",", ":")).encode()
    return HttpResponse(status, body, {"Content-Type": JSON_TYPE, **(headers or {})})


def text_response(
    status: int, text: str, content_type: str = "text/plain; charset=utf-8"
) -> HttpResponse:
    """Return an answer with a text body, such as the HTML page of a gateway.

    Args:
        status: The HTTP status code.
        text: The body, sent as UTF-8.
        content_type: The header ``Content-Type``.
    """
    return HttpResponse(status, text.encode(), {"Content-Type": content_type})


class ResponseOverride:
    """A change to a fake until `lift()`, which may be called twice.

    Args:
        name: Its name in messages.
        times: How often it acts; None for no limit.
        on_lift: Called once when it is lifted.

    `met` counts the changed answers that the client got (the witness, S12). It can exceed the
    number of times the override acted, for example when a client reads one changed order twice.
    """

    def __init__(
        self, name: str, *, times: int | None = None, on_lift: Callable[[], None] | None = None
    ) -> None:
        self.name = name
        self.times = times
        self.used = 0
        self.met = 0
        self.lifted = False
        self._on_lift = on_lift

    def __repr__(self) -> str:
        state = "active" if self.active else "over"
        return f"<{self.name}, {state}, met {self.met} times>"

    @property
    def active(self) -> bool:
        """Whether it still acts: neither lifted nor used up."""
        return not self.lifted and (self.times is None or self.used < self.times)

    def take(self) -> bool:
        """Use it once; return False if it is no longer active."""
        if not self.active:
            return False
        self.used += 1
        return True

    def meet(self) -> None:
        self.met += 1

    def act(self) -> bool:
        """Use it once and count one changed answer; return False if it is no longer active."""
        if not self.take():
            return False
        self.met += 1
        return True

    def on_lift(self, undo: Callable[[], None]) -> None:
        """Call ``undo`` when it is lifted."""
        self._on_lift = undo

    def lift(self) -> None:
        if not self.lifted:
            self.lifted = True
            if self._on_lift is not None:
                self._on_lift()


def segments(path: str) -> list[str]:
    """The parts of a path between its slashes; an empty part stays, so `//v2` is not `/v2`."""
    return path[1:].split("/") if path.startswith("/") else path.split("/")
